// The window of a start at login: hidden while the tray may come, shown if it does not.
import { describe, expect, test } from 'vitest';
import { openWindow } from '../../main/shell/window/window.ts';
import { createFakeElectron } from '../fakes/fake-electron.ts';

function start(isReachable: Promise<boolean>, { isMaximized = false, startsHidden = true } = {}) {
  const electron = createFakeElectron({ appData: '/home/alice' });
  openWindow({
    create: (options) => new electron.BrowserWindow(options) as never, // the part of it that the window needs
    screen: electron.screen as never, // as above
    settings: { readWindow: () => ({ bounds: null, isMaximized }), writeWindow: () => undefined } as never, // as above
    ...{ preload: '', icon: '', isDark: false, isPackaged: true, startsHidden },
    isReachable: () => isReachable,
    onClose: () => 'close',
    onRendererGone: () => undefined,
  });
  const [window] = electron.app.windows;
  if (window === undefined) throw new Error('no window was opened');
  return window;
}

/** What waits for this has run before it resolves: it was the first to wait. */
async function settled(promise: Promise<unknown>): Promise<void> {
  await promise;
  await Promise.resolve();
}

describe('a start at login', () => {
  test('stays hidden while a tray may come, and when it has come', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const window = start(promise);
    expect(window.state).toBe('hidden');
    resolve(true);
    await settled(promise);
    expect(window.state).toBe('hidden');
  });

  test('is shown without the focus once no tray has come', async () => {
    const reachable = Promise.resolve(false);
    const window = start(reachable);
    expect(window.state).toBe('hidden');
    await settled(reachable);
    expect([window.state, window.hasFocus]).toEqual(['shown', false]);
  });

  test('leaves a window alone that the user has opened meanwhile, or that is gone', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const [opened, minimized, gone] = [start(promise), start(promise), start(promise)];
    opened.show();
    minimized.minimize();
    gone.close();
    resolve(false);
    await settled(promise);
    expect([opened.state, minimized.state, gone.state]).toEqual(['shown', 'minimized', 'destroyed']);
  });

  test('does not show a window by making it as large as it was: that follows when it is shown', () => {
    const hidden = start(Promise.resolve(true), { isMaximized: true });
    expect([hidden.state, hidden.isMaximized()]).toEqual(['hidden', false]);
    hidden.show();
    expect([hidden.state, hidden.isMaximized()]).toEqual(['shown', true]);
  });
});
