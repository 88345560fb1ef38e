// Autostart on Linux: the running program only, independent of the environment.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
])('the autostart entry resolves %s', async (_name, env, execPath, expected) => {
  expect(await execLineOf(env, execPath)).toBe(expected);
});

test('a path that would inject a line into the entry is not written', async () => {
  expect(await execLineOf({ APPIMAGE: '/a\nExec=/evil', APPDIR: mount }, `${mount}/driftless`)).toBeNull();
});

async function autostartOf(): Promise<{
  readonly file: string;
  readonly of: (program: string) => NonNullable<ReturnType<typeof createAutostart>>;
}> {
  const appData = await tempFolder('autostart');
  const app = { isPackaged: true, getPath: () => appData } as unknown as App;
  return {
    file: join(appData, 'autostart', 'driftless.desktop'),
    of: (execPath) => {
      const made = createAutostart({ app, platform: 'linux', env: {}, execPath });
      if (made === null) throw new Error('no autostart');
      return made;
    },
  };
}

test('after an update the entry names the running program and drops every other content', async () => {
  const { file, of } = await autostartOf();
  of('/opt/old/driftless').set(true);
  writeFileSync(file, `${readFileSync(file, 'utf8')}X-GNOME-Autostart-Delay=10\n`);
  const renewed = of('/opt/$new/driftless');
  renewed.refresh();
  expect(renewed.isOn()).toBe(true);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('Exec="/opt/\\\\$new/driftless" --hidden\n');
  expect(text).not.toContain('/opt/old');
  expect(text).toContain('X-GNOME-Autostart-Delay=10');
});

test('a start creates no entry and keeps a command that the user wrote', async () => {
  const { file, of } = await autostartOf();
  of('/opt/driftless').refresh();
  expect(existsSync(file)).toBe(false);
  of('/opt/driftless').set(true);
  const own = readFileSync(file, 'utf8').replace(/^Exec=.*$/m, 'Exec=nice /opt/mine/driftless --hidden');
  writeFileSync(file, own);
  of('/opt/driftless').refresh();
  expect(readFileSync(file, 'utf8')).toBe(own);
});

test.each(['X-GNOME-Autostart-enabled=false', 'Hidden=true', 'hidden = True'])(
  'an entry that the desktop has disabled by %s stays disabled after a start',
  async (line) => {
    const { file, of } = await autostartOf();
    of('/opt/driftless').set(true);
    const text = readFileSync(file, 'utf8').replace('X-GNOME-Autostart-enabled=true', line);
    writeFileSync(file, text);
    const started = of('/opt/moved/driftless');
    started.refresh();
    expect(started.isOn()).toBe(false);
    started.set(true);
    expect(started.isOn()).toBe(true);
  },
);

test('an item that Windows has disabled counts as disabled', () => {
  const app = {
    isPackaged: true,
    getLoginItemSettings: () => ({ openAtLogin: true, executableWillLaunchAtLogin: false }),
  } as unknown as App;
  expect(createAutostart({ app, platform: 'win32', env: {}, execPath: 'C:\\d.exe' })?.isOn()).toBe(false);
});
