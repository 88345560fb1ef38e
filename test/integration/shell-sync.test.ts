// The main bundle that ships, engine and worker threads included, on the double of `electron`: sign-in, sync both ways, quit, start again.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PlanView, Snapshot } from '../../preload/contract.ts';
import { createFakeElectron } from '../fakes/fake-electron.ts';
import type { FakeElectron } from '../fakes/fake-electron.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { buildShell, pathWithTrayAnswer, writePage } from '../support/boot-shell.ts';
import type { ShellBuild } from '../support/boot-shell.ts';
import { runCli } from '../support/driftless-cli.ts';
import { cloudConfig } from '../support/page-scenario.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

let shell: ShellBuild;
let temp: TempFolder;
let home: string;
let running: FakeElectron[];
const originalPath = process.env['PATH'];

beforeAll(async () => {
  shell = await buildShell();
  writePage(shell.distDir);
});
afterAll(() => {
  shell.dispose();
});
beforeEach(async () => {
  temp = await makeTempFolder('shell-sync');
  home = join(temp.path, 'home');
  await mkdir(home);
  process.env['DRIFTLESS_HOME'] = home;
  process.env['PATH'] = pathWithTrayAnswer(join(temp.path, 'bin'), true);
  running = [];
});
afterEach(async () => {
  for (const electron of running) await quit(electron);
  process.env['PATH'] = originalPath;
  delete process.env['DRIFTLESS_HOME'];
  await temp.remove();
});

async function start(answers: { readonly folder?: string } = {}): Promise<FakeElectron> {
  const electron = createFakeElectron({ appData: temp.path, answers });
  running.push(electron);
  await shell.start(electron);
  electron.app.becomeReady();
  await waitFor(() => electron.recorded.trays.length > 0 || electron.recorded.errorBoxes.length > 0, {
    what: 'the app',
  });
  return electron;
}

async function quit(electron: FakeElectron): Promise<void> {
  if (electron.app.quitState !== 'running') return;
  electron.app.quit();
  await waitFor(() => electron.app.quitState === 'quit', { what: 'the app to quit' });
}

/** As the page asks: through the handler, from the window's own frame. */
async function ask<T>(electron: FakeElectron, name: string, input: object): Promise<T> {
  const window = electron.app.windows[0];
  const handler = electron.ipcMain.handlers.get(`driftless:${name}`);
  if (window === undefined || handler === undefined) throw new Error(`no handler for ${name}`);
  const event = { sender: window.webContents, senderFrame: window.webContents.mainFrame };
  const answer = (await handler(event as never, input)) as
    { ok: true; value: T } | { ok: false; error: object };
  if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
  return answer.value;
}

function snapshotOf(electron: FakeElectron): Promise<Snapshot> {
  return ask<Snapshot>(electron, 'snapshot', {});
}

async function signIn(electron: FakeElectron, cloud: LocalCloud): Promise<void> {
  const user = cloud.description.users[0];
  if (user === undefined) throw new Error('no users');
  const done = ask(electron, 'signIn', { accountId: 'work' });
  const url = await waitFor(() => electron.recorded.opened.shift(), { what: 'the sign-in address' });
  const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
  const back = await followSignIn(url, user, redirect);
  expect((await fetch(back)).status).toBe(200);
  await done;
}

test('without a configuration it starts signed out and empty, and quits', async () => {
  const electron = await start();
  expect(electron.recorded.errorBoxes).toEqual([]);
  expect(await snapshotOf(electron)).toMatchObject({ overall: 'signed-out', accounts: [], pairs: [] });
  expect(electron.recorded.trays[0]?.toolTip).toBe('Driftless: Signed out');
});

test('the verbs of the command line ask the running desktop', async () => {
  await writeFile(join(home, 'config.json'), '{"accounts":[],"pairs":[]}');
  const electron = await start();
  const asked = await runCli(['status', '--json', '--home', home]);
  expect(JSON.parse(asked.stdout)).toMatchObject({
    running: true,
    pid: process.pid,
    app: { home: 'desktop', version: '1.2.3' },
  });
  const page = await runCli(['status', '--page-url', '--home', home]);
  expect(page).toMatchObject({ code: 2, stdout: '' });
  expect(page.stderr).toContain('its window');
  await quit(electron);
  expect(JSON.parse((await runCli(['status', '--json', '--home', home])).stdout)).toMatchObject({
    running: false,
  });
});

test('a configuration that must be repaired is said in one line that names the field', async () => {
  await writeFile(join(home, 'config.json'), '{"accounts":[],"pairs":[],"bogus":1}');
  const electron = await start();
  expect(electron.app.quitState).toEqual({ exitCode: 2 });
  expect(electron.recorded.errorBoxes).toHaveLength(1);
  expect(electron.recorded.errorBoxes[0]).toMatch(/^[^\n]*bogus[^\n]*$/);
});

