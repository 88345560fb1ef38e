// Renames that a crash cut in two and that the next start finishes.
import { expect, test } from 'vitest';
import { Crash } from '../simulation/device.ts';
import type { Device } from '../simulation/device.ts';
import { setStage } from './two-devices.ts';
import type { Stage } from './two-devices.ts';

/** Crashes where the laptop's rename has linked the new name. */
async function cutRename({ laptop, sync }: Stage): Promise<void> {
  let isCut = false;
  await sync(laptop, (_step, what) => {
    if (!what.includes('linked')) return;
    isCut = true;
    throw new Crash();
  });
  expect(isCut).toBe(true);
}

/** The files of everybody, with their texts; everybody has the same. */
async function agreed({ laptop, desktop, sync, bucket }: Stage): Promise<Readonly<Record<string, string>>> {
  for (const device of [laptop, desktop, laptop, desktop]) await sync(device);
  const [here, there] = [laptop, desktop].map(({ disk }) =>
    Object.fromEntries([...disk.tree()].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])),
  );
  expect(there).toEqual(here);
  expect(bucket().filter((path) => !path.endsWith('/'))).toEqual(Object.keys(here ?? {}).sort());
  return here ?? {};
}

const setAside = 'd/a (conflict 2027-01-15 laptop).txt';

async function conflictStage(): Promise<Stage> {
  const stage = setStage();
  const { laptop, desktop, sync } = stage;
  laptop.disk.write('d/a.txt', 'first');
  for (const device of [laptop, desktop, laptop]) await sync(device);
  desktop.disk.write('d/a.txt', 'from the desktop');
  await sync(desktop);
  laptop.disk.write('d/a.txt', 'from the laptop');
  return stage;
}

type Act = (laptop: Device) => void;

async function movedStage(begin: Act = () => undefined): Promise<Stage> {
  const stage = setStage();
  const { laptop, desktop, sync } = stage;
  laptop.disk.write('d/old.txt', 'text');
  laptop.disk.write('d/other.txt', 'other');
  begin(laptop);
  for (const device of [laptop, desktop, laptop]) await sync(device);
  desktop.disk.rename('d/old.txt', 'd/new.txt');
  await sync(desktop);
  return stage;
}

function hardLink({ disk }: Device, path: string, name: string): void {
  const file = disk.find(path);
  if (file === null) throw new Error(`nothing at ${path}`);
  disk.attach(disk.folder('d'), name, file);
}

/** As an editor does that saves by renaming. */
function saveOver({ disk }: Device, path: string, text: string): void {
  disk.write('d/.save', text);
  disk.rename('d/.save', path);
}

const other = { 'd/other.txt': 'other' };

test.each<readonly [string, Act, Readonly<Record<string, string>>]>([
  ['does nothing', () => undefined, { ...other, 'd/new.txt': 'text' }],
  [
    'renames the new name',
    ({ disk }) => {
      disk.rename('d/new.txt', 'mine.txt');
    },
    { ...other, 'mine.txt': 'text' },
  ],
  [
    'renames the old name',
    ({ disk }) => {
      disk.rename('d/old.txt', 'd/mine.txt');
    },
    { ...other, 'd/mine.txt': 'text' },
  ],
  [
    'moves the old name to another folder',
    ({ disk }) => {
      disk.rename('d/old.txt', 'e/old.txt');
    },
    { ...other, 'e/old.txt': 'text' },
  ],
  [
    'renames the folder',
    ({ disk }) => {
      disk.rename('d', 'e');
    },
    { 'e/new.txt': 'text', 'e/other.txt': 'other' },
  ],
  [
    'edits the file by its old name',
    ({ disk }) => {
      disk.write('d/old.txt', 'edited');
    },
    { ...other, 'd/new.txt': 'edited' },
  ],
  [
    'edits the file and renames the folder',
    ({ disk }) => {
      disk.write('d/new.txt', 'edited');
      disk.rename('d', 'e');
    },
    { 'e/new.txt': 'edited', 'e/other.txt': 'other' },
  ],
  [
    'deletes the old name',
    ({ disk }) => {
      disk.remove('d/old.txt');
    },
    { ...other, 'd/new.txt': 'text' },
  ],
  [
    'saves another file over the old name',
    (laptop) => {
      saveOver(laptop, 'd/old.txt', 'saved');
    },
    { ...other, 'd/new.txt': 'text', 'd/old.txt': 'saved' },
  ],
  [
    'makes a hard link',
    (laptop) => {
      hardLink(laptop, 'd/new.txt', 'link.txt');
    },
    { ...other, 'd/link.txt': 'text', 'd/new.txt': 'text' },
  ],
])('a file renamed as on another device, cut in two: the user %s', async (_name, act, expected) => {
  const stage = await movedStage();
  await cutRename(stage);
  act(stage.laptop);
  expect(await agreed(stage)).toEqual(expected);
});

test('a user who renames the old name between the two steps of the engine keeps that name', async () => {
  const stage = await conflictStage();
  const { laptop, sync } = stage;
  await sync(laptop, (_step, what) => {
    if (what.includes(`linked ${setAside}`)) laptop.disk.rename('d/a.txt', 'd/mine.txt');
  });
  expect(await agreed(stage)).toEqual({ 'd/a.txt': 'from the desktop', 'd/mine.txt': 'from the laptop' });
});

