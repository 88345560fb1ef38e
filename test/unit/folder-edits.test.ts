// Folder settings as the app edits them: a field that is not given keeps what config.json says.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import type { Connection } from '../../main/adapters/config/file.ts';
import { composeFolders } from '../../main/compose/page/folders.ts';
import { makeInTurn } from '../../main/core/in-turn.ts';
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
  const app = {
    addConnection: vi.fn(() => Promise.resolve()),
    changePair: vi.fn((_id: string, _change: Readonly<Record<string, unknown>>) => Promise.resolve()),
    movePair: vi.fn((_id: string, _to: { readonly id: string; readonly prefix: string }) =>
      Promise.resolve(),
    ),
    removePair: vi.fn(() => Promise.resolve()),
  };
  return { app, home, folder, editor: composeFolders({ home, env: {}, app, log, folderRoots: null }) };
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
  const { app, editor } = await folders();
  await editor.change('docs', change, signal);
  expect(app.changePair.mock.calls.map(([, fields]) => fields)).toEqual(written === null ? [] : [written]);
});

test('of three quick changes the last one holds', async () => {
  const { app, home, editor } = await folders();
  const config = new ConfigFile({ home, env: {} });
  const inTurn = makeInTurn();
  const ended = Promise.withResolvers<undefined>();
  app.changePair.mockImplementation((id, change) =>
    inTurn(async () => {
      await config.changePair(id, change, signal);
      await ended.promise; // the pair, for the settings to hold
    }),
  );
  const modeNow = async (): Promise<string> => (await editor.read('docs', signal)).mode;
  const first = editor.change('docs', { mode: 'upload-only' }, signal);
  await vi.waitFor(async () => {
    expect(await modeNow()).toBe('upload-only');
  });
  const second = editor.change('docs', { mode: 'download-only' }, signal);
  const third = editor.change('docs', { mode: 'upload-only' }, signal);
  await setTimeout(50);
  ended.resolve(undefined);
  await Promise.all([first, second, third]);
  expect(await modeNow()).toBe('upload-only');
});

test('the timetable of one folder stays when its fixed limits change', async () => {
  const timetable = '08:00,512k 18:00,off';
  const { app, editor } = await folders(undefined, { timetable });
  await editor.change('docs', { uploadLimit: null, downloadLimit: null }, signal);
  expect(app.changePair.mock.calls.map(([, fields]) => fields)).toEqual([{ limits: { timetable } }]);
});

test('a folder that moves becomes a new pair, paused, of an id that no records have', async () => {
  const { app, home, folder, editor } = await folders();
  const name = freeId(basename(folder), []);
  mkdirSync(join(home, 'pairs'));
  writeFileSync(join(home, 'pairs', `${name}.db`), 'records of a folder that was removed');
  expect(await editor.move('docs', 'archive', signal)).toBe(`${name}-2`);
  expect(app.movePair.mock.calls.map(([id, to]) => [id, to])).toEqual([
    ['docs', { id: `${name}-2`, prefix: 'users/{sub}/archive/' }],
  ]);
  expect(existsSync(join(home, 'pairs', `${name}-2.paused`))).toBe(true);
});

test('a move that the settings refuse leaves no pause behind, and a name that none can have is not tried', async () => {
  const { app, home, editor } = await folders();
  app.movePair.mockRejectedValueOnce(new Error('refused'));
  await expect(editor.move('docs', 'archive', signal)).rejects.toThrow('refused');
  expect(readdirSync(join(home, 'pairs'))).toEqual([]);
  await expect(editor.move('docs', '../bob', signal)).rejects.toMatchObject({ code: 'place-refused' });
  expect(app.movePair).toHaveBeenCalledOnce();
});

test('what may change of a place is its name, or nothing where it is all of the user’s part', async () => {
  const own = await folders();
  expect(await own.editor.read('docs', signal)).toMatchObject({ placeName: 'docs' });
  const whole = await folders('users/{sub}/');
  expect(await whole.editor.read('docs', signal)).toMatchObject({ placeName: '' });
});

test('where one folder holds all of the account, the refusal names it', async () => {
  const { app, folder, editor } = await folders('users/{sub}/');
  const wanted = { accountId: 'work', folder: join(homedir(), 'Photos'), mode: 'two-way' } as const;
  await expect(editor.add(wanted, signal)).rejects.toMatchObject({
    code: 'place-held',
    fields: { pairId: 'docs', folder },
  });
  expect(app.addConnection).not.toHaveBeenCalled();
});

test('a folder that is added twice at once is added once, and stays paused', async () => {
  const { app, home, editor } = await folders();
  const config = new ConfigFile({ home, env: {} });
  app.addConnection.mockImplementation(async (...[connection]: unknown[]) => {
    await config.addConnection(connection as Connection, () => Promise.resolve(), signal);
  });
  const added = { accountId: 'work', folder: join(await tempFolder(), 'photos'), mode: 'two-way' } as const;
  const ends = await Promise.allSettled([editor.add(added, signal), editor.add(added, signal)]);
  expect(ends).toMatchObject([{ value: 'photos' }, { reason: { code: 'config-invalid' } }]);
  expect(readdirSync(join(home, 'pairs'))).toEqual(['photos.paused']);
});
