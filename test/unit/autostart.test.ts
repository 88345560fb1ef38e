// Start at login: the running program only, also after it has moved.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'electron';
import { describe, expect, test } from 'vitest';
import { createAutostart } from '../../main/shell/autostart.ts';
import type { Autostart, AutostartMemory } from '../../main/shell/autostart.ts';
import { createFakeElectron } from '../fakes/fake-electron.ts';
import { FakeLoginItems } from '../fakes/fake-login-items.ts';
import { tempFolder } from '../support/temp.ts';

const mount = '/tmp/.mount_Driftl';
const noMemory: AutostartMemory = { read: () => null, write: () => undefined };
const noPortal = (): Promise<boolean> => Promise.reject(new Error('not a Flatpak'));
const linux = { platform: 'linux', argv: [], memory: noMemory, askPortal: noPortal } as const;

async function execLineOf(env: Readonly<Record<string, string>>, execPath: string): Promise<string | null> {
  const appData = await tempFolder('autostart');
  const app = { isPackaged: true, getPath: () => appData } as unknown as App;
  const autostart = createAutostart({ ...linux, app, env, execPath });
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
      const made = createAutostart({ ...linux, app, env: {}, execPath });
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

/** Starts of one installation on a system with login items. */
async function installation(platform: 'darwin' | 'win32') {
  const appData = await tempFolder('autostart');
  const items = new FakeLoginItems('', platform);
  let remembered: string | null = null;
  const memory: AutostartMemory = {
    read: () => remembered,
    write: (program) => {
      remembered = program;
    },
  };
  const startFrom = (execPath: string): Autostart => {
    items.program = execPath;
    const { app } = createFakeElectron({ appData, isPackaged: true, loginItems: items });
    const made = createAutostart({
      app: app as never,
      platform,
      env: {},
      execPath,
      argv: [],
      memory,
      askPortal: noPortal,
    });
    if (made === null) throw new Error('no autostart');
    made.refresh();
    return made;
  };
  return { items, startFrom };
}
const oldProgram = 'C:\\old\\Driftless.exe';
const newProgram = 'D:\\new\\Driftless.exe';

describe('a login item of Windows', () => {
  test('names the program where it is after a move', async () => {
    const { items, startFrom } = await installation('win32');
    startFrom(oldProgram).set(true);
    const moved = startFrom(newProgram);
    expect(items.item).toEqual({ path: newProgram, args: ['--hidden'], isEnabled: true });
    expect(moved.isOn()).toBe(true);
  });

  test('stays disabled after a move where the user has disabled it', async () => {
    const { items, startFrom } = await installation('win32');
    startFrom(oldProgram).set(true);
    if (items.item !== null) items.item.isEnabled = false;
    expect(startFrom(oldProgram).isOn()).toBe(false);
    expect(startFrom(newProgram).isOn()).toBe(false);
    expect(items.item).toEqual({ path: newProgram, args: ['--hidden'], isEnabled: false });
  });

  test('is not made by a move where there was none, or where it was removed', async () => {
    const { items, startFrom } = await installation('win32');
    startFrom(oldProgram);
    startFrom(newProgram).set(true);
    items.item = null;
    startFrom(oldProgram);
    expect(items.item).toBeNull();
    startFrom(oldProgram).set(true);
    startFrom(oldProgram).set(false);
    const { writes } = items;
    startFrom(newProgram);
    expect([items.item, items.writes]).toEqual([null, writes]);
  });

  test('is written once for a program that stays where it is', async () => {
    const { items, startFrom } = await installation('win32');
    startFrom(oldProgram).set(true);
    startFrom(oldProgram);
    expect(items.writes).toBe(1);
  });
});

describe('a login item of macOS', () => {
  const oldApp = '/Volumes/Driftless/Driftless.app/Contents/MacOS/Driftless';
  const newApp = '/Applications/Driftless.app/Contents/MacOS/Driftless';

  test('is registered again after a move that lost it', async () => {
    const { items, startFrom } = await installation('darwin');
    startFrom(oldApp).set(true);
    items.status = 'not-found';
    expect(startFrom(newApp).isOn()).toBe(true);
    expect(items.writes).toBe(2);
  });

  test('stays as it is where the system has followed the move, or the user has disabled it', async () => {
    const { items, startFrom } = await installation('darwin');
    startFrom(oldApp).set(true);
    expect(startFrom(newApp).isOn()).toBe(true);
    items.status = 'requires-approval';
    expect(startFrom(oldApp).isOn()).toBe(false);
    expect(items.writes).toBe(1);
  });

  test('starts the program without its window, which no argument says there', async () => {
    const { items, startFrom } = await installation('darwin');
    expect(startFrom(oldApp).hasStarted()).toBe(false);
    items.wasOpenedAtLogin = true;
    expect(startFrom(oldApp).hasStarted()).toBe(true);
  });
});