test('a user who renames the new name between the two steps of the engine has the file once, under that name', async () => {
  const stage = await conflictStage();
  const { laptop, sync } = stage;
  await sync(laptop, (_step, what) => {
    if (what.includes(`linked ${setAside}`)) laptop.disk.rename(setAside, 'd/mine.txt');
  });
  expect(await agreed(stage)).toEqual({ 'd/a.txt': 'from the desktop', 'd/mine.txt': 'from the laptop' });
});

test('a hard link from before the rename stays', async () => {
  const stage = await movedStage((laptop) => {
    hardLink(laptop, 'd/old.txt', 'link.txt');
  });
  await cutRename(stage);
  stage.laptop.disk.rename('d', 'e');
  expect(await agreed(stage)).toEqual({ 'e/link.txt': 'text', 'e/new.txt': 'text', 'e/other.txt': 'other' });
});

test('a hard link made after a crash before the rename stays', async () => {
  const stage = await movedStage();
  const { laptop, sync } = stage;
  await sync(laptop, (_step, what) => {
    if (what.includes('rename d/old.txt')) throw new Crash();
  });
  hardLink(laptop, 'd/old.txt', 'link.txt');
  expect(await agreed(stage)).toEqual({ ...other, 'd/link.txt': 'text', 'd/new.txt': 'text' });
});

test.each<readonly [string, Act]>([
  ['does nothing', () => undefined],
  [
    'renames the conflict copy',
    ({ disk }) => {
      disk.rename(setAside, 'd/mine.txt');
    },
  ],
  [
    'renames the file',
    ({ disk }) => {
      disk.rename('d/a.txt', 'd/mine.txt');
    },
  ],
  [
    'renames the folder and the file',
    ({ disk }) => {
      disk.rename('d/a.txt', 'd/mine.txt');
      disk.rename('d', 'e');
    },
  ],
])('a file set aside, cut in two: both versions are there once: the user %s', async (_name, act) => {
  const stage = await conflictStage();
  await cutRename(stage);
  act(stage.laptop);
  const files = await agreed(stage);
  expect(Object.values(files).sort()).toEqual(['from the desktop', 'from the laptop']);
});

const renamesFolder: Act = ({ disk }) => {
  disk.rename('d', 'e');
};

test.each<readonly [string, Act, Readonly<Record<string, string>>]>([
  ['renames the folder', renamesFolder, { 'e/new.txt': 'text', 'e/other.txt': 'other' }],
  [
    'renames the folder and edits the file',
    ({ disk }) => {
      disk.rename('d', 'e');
      disk.write('e/old.txt', 'edited');
    },
    { 'e/new.txt': 'edited', 'e/other.txt': 'other' },
  ],
  // As any file that is deleted while another device renames it.
  [
    'deletes the folder',
    ({ disk }) => {
      disk.remove('d');
    },
    { 'd/new.txt': 'text' },
  ],
])(
  'between the two steps of the engine, without a crash, the user %s: nothing is lost or doubled',
  async (_name, act, expected) => {
    const stage = await movedStage();
    await stage.sync(stage.laptop, (_step, what) => {
      if (what.includes('linked')) act(stage.laptop);
    });
    expect(await agreed(stage)).toEqual(expected);
  },
);

test('between the two steps of setting a file aside the user renames the folder: both versions are there once', async () => {
  const stage = await conflictStage();
  await stage.sync(stage.laptop, (_step, what) => {
    if (what.includes(`linked ${setAside}`)) renamesFolder(stage.laptop);
  });
  expect(Object.values(await agreed(stage)).sort()).toEqual(['from the desktop', 'from the laptop']);
});

/** A folder that is renamed while it is scanned makes the scan incomplete. */
async function syncIncompletely({ laptop, sync }: Stage): Promise<void> {
  let isCut = false;
  await sync(laptop, (_step, what) => {
    if (what !== 'list m') return;
    isCut = true;
    laptop.disk.rename('m', 'n');
  });
  expect(isCut).toBe(true);
  expect(laptop.lastReport()).toMatchObject({ isQuiet: false });
}

test.each<readonly [string, Act, Readonly<Record<string, string>>]>([
  ['renames the folder', renamesFolder, { 'e/new.txt': 'text', 'e/other.txt': 'other' }],
  [
    'moves the new name to where the scan does not find it',
    ({ disk }) => {
      disk.rename('d', 'e');
      disk.rename('e/new.txt', 'm/new.txt');
    },
    { 'e/other.txt': 'other', 'n/new.txt': 'text' },
  ],
])('a half rename is finished after an incomplete scan: the user %s', async (_name, act, expected) => {
  const stage = await movedStage(({ disk }) => {
    disk.write('m/in.txt', 'in');
  });
  await cutRename(stage);
  act(stage.laptop);
  await syncIncompletely(stage);
  await stage.sync(stage.desktop);
  expect(await agreed(stage)).toEqual({ ...expected, 'n/in.txt': 'in' });
});
