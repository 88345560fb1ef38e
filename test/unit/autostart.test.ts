// What starts Driftless at log-in on Linux: this very program, whatever the environment says, and nothing more.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'electron';
import { expect, test } from 'vitest';
import { createAutostart } from '../../main/shell/autostart.ts';
import { tempFolder } from '../support/temp.ts';

const mount = '/tmp/.mount_Driftl';

async function execLineOf(env: Readonly<Record<string, string>>, execPath: string): Promise<string | null> {
  const appData = await tempFolder('autostart');
  const app = { isPackaged: true, getPath: () => appData } as unknown as App;
  const autostart = createAutostart({ app, platform: 'linux', env, execPath });
  if (autostart === null) return null;
  const file = join(appData, 'autostart', 'driftless.desktop');
  autostart.set(true);
  expect(autostart.isOn()).toBe(true);
  const text = readFileSync(file, 'utf8');
  autostart.set(false);
  expect(existsSync(file)).toBe(false);
  const lines = text.split('\n').filter((line) => line.startsWith('Exec='));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

test.each([
  ['installed', {}, '/opt/Driftless/driftless', 'Exec="/opt/Driftless/driftless" --hidden'],
  [
    'an AppImage: the image, not its mount',
    { APPIMAGE: '/home/me/My Apps/Driftless.AppImage', APPDIR: mount },
    `${mount}/driftless`,
    'Exec="/home/me/My Apps/Driftless.AppImage" --hidden',
  ],
  [
    'started by another AppImage',
    { APPIMAGE: '/home/me/Editor.AppImage', APPDIR: '/tmp/.mount_Editor' },
    '/opt/Driftless/driftless',
    'Exec="/opt/Driftless/driftless" --hidden',
  ],
  [
    'a mount that only begins alike',
    { APPIMAGE: '/home/me/Evil.AppImage', APPDIR: mount },
    `${mount}2/driftless`,
    `Exec="${mount}2/driftless" --hidden`,
  ],
  [
    'a relative image',
    { APPIMAGE: 'evil', APPDIR: mount },
    `${mount}/driftless`,
    `Exec="${mount}/driftless" --hidden`,
  ],
])('%s', async (_name, env, execPath, expected) => {
  expect(await execLineOf(env, execPath)).toBe(expected);
});

test('a path that would begin a line of its own is not written at all', async () => {
  expect(await execLineOf({ APPIMAGE: '/a\nExec=/evil', APPDIR: mount }, `${mount}/driftless`)).toBeNull();
});
