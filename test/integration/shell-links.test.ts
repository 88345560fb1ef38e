// `driftless://` links in the desktop: untrusted input that only the user can accept.
import { mkdtempSync, readFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import config from '../../build/electron-builder.config.ts';
import { linkIn } from '../../main/shell/single-instance.ts';
import type { Result, Snapshot } from '../../preload/contract.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import { createFakeElectron, fakeEvent } from '../fakes/fake-electron.ts';
import type { FakeElectron, FakeElectronOptions } from '../fakes/fake-electron.ts';
import { buildShell, pathWithTrayAnswer, writePage } from '../support/boot-shell.ts';
import type { ShellBuild } from '../support/boot-shell.ts';
import { goodProfile, linkOf } from '../support/profiles.ts';
import { waitFor } from '../support/wait-for.ts';

const words = wordsIn('en');
let shell: ShellBuild;
let room: string;
let home: string;
const running: FakeElectron[] = [];
const before = { path: process.env['PATH'], argv: process.argv };

beforeAll(async () => {
  shell = await buildShell();
  writePage(shell.distDir);
});
afterAll(() => {
  shell.dispose();
});
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'driftless-links-'));
  home = join(room, 'home');
  mkdirSync(home);
  process.env['DRIFTLESS_HOME'] = home;
  process.env['PATH'] = pathWithTrayAnswer(join(room, 'bin'), true);
});
afterEach(async () => {
  for (const electron of running.splice(0)) {
    electron.app.quit();
    await waitFor(() => electron.app.quitState !== 'running', { what: 'the app to quit' });
  }
  process.env['PATH'] = before.path;
  process.argv = before.argv;
  delete process.env['DRIFTLESS_HOME'];
  rmSync(room, { recursive: true, force: true });
});

type Start = Partial<FakeElectronOptions> & { readonly argv?: readonly string[] };

async function start({ argv = [], ...options }: Start = {}): Promise<FakeElectron> {
  const electron = createFakeElectron({ appData: room, ...options });
  process.argv = ['/opt/Driftless/driftless-desktop', ...argv];
  running.push(electron);
  await shell.start(electron);
  electron.app.becomeReady();
  await waitFor(() => electron.recorded.trays.length > 0, { what: 'the app' });
  return electron;
}

/** Like a request of the page: through the handler, from the window's own frame. */
async function ask<T>(electron: FakeElectron, name: string, input: object): Promise<Result<T>> {
  const window = electron.app.windows[0];
  const handler = electron.ipcMain.handlers.get(`driftless:${name}`);
  if (window === undefined || handler === undefined) throw new Error(`no handler for ${name}`);
  const event = { sender: window.webContents, senderFrame: window.webContents.mainFrame };
  return (await handler(event as never, input)) as Result<T>;
}

async function setupOf(electron: FakeElectron): Promise<Snapshot['setup']> {
  const answer = await ask<Snapshot>(electron, 'snapshot', {});
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value.setup;
}

const shown = (electron: FakeElectron) =>
  waitFor(async () => (await setupOf(electron)).proposal, { what: 'the proposal' });
const refused = (electron: FakeElectron) =>
  waitFor(async () => (await setupOf(electron)).refusal, { what: 'the refusal' });

const link = linkOf(goodProfile);
const configFile = () => join(home, 'config.json');
const second = (electron: FakeElectron, args: readonly string[], data?: unknown) =>
  electron.app.emit(
    'second-instance',
    fakeEvent(),
    ['/opt/Driftless/driftless-desktop', '--allow-file-access-from-files', ...args],
    '/',
    data ?? { arguments: args },
  );

describe('a valid link is shown in full and writes or fetches nothing', () => {
  test('a valid link is shown when it starts the app (Windows, Linux)', async () => {
    const electron = await start({ argv: ['--', link] });
    expect(await shown(electron)).toMatchObject({
      source: 'link',
      issuerHost: 'login.example.com',
      awsAccount: '123456789012',
      bucket: 'company-files',
      problems: [],
    });
    expect(existsSync(configFile())).toBe(false);
    expect(electron.recorded.opened).toEqual([]);
  });

  test('a valid link is shown when it comes from a second process', async () => {
    const electron = await start();
    electron.app.windows[0]?.close();
    second(electron, ['--', link]);
    expect(await shown(electron)).toMatchObject({ issuerHost: 'login.example.com' });
    expect(electron.app.windows[0]?.state).toBe('shown');
    expect(existsSync(configFile())).toBe(false);
  });

  test('a valid link is shown when it comes as the macOS event, also before there is an engine', async () => {
    const electron = createFakeElectron({ appData: room });
    process.argv = ['/Applications/Driftless.app/Contents/MacOS/Driftless'];
    running.push(electron);
    await shell.start(electron);
    const event = fakeEvent();
    electron.app.emit('open-url', event, link);
    expect(event.defaultPrevented).toBe(true);
    electron.app.becomeReady();
    await waitFor(() => electron.recorded.trays.length > 0, { what: 'the app' });
    expect(await shown(electron)).toMatchObject({ issuerHost: 'login.example.com' });
  });

  test('a second link is ignored while the user reads the first', async () => {
    const electron = await start();
    second(electron, [link]);
    const first = await shown(electron);
    second(electron, [linkOf({ ...goodProfile, id: 'other', issuer: 'https://id.example.org/' })]);
    expect(await refused(electron)).toMatchObject({ code: 'proposal-waiting' });
    expect((await setupOf(electron)).proposal).toEqual(first);
  });
});

