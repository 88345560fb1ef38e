// Application menu: edit, window and quit, as macOS and keyboard shortcuts expect.
import type { MenuItemConstructorOptions } from 'electron';
import type { Words } from '../../preload/locales/lookup.ts';

type MenuParts = {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly words: Words;
  readonly quit: () => void;
};

type Role = NonNullable<MenuItemConstructorOptions['role']>;

/** Every item has a label: Electron's own labels of roles are English in every language. */
export function applicationMenu(parts: MenuParts): MenuItemConstructorOptions[] {
  const { platform, isPackaged, words, quit } = parts;
  const items = (...roles: readonly (Role | null)[]): MenuItemConstructorOptions[] =>
    roles.map((role) =>
      role === null ? { type: 'separator' } : { role, label: words.text(`menu.${role}`) },
    );
  const quitItem: MenuItemConstructorOptions = {
    id: 'quit',
    label: words.text('menu.quit'),
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const isMac = platform === 'darwin';
  const own = isMac ? items('about', null, 'hide', 'hideOthers', 'unhide', null) : items('close');
  return [
    { label: words.text('app.name'), submenu: [...own, quitItem] },
    {
      label: words.text('menu.edit'),
      submenu: items('undo', 'redo', null, 'cut', 'copy', 'paste', 'selectAll'),
    },
    {
      label: words.text('menu.view'),
      submenu: items(
        ...(['resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen'] as const),
        ...(isPackaged ? [] : (['toggleDevTools'] as const)),
      ),
    },
    {
      label: words.text('menu.window'),
      role: 'windowMenu',
      submenu: isMac ? items('minimize', 'zoom', null, 'front') : items('minimize', 'close'),
    },
  ];
}
