// Close of the window while the disk takes nothing: it goes into the tray all the same.
import { expect, test } from 'vitest';
import { openWindow } from '../../main/shell/window/window.ts';
import { createFakeElectron } from '../fakes/fake-electron.ts';

test.for(['hide', 'minimize', 'close'] as const)(
  'where its place cannot be remembered the window does as it was asked: %s',
  (choice) => {
    const electron = createFakeElectron({ appData: '/home/alice' });
    openWindow({
      create: (options) => new electron.BrowserWindow(options) as never, // the part of it that the window needs
      screen: electron.screen as never, // as above
      settings: {
        readWindow: () => ({ bounds: null, isMaximized: false }),
        writeWindow: () => {
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        },
      } as never, // as above
      ...{ preload: '', icon: '', isDark: false, isPackaged: true, startsHidden: false },
      isReachable: () => Promise.resolve(true),
      onClose: () => choice,
      onRendererGone: () => undefined,
    });
    const [window] = electron.app.windows;
    window?.close();
    expect(window?.state).toBe({ hide: 'hidden', minimize: 'minimized', close: 'destroyed' }[choice]);
  },
);
