// Folder settings as the app edits them: a field that is not given keeps what config.json says.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { AppConfig } from '../../main/core/config/config.ts';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import type { Change } from '../../main/adapters/config/document.ts';
import type { Addition } from '../../main/adapters/config/file.ts';
import type { NewPlace } from '../../main/compose/move-pair.ts';
import type { NewConnection } from '../../main/compose/pair-edits.ts';
import { composeFolders } from '../../main/compose/page/folders.ts';
import { freeId } from '../../main/core/config/free-id.ts';
import { tempFolder } from '../support/temp.ts';
import { goodProfile } from '../support/profiles.ts';

const { signal } = new AbortController();
const ignored = () => undefined;
const log = { debug: ignored, info: ignored, warn: ignored, error: ignored };

async function folders(prefix = 'users/{sub}/docs/', more: object = {}) {
  const home = await tempFolder();
  const { driftlessProfile: _format, bucket, prefix: _prefix, ...account } = goodProfile;
  const limits = { uploadBytesPerSecond: 1_234_567, downloadBytesPerSecond: 1500, ...more };
  const folder = await tempFolder();
  const pair = { id: 'docs', account: 'work', folder, bucket, prefix, ignore: ['*.tmp'], limits };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs: [pair] }));
  const config = new ConfigFile({ home, env: {} });
  const written: object[] = [];
  const app = {
    addConnection: vi.fn(async (connection: Addition<NewConnection>) => {
      const made =
        typeof connection === 'function' ? await connection(await config.load(signal)) : connection;
      await config
        .addConnection(made, () => Promise.resolve(), signal)
        .catch(async (error: unknown) => {
          await made.undo?.();
          throw error;
        });
    }),
    changePair: vi.fn(async (id: string, change: Change) => {
      const present = (await config.pairAsWritten(id, signal)) ?? {};
      const fields = typeof change === 'function' ? await change(present, () => config.load(signal)) : change;
      if (Object.keys(fields).length > 0) written.push(fields);
      await config.changePair(id, fields, signal);
    }),
    movePair: vi.fn(async (_id: string, to: Addition<NewPlace>) => {
      const { id, prefix } = typeof to === 'function' ? await to(await config.load(signal)) : to;
      written.push({ id, prefix });
    }),
    removePair: vi.fn(() => Promise.resolve()),
    takenIds: ({ pairs }: Pick<AppConfig, 'pairs'>) => [...pairs.map(({ id }) => id), 'docs'],
  };
  return {
    written,
    app,
    home,
    folder,
    editor: composeFolders({ home, env: {}, app, log, folderRoots: null }),
  };
}

test.each([
  [{}, null],
  [{ mode: 'two-way', ignore: ['*.tmp'] }, null],
  [{ mode: 'upload-only' }, { mode: 'upload-only' }],
  [{ downloadLimit: null }, { limits: { uploadBytesPerSecond: 1_234_567 } }],
  [{ uploadLimit: 5000 }, { limits: { uploadBytesPerSecond: 5000, downloadBytesPerSecond: 1500 } }],
  [{ uploadLimit: null, downloadLimit: null }, { limits: undefined }],
  [{ exclude: ['Photos'] }, { exclude: ['Photos'] }],
  [{ exclude: [] }, null],
] as const)('the change %j writes %j', async (change, written) => {
  const { written: changes, editor } = await folders();
  await editor.change('docs', () => change, signal);
  expect(changes).toEqual(written === null ? [] : [written]);
});

test('the timetable of one folder stays when its fixed limits change', async () => {
  const timetable = '08:00,512k 18:00,off';
  const { written, editor } = await folders(undefined, { timetable });
  await editor.change('docs', () => ({ uploadLimit: null, downloadLimit: null }), signal);
  expect(written).toEqual([{ limits: { timetable } }]);
});

test('a folder that moves becomes a new pair, paused, of an id that no records have', async () => {
  const { written, home, folder, editor } = await folders();
  const name = freeId(basename(folder), []);
  mkdirSync(join(home, 'pairs'));
  writeFileSync(join(home, 'pairs', `${name}.db`), 'records of a folder that was removed');
  expect(await editor.move('docs', 'archive', signal)).toBe(`${name}-2`);
  expect(written).toEqual([{ id: `${name}-2`, prefix: 'users/{sub}/archive/' }]);
  expect(existsSync(join(home, 'pairs', `${name}-2.paused`))).toBe(true);
});

test('a name that none can have is not tried', async () => {
  const { written, home, editor } = await folders();
  await expect(editor.move('docs', '../bob', signal)).rejects.toMatchObject({ code: 'place-refused' });
  expect([written, existsSync(join(home, 'pairs'))]).toEqual([[], false]);
});

test('what may change of a place is its name, or nothing where it is all of the user’s part', async () => {
  const own = await folders();
  expect(await own.editor.read('docs', signal)).toMatchObject({ placeName: 'docs' });
  const whole = await folders('users/{sub}/');
  expect(await whole.editor.read('docs', signal)).toMatchObject({ placeName: '' });
});

test('where one folder holds all of the account, the refusal names it', async () => {
  const { folder, editor } = await folders('users/{sub}/');
  const wanted = { accountId: 'work', folder: join(homedir(), 'Photos'), mode: 'two-way' } as const;
  await expect(editor.add(wanted, signal)).rejects.toMatchObject({
    code: 'place-held',
    fields: { pairId: 'docs', folder },
  });
  expect(existsSync(join(homedir(), 'Photos'))).toBe(false);
});
