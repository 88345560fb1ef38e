// Planted secrets: absent from every output of the desktop's main process. Covered are window, dialogs, tray,
// terminal, log and files, also when a service echoes what it was sent and when the system's own errors carry
// a secret.
import { readdir, readFile } from 'node:fs/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Snapshot } from '../../preload/contract.ts';
import { requestNames } from '../../preload/contract.ts';
import { createFakeElectron } from '../fakes/fake-electron.ts';
import type { FakeElectron } from '../fakes/fake-electron.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { buildShell, pathWithTrayAnswer, writePage } from '../support/boot-shell.ts';
import type { ShellBuild } from '../support/boot-shell.ts';
import { cloudForTest } from '../support/device.ts';
import { runCli } from '../support/driftless-cli.ts';
import { cloudConfig } from '../support/page-scenario.ts';
import { echoingFront, plantedSecrets } from '../support/planted-secrets.ts';
import type { EchoingFront, Planted } from '../support/planted-secrets.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

let shell: ShellBuild;
let temp: TempFolder;
let home: string;
let heard: Heard;
const running: FakeElectron[] = [];
const originalPath = process.env['PATH'];

beforeAll(async () => {
  shell = await buildShell();
  writePage(shell.distDir);
});
afterAll(() => {
  shell.dispose();
});
beforeEach(async () => {
  temp = await makeTempFolder('planted');
  home = join(temp.path, 'home');
  await mkdir(home);
  process.env['DRIFTLESS_HOME'] = home;
  process.env['PATH'] = pathWithTrayAnswer(join(temp.path, 'bin'), true);
  heard = listenToTerminal();
});
afterEach(async () => {
  for (const electron of running.splice(0)) await quit(electron);
  process.env['PATH'] = originalPath;
  delete process.env['DRIFTLESS_HOME'];
  await temp.remove();
});

type Heard = { readonly texts: string[] };

/** The shell runs in this process: its output is this process's output. */
function listenToTerminal(): Heard {
  const texts: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
      texts.push(String(text));
      return true;
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
  }
  return { texts };
}

async function start(): Promise<FakeElectron> {
  const electron = createFakeElectron({ appData: temp.path });
  running.push(electron);
  await shell.start(electron);
  electron.app.becomeReady();
  await waitFor(() => electron.recorded.trays.length > 0, { what: 'the app' });
  return electron;
}

async function quit(electron: FakeElectron): Promise<void> {
  if (electron.app.quitState !== 'running') return;
  electron.app.quit();
  await waitFor(() => electron.app.quitState === 'quit', { what: 'the app to quit' });
}

type Answer = { readonly ok: boolean; readonly value?: unknown; readonly error?: { readonly code: string } };

/** As the page requests it; the response is kept as it crossed the boundary. */
async function ask(electron: FakeElectron, name: string, input: object): Promise<Answer> {
  const window = electron.app.windows[0];
  const handler = electron.ipcMain.handlers.get(`driftless:${name}`);
  if (window === undefined || handler === undefined) throw new Error(`no handler for ${name}`);
  const event = { sender: window.webContents, senderFrame: window.webContents.mainFrame };
  const answer = (await handler(event as never, input)) as Answer;
  heard.texts.push(JSON.stringify(answer));
  return answer;
}

async function snapshotOf(electron: FakeElectron): Promise<Snapshot> {
  return (await ask(electron, 'snapshot', {})).value as Snapshot;
}

async function signIn(electron: FakeElectron, person: { name: string; password: string }): Promise<Answer> {
  const done = ask(electron, 'signIn', { accountId: 'work' });
  const url = await waitFor(() => electron.recorded.opened.find((one) => one.includes('redirect_uri')), {
    what: 'the sign-in address',
  });
  electron.recorded.opened.splice(electron.recorded.opened.indexOf(url), 1);
  const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
  heard.texts.push(url, await (await fetch(await followSignIn(url, person, redirect))).text());
  return done;
}

async function untilInSync(electron: FakeElectron): Promise<void> {
  await waitFor(async () => (await snapshotOf(electron)).overall === 'in-sync', {
    what: 'in sync',
  });
}

/** Every request of the contract except those that end the session, with a valid input. */
async function askEverything(electron: FakeElectron): Promise<void> {
  const ids = { accountId: 'work', pairId: 'docs', guardId: 'none', id: 'none' };
  const left = ['signIn', 'signOut', 'cancelSignIn', 'removeFolder'];
  for (const name of requestNames.filter((one) => !left.includes(one))) {
    for (const input of [
      {},
      ids,
      { pairId: 'docs' },
      { pairId: 'docs', guardId: 'g', answer: 'later' },
      { text: '{}' },
    ])
      await ask(electron, name, input);
  }
  await ask(electron, 'resume', { pairId: null });
}

/** Everything that left main so far, by where it went. */
async function saidBy(electron: FakeElectron): Promise<ReadonlyMap<string, string>> {
  const { recorded, app, Menu } = electron;
  const said = new Map([
    ['events to the window', JSON.stringify(app.windows.map((window) => window.webContents.sent))],
    ['answers to the window, and the terminal', heard.texts.join('\n')],
    ['tray and menus', JSON.stringify([recorded.trays, Menu.applicationMenu])],
    ['notifications', JSON.stringify(recorded.notices)],
    ['error boxes', recorded.errorBoxes.join('\n')],
    ['dialogs', JSON.stringify(recorded.asked)],
    ['opened addresses', recorded.opened.join('\n')],
  ]);
  for (const entry of await readdir(temp.path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.startsWith(join(temp.path, 'cloud'))) continue;
    // The sealed refresh token is in its place.
    if (entry.name === 'secrets.json') continue;
    const file = join(entry.parentPath, entry.name);
    const text = await textOf(file);
    if (text !== null) said.set(file.slice(temp.path.length), text);
  }
  return said;
}