describe('a hostile link is refused in one line', () => {
  test.each([
    ['another host', 'driftless://evil.example/connect?profile=e30', /not driftless:/],
    ['another action', 'driftless://run?profile=e30', /not driftless:/],
    ['a further parameter', `${link}&yes=1`, /not driftless:/],
    ['an option glued to it', `${link} --home /tmp/evil`, /not driftless:/],
    ['too long', `driftless://connect?profile=${'A'.repeat(9000)}`, /too long/],
    ['damaged', 'driftless://connect?profile=ab', /damaged|JSON/],
    [
      'a stranger’s endpoint',
      linkOf({
        ...goodProfile,
        exchange: { ...goodProfile.exchange, stsEndpoint: 'https://sts.evil.example/' },
      }),
      /must come as a file/,
    ],
  ])('a hostile link is refused in one line: %s', async (_title, hostile, reason) => {
    const electron = await start();
    second(electron, [hostile]);
    const { refusal, proposal } = await waitFor(
      async () => {
        const setup = await setupOf(electron);
        return setup.refusal !== null || setup.proposal !== null ? setup : null;
      },
      { what: 'an answer' },
    );
    // A readable part is shown with its faults; an unreadable one is reported in one line. Neither can be
    // accepted.
    const said =
      proposal?.problems.map(({ code, fields }) => words.text(`reason.${code}`, fields)).join('; ') ??
      String(refusal?.fields['reason']);
    expect(said).toMatch(reason);
    expect(said).not.toContain('\n');
    if (proposal !== null) {
      const accepted = await ask(electron, 'acceptProfile', accept(proposal.id));
      expect(accepted).toMatchObject({ ok: false, error: { code: 'profile-refused' } });
    }
    expect(existsSync(configFile())).toBe(false);
    expect([...electron.recorded.opened, ...electron.recorded.asked]).toEqual([]);
  });

  test.each([
    [
      'arguments after the link, as a quote in it makes them on Windows',
      ['driftless://x', '--home', '\\\\evil'],
    ],
    ['a switch behind it', [link, '--inspect=9229']],
    ['two of them', [link, link]],
  ])('a link with %s opens nothing', async (_title, args) => {
    const electron = await start({ argv: args });
    expect(await refused(electron)).toEqual({ code: 'link-refused', fields: {} });
    second(electron, args);
    expect((await setupOf(electron)).proposal).toBeNull();
    // The data directory is the one chosen without them.
    expect(electron.app.getPath('userData')).toBe(join(home, 'desktop'));
  });

  test("the other process's statements about itself are untrusted data", async () => {
    const electron = await start();
    second(electron, [link], { arguments: [7, {}] });
    expect(await shown(electron)).toMatchObject({ issuerHost: 'login.example.com' });
    second(electron, ['--hidden'], { arguments: ['--hidden'] });
    expect(linkIn(['--hidden', 'https://example.com/driftless:'])).toBeNull();
  });

  test('the log keeps nothing of a link', async () => {
    const electron = await start();
    second(electron, ['driftless://evil.example/secret-part']);
    await refused(electron);
    const log = readFileSync(join(home, 'driftless.log'), 'utf8');
    expect(log).toContain('deep link arrived');
    expect(log).not.toMatch(/evil|secret-part/);
  });
});

const accept = (proposalId: string, rest: object = {}) => ({
  proposalId,
  folder: null,
  awsAccount: '',
  hosts: [],
  ...rest,
});

