// Application menu: edit, window and quit, as macOS and keyboard shortcuts expect.
import type { MenuItemConstructorOptions } from 'electron';
import { words } from './words.ts';

type MenuParts = {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly quit: () => void;
};

export function applicationMenu({ platform, isPackaged, quit }: MenuParts): MenuItemConstructorOptions[] {
  const quitItem: MenuItemConstructorOptions = {
    id: 'quit',
    label: words.quit,
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const appMenu: MenuItemConstructorOptions = {
    label: words.appName,
    submenu:
      platform === 'darwin'
        ? [
            { role: 'about' },
            { type: 'separator' },
            { role: 'hide' },
            { role: 'hideOthers' },
            { role: 'unhide' },
            { type: 'separator' },
            quitItem,
          ]
        : [{ role: 'close' }, quitItem],
  };
  const edit: MenuItemConstructorOptions = {
    label: words.edit,
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: words.view,
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      ...(isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
    ],
  };
  return [appMenu, edit, view, { label: words.window, role: 'windowMenu' }];
}