test('signs in, syncs both ways with its worker threads, and continues after a restart without a sign-in', async () => {
  const cloud = await startLocalCloud({ directory: join(temp.path, 'cloud') });
  const { bucket, admin, s3, region, users } = cloud.description;
  const client = new S3Client({ endpoint: s3, region, forcePathStyle: true, credentials: admin });
  const key = (path: string): string => `users/${users[0]?.sub ?? ''}/${path}`;
  const read = async (path: string): Promise<string | undefined> => {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key(path) }));
    return answer.Body?.transformToString();
  };
  try {
    const folder = join(temp.path, 'folder');
    await mkdir(folder);
    await writeFile(join(folder, 'first.txt'), 'one');
    await writeFile(join(home, 'config.json'), cloudConfig(cloud.description, folder));
    const electron = await start();
    await signIn(electron, cloud);
    await waitFor(async () => (await snapshotOf(electron)).overall === 'in-sync', {
      what: 'in sync',
    });
    expect(await read('first.txt')).toBe('one');
    expect(electron.recorded.trays[0]?.toolTip).toBe('Driftless: Everything is in sync');
    const sealed = await readFile(join(home, 'desktop', 'secrets.json'), 'utf8');
    expect(Object.keys(JSON.parse(sealed) as object)).not.toHaveLength(0);

    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key('second.txt'), Body: 'two' }));
    await ask(electron, 'checkNow', { pairId: 'docs' });
    const arrived = await waitFor(() => readFile(join(folder, 'second.txt'), 'utf8'));
    expect(arrived).toBe('two');

    await quit(electron);
    await writeFile(join(folder, 'third.txt'), 'three');
    const again = await start();
    expect(await waitFor(() => read('third.txt'))).toBe('three');
    expect(again.recorded.opened).toEqual([]);
  } finally {
    for (const electron of running) await quit(electron);
    client.destroy();
    await cloud.stop();
  }
});

test('a folder is added with a preview, changed and removed while the others run', async () => {
  const cloud = await startLocalCloud({ directory: join(temp.path, 'cloud') });
  const { bucket, admin, s3, region, users } = cloud.description;
  const client = new S3Client({ endpoint: s3, region, forcePathStyle: true, credentials: admin });
  const keyOf = (path: string): string => `users/${users[0]?.sub ?? ''}/${path}`;
  const put = (path: string) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(path), Body: path }));
  try {
    const [first, photos] = [join(temp.path, 'folder'), join(temp.path, 'Photos')];
    await mkdir(first);
    await mkdir(photos);
    await writeFile(join(photos, 'here.jpg'), 'only here');
    await put('Photos/there.jpg');
    const config = cloudConfig(cloud.description, first).replace('users/{sub}/', 'users/{sub}/docs/');
    await writeFile(join(home, 'config.json'), config);
    const electron = await start({ folder: photos });
    await signIn(electron, cloud);

    const added = await ask<{ pairId: string }>(electron, 'addFolder', {
      accountId: 'work',
      folder: null,
      mode: 'two-way',
    });
    expect(added).toEqual({ pairId: 'photos' });
    const plan = await ask<PlanView>(electron, 'plan', { pairId: 'photos' });
    expect(plan.ops.map(({ op, path }) => `${op} ${path}`).sort()).toEqual([
      'download there.jpg',
      'upload here.jpg',
    ]);
    expect(plan.counts).toMatchObject({ uploads: 1, downloads: 1, removesLocal: 0, removesRemote: 0 });
    // Nothing happens before the user starts it.
    expect(await readdir(photos)).not.toContain('there.jpg');

    await ask(electron, 'resume', { pairId: 'photos' });
    await waitFor(() => readFile(join(photos, 'there.jpg'), 'utf8'));

    const settings = { mode: 'two-way', ignore: ['*.tmp'], uploadLimit: 5_000_000, downloadLimit: null };
    await ask(electron, 'changeFolder', { pairId: 'photos', ...settings });
    expect(await ask(electron, 'readFolder', { pairId: 'photos' })).toMatchObject({
      ...settings,
      place: { name: 'Photos' },
    });
    await writeFile(join(photos, 'left.tmp'), 'left out');
    await put('Photos/later.jpg');
    await waitFor(async () => {
      await ask(electron, 'checkNow', { pairId: 'photos' });
      return readFile(join(photos, 'later.jpg'), 'utf8');
    });
    const listed = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: keyOf('Photos/') }));
    const keys = (listed.Contents ?? []).map(({ Key }) => Key);
    expect(keys).toContain(keyOf('Photos/here.jpg'));
    expect(keys).not.toContain(keyOf('Photos/left.tmp'));

    await ask(electron, 'removeFolder', { pairId: 'photos' });
    expect((await snapshotOf(electron)).pairs.map(({ id }) => id)).toEqual(['docs']);
    expect(await readFile(join(photos, 'there.jpg'), 'utf8')).toBe('Photos/there.jpg');
    const stored = JSON.parse(await readFile(join(home, 'config.json'), 'utf8')) as { pairs: object[] };
    expect(stored.pairs).toHaveLength(1);
    await writeFile(join(first, 'still.txt'), 'the other continues');
    await waitFor(async () => {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: keyOf('docs/still.txt') }),
      );
      return Body !== undefined;
    });
  } finally {
    for (const electron of running) await quit(electron);
    client.destroy();
    await cloud.stop();
  }
});