/** Null for a file that is gone: the app is running, and tries the disk out with files of a moment. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function expectNoTraces(electron: FakeElectron, planted: Planted): Promise<void> {
  const said = await saidBy(electron);
  expect(planted.known.size).toBeGreaterThanOrEqual(3);
  expect([...said.keys()]).toContain('/home/driftless.log');
  expect(said.get('events to the window')?.length).toBeGreaterThan(100);
  const traces = [...said].flatMap(([where, text]) =>
    planted.tracesIn(text).map((trace) => `${where}: ${trace}`),
  );
  expect(traces).toEqual([]);
}

type Scene = {
  readonly planted: Planted;
  readonly sts: EchoingFront;
  readonly s3: EchoingFront;
  readonly alice: ReturnType<typeof personOf>;
  readonly folder: string;
};

async function scene(): Promise<Scene> {
  const planted = plantedSecrets();
  const cloud = await cloudForTest();
  const sts = await echoingFront(cloud.description.sts);
  const s3 = await echoingFront(cloud.description.s3);
  const folder = join(temp.path, 'folder');
  await mkdir(folder);
  await writeFile(join(folder, 'first.txt'), 'one');
  const config = cloudConfig({ ...cloud.description, sts: sts.url, s3: s3.url }, folder);
  await writeFile(join(home, 'config.json'), config);
  return { planted, sts, s3, folder, alice: personOf(cloud.description, 'alice') };
}

test('the secrets of a sign-in, a sync and a restart stay inside', async () => {
  const { planted, alice } = await scene();
  const electron = await start();
  expect(await signIn(electron, alice)).toMatchObject({ ok: true });
  await untilInSync(electron);
  await askEverything(electron);
  heard.texts.push((await runCli(['status', '--json', '--home', home])).stdout);
  await expectNoTraces(electron, planted);

  await quit(electron);
  const again = await start();
  await untilInSync(again);
  await expectNoTraces(again, planted);
  // The secrets searched for: two of each, because the restart renewed.
  const kinds = [...planted.known.values()].sort();
  for (const kind of ['SecretAccessKey', 'SessionToken', 'access_token', 'id_token', 'refresh_token'])
    expect(kinds.filter((one) => one === kind).length, kind).toBeGreaterThanOrEqual(2);
});

test('a problem caused by a store that echoes the session token is reported and stored without it', async () => {
  const { planted, alice, s3, folder } = await scene();
  const electron = await start();
  await signIn(electron, alice);
  await untilInSync(electron);
  s3.echo((request) => request.method === 'PUT');
  await writeFile(join(folder, 'second.txt'), 'two');
  await waitFor(async () => (await snapshotOf(electron)).problems.length > 0, {
    what: 'the problem',
  });
  expect(s3.echoed()).toBeGreaterThan(0);
  expect(planted.latest('SessionToken')).toMatch(/^IQoJ/);
  s3.echo(() => true);
  await ask(electron, 'checkNow', { pairId: 'docs' });
  await waitFor(async () => (await snapshotOf(electron)).pairs[0]?.notices.length, {
    what: 'the pair to stop',
  });
  await askEverything(electron);
  await expectNoTraces(electron, planted);
});

test('a refused exchange with the token in its response', async () => {
  const { planted, alice, sts } = await scene();
  const electron = await start();
  sts.echo(() => true);
  const refused = await signIn(electron, alice);
  expect(refused).toMatchObject({ ok: false, error: { code: 'exchange-request-invalid' } });
  expect(sts.echoed()).toBeGreaterThan(0);
  // The pair tries again and reports the same by itself.
  await ask(electron, 'syncNow', { pairId: null });
  await waitFor(
    async () => (await snapshotOf(electron)).accounts[0]?.error?.code === 'exchange-request-invalid',
    { what: 'the account to say so' },
  );
  await askEverything(electron);
  await expectNoTraces(electron, planted);
});

test('errors of the system that carry a secret are reported without it, including an unforeseen one', async () => {
  const { planted, alice } = await scene();
  const electron = await start();
  expect(await signIn(electron, alice)).toMatchObject({ ok: true });
  await untilInSync(electron);

  electron.shell.showItemInFolder = () => {
    throw new Error(`cannot show ${planted.latest('refresh_token')} and ${planted.latest('SessionToken')}`);
  };
  expect(await ask(electron, 'revealFolder', { pairId: 'docs' })).toMatchObject({
    error: { code: 'internal' },
  });
  electron.safeStorage.encryptStringAsync = (plain) => Promise.reject(new Error(`cannot seal ${plain}`));
  expect(await signIn(electron, alice)).toMatchObject({ error: { code: 'secrets-unavailable' } });
  await expectNoTraces(electron, planted);
  // The line is there, without the values.
  expect(await readFile(join(home, 'driftless.log'), 'utf8')).toContain(
    'cannot show [redacted] and [redacted]',
  );
});