describe('accepting', () => {
  test('accepting a link needs a second confirmation by main, and a refusal changes nothing', async () => {
    const electron = await start({ argv: [link] });
    const { id, folder } = await shown(electron);
    expect(await ask(electron, 'acceptProfile', accept(id))).toEqual({ ok: true, value: null });
    expect(electron.recorded.asked).toHaveLength(1);
    const [question] = electron.recorded.asked;
    expect(question).toMatchObject({ defaultId: 0, cancelId: 0, message: 'Connect to login.example.com?' });
    for (const fact of ['123456789012', 'company-files', folder])
      expect(JSON.stringify(question)).toContain(fact);
    expect(existsSync(configFile())).toBe(false);
  });

  test('accepting a link creates account and folder in the settings at once, and both run without a restart', async () => {
    const folder = join(room, 'chosen');
    mkdirSync(folder);
    const electron = await start({ argv: [link], answers: { folder, button: 1 } });
    const { id } = await shown(electron);
    expect(await ask(electron, 'chooseFolder', { proposalId: id })).toEqual({ ok: true, value: true });
    expect(electron.recorded.asked[0]).toMatchObject({ properties: ['openDirectory', 'createDirectory'] });
    expect(await ask(electron, 'acceptProfile', accept(id))).toEqual({
      ok: true,
      value: { accountId: 'work', pairIds: ['chosen'] },
    });
    expect(JSON.parse(readFileSync(configFile(), 'utf8'))).toMatchObject({
      accounts: [{ id: 'work', accountId: '123456789012', identity: { kind: 'browser' } }],
      pairs: [{ id: 'chosen', account: 'work', folder, bucket: 'company-files', prefix: 'users/{sub}/' }],
    });
    const answer = await ask<Snapshot>(electron, 'snapshot', {});
    expect(answer).toMatchObject({
      value: {
        accounts: [{ id: 'work', state: 'new', isolation: { verdict: 'not-checked' } }],
        pairs: [{ id: 'chosen', folderLabel: folder, state: 'paused' }],
        setup: { proposal: null },
      },
    });
    expect(await ask(electron, 'acceptProfile', accept(id))).toMatchObject({
      error: { code: 'proposal-gone' },
    });
  });

  test("accepting a link takes no path from the page, and the user's refusal is final", async () => {
    const electron = await start({ argv: [link], answers: { button: 1 } });
    const { id } = await shown(electron);
    const typed = await ask(electron, 'acceptProfile', accept(id, { folder: join(room, 'typed') }));
    expect(typed).toMatchObject({ ok: false, error: { code: 'not-supported' } });
    expect(await ask(electron, 'rejectProfile', { proposalId: id })).toEqual({ ok: true, value: null });
    expect(await ask(electron, 'acceptProfile', accept(id))).toMatchObject({
      error: { code: 'proposal-gone' },
    });
    expect(existsSync(configFile())).toBe(false);
  });

  test('a folder that must not be synced is refused in one line and nothing is written', async () => {
    const electron = await start({ argv: [link], answers: { button: 1, folder: home } });
    const { id } = await shown(electron);
    await ask(electron, 'chooseFolder', { proposalId: id });
    const refusal = await ask(electron, 'acceptProfile', accept(id));
    expect(refusal).toMatchObject({ ok: false, error: { code: 'folder-refused' } });
    expect(JSON.stringify(refusal)).toContain("overlaps the app's own folder");
    expect(existsSync(configFile())).toBe(false);
    expect((await setupOf(electron)).proposal).not.toBeNull();
  });
});

describe('registration for these links', () => {
  test('an installed copy registers for the link scheme and a checkout does not', async () => {
    const installed = await start({ isPackaged: true });
    expect(installed.app.schemes).toEqual([['driftless']]);
    expect(installed.app.lockData).toEqual({ arguments: [] });
    const checkout = createFakeElectron({ appData: room });
    running.push(checkout);
    installed.app.quit();
    await waitFor(() => installed.app.quitState === 'quit', { what: 'the app to quit' });
    await shell.start(checkout);
    expect(checkout.app.schemes).toEqual([]);
  });

  test('on Windows nothing after the link acts as a switch', async () => {
    const { platform } = process;
    Object.defineProperty(process, 'platform', { value: 'win32' });
    try {
      const electron = createFakeElectron({ appData: room, isPackaged: true, hasLock: true });
      await shell.start(electron);
      expect(electron.app.schemes).toEqual([['driftless', process.execPath, ['--']]]);
    } finally {
      Object.defineProperty(process, 'platform', { value: platform });
    }
  });

  test('the installers name the link scheme', () => {
    expect(config.protocols).toEqual([{ name: 'Driftless', schemes: ['driftless'] }]);
  });
});
