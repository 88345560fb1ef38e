// Updates by the real electron-updater from a local feed, held to the signed release manifest.
import { createHash, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingMessage, RequestOptions, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type * as ElectronUpdater from 'electron-updater';
import { signRelease } from '../../build/sign-release.ts';
import { acceptedRelease, checkRelease } from '../../main/adapters/updates/check.ts';
import { publicKeyText } from '../../main/adapters/updates/envelope.ts';
import { makeStagedUpdate } from '../../main/adapters/updates/staged.ts';
import type { StagedUpdate } from '../../main/adapters/updates/staged.ts';
import { watchUpdates } from '../../main/app/update-watch.ts';
import type { ReleaseFacts } from '../../main/core/updates/release.ts';
import type { Clock } from '../../main/ports/clock.port.ts';
import { mayReplaceItself, overElectronUpdater } from '../../main/shell/updates/updater.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const load = createRequire(import.meta.url);
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 28);
const ours = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const sumOf = (text: string): string => createHash('sha512').update(text).digest('base64');
/** An AppImage that says where it was started. */
const programOf = (version: string, mark: string): string => `#!/bin/sh\necho ${version} > ${mark}\n`;

type Feed = {
  version: string;
  /** What the feed says of the file, and what it then serves. */
  sums: readonly string[];
  body: string;
  /** What the feed calls its files; by default as they are. */
  names?: readonly string[];
  /** More lines of each file. */
  more?: string;
};

type Bench = {
  readonly feed: Feed;
  readonly asked: string[];
  readonly staged: StagedUpdate;
  readonly appImage: string;
  readonly mark: string;
  /** Publishes a manifest; the check takes it or refuses it. */
  publish(facts: Partial<ReleaseFacts>, key?: KeyObject): Promise<string>;
  pass(ms: number): void;
};

async function serve(feed: Feed, asked: string[]): Promise<string> {
  const server: Server = createServer((question, response) => {
    asked.push(`${question.url?.split('?')[0] ?? ''} ${String(question.headers['x-user-staging-id'])}`);
    if (question.url?.startsWith('/latest-linux') !== true) {
      response.end(feed.body);
      return;
    }
    const files = feed.sums.map(
      (sum, index) =>
        `  - url: ${feed.names?.[index] ?? `Driftless${index === 0 ? '' : String(index)}.AppImage`}\n    sha512: ${sum}\n${feed.more ?? ''}`,
    );
    response.end(`version: ${feed.version}\nfiles:\n${files.join('')}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}

/** electron-updater's own, over Node's http instead of Chromium's network. */
function nodeExecutor(): unknown {
  const runtime = load('builder-util-runtime') as Record<string, never>;
  const { HttpExecutor, configureRequestOptions, configureRequestUrl } = runtime as unknown as {
    readonly HttpExecutor: new () => { doDownload(...args: readonly unknown[]): void };
    readonly configureRequestOptions: (options: object) => void;
    readonly configureRequestUrl: (url: URL, options: object) => void;
  };
  type Download = {
    readonly headers?: object;
    readonly cancellationToken: {
      createPromise(
        work: (resolve: (path: string) => void, reject: (error: unknown) => void, onCancel: unknown) => void,
      ): Promise<string>;
    };
  };
  return new (class extends HttpExecutor {
    createRequest(options: RequestOptions, callback: (answer: IncomingMessage) => void): unknown {
      return request(options, callback);
    }
    download(url: URL, destination: string, options: Download): Promise<string> {
      return options.cancellationToken.createPromise((resolve, reject, onCancel) => {
        const asked = { headers: options.headers };
        configureRequestUrl(url, asked);
        configureRequestOptions(asked);
        const callback = (error: unknown): void => {
          if (error === null || error === undefined) resolve(destination);
          else reject(error);
        };
        this.doDownload(asked, { destination, options, onCancel, callback, responseHandler: null }, 0);
      });
    }
  })();
}

/** As Electron's app, for electron-updater. */
function appOf(folder: string, version: string): never {
  return {
    ...{ version, name: 'driftless', isPackaged: true },
    appUpdateConfigPath: join(folder, 'app-update.yml'),
    userDataPath: join(folder, 'user'),
    baseCachePath: join(folder, 'cache'),
    whenReady: () => Promise.resolve(),
    quit: () => undefined,
    relaunch: () => undefined,
    onQuit: () => undefined,
  } as never;
}

async function bench(own = '0.1.0', programName = 'Driftless.AppImage'): Promise<Bench> {
  const folder = await tempFolder('updates');
  const mark = join(folder, 'started');
  const body = programOf('0.2.0', mark);
  const feed: Feed = { version: '0.2.0', sums: [sumOf(body)], body };
  const asked: string[] = [];
  const url = await serve(feed, asked);
  await mkdir(join(folder, 'user'));
  await writeFile(
    join(folder, 'app-update.yml'),
    `provider: generic\nurl: ${url}\nupdaterCacheDirName: driftless-updater\n`,
  );
  const appImage = join(folder, programName);
  await writeFile(appImage, 'old program', { mode: 0o755 });
  vi.stubEnv('APPIMAGE', appImage);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { AppImageUpdater } = load('electron-updater') as typeof ElectronUpdater;
  const program = new AppImageUpdater(null, appOf(folder, own));
  Object.assign(program, { httpExecutor: nodeExecutor() });
  // Its end of the process would be the test's.
  program.quitAndInstall = () => {
    program.install(true, true);
  };
  const updater = overElectronUpdater(program, () => Promise.resolve());
  let nowMs = startMs;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => Promise.reject(new Error('not used here')),
  };
  const channel = {
    manifestUrl: 'https://updates.example.com/manifest.json',
    publicKeys: [publicKeyText(ours.publicKey)],
  };
  const parts = { home: folder, channel, isSwitchedOff: false, clock, log };
  return {
    ...{ feed, asked, appImage, mark },
    staged: makeStagedUpdate({
      ...{ updater, clock, log, ownVersion: own },
      signedRelease: () => acceptedRelease(parts),
    }),
    async publish(facts, key = ours.privateKey) {
      const times = { issuedAtMs: nowMs, expiresAtMs: nowMs + 30 * dayMs };
      const manifest = signRelease({ version: '0.2.0', ...times, sha512: [sumOf(body)], ...facts }, [key]);
      const fetch = () => Promise.resolve(new Response(manifest));
      const status = await checkRelease({ ...parts, fetch }, own, new AbortController().signal);
      return status.kind === 'unknown' ? status.why : status.kind;
    },
    pass(ms) {
      nowMs += ms;
    },
  };
}

describe('by electron-updater', skipUnless(process.platform === 'linux', 'AppImages are of Linux'), () => {
  test('a good release is fetched, verified on the disk, installed and started', async () => {
    const { staged, publish, feed, asked, appImage, mark } = await bench();
    expect(await publish({})).toBe('outdated');
    expect(await staged.install()).toBe('nothing-staged');
    expect(await staged.stage()).toEqual({ kind: 'ready', version: '0.2.0' });
    expect(await readFile(appImage, 'utf8')).toBe('old program');
    expect(await staged.install()).toBeNull();
    expect(await readFile(appImage, 'utf8')).toBe(feed.body);
    await waitFor(() => existsSync(mark), { what: 'the start of the new program' });
    // No identifier of this installation.
    expect(asked).toEqual(['/latest-linux.yml 0', '/Driftless.AppImage 0']);
  });

  test.each([
    ['no manifest was accepted', null, {}, 'no-manifest'],
    ['a stranger signed the manifest', stranger.privateKey, {}, 'no-manifest'],
    ['the manifest is for another file', ours.privateKey, { sha512: [sumOf('other')] }, 'other-contents'],
    ['the manifest lists no files', ours.privateKey, { sha512: [] }, 'other-contents'],
    ['the manifest names another version', ours.privateKey, { version: '0.3.0' }, 'other-version'],
  ] as const)('nothing is fetched when %s', async (_case, key, facts, why) => {
    const { staged, publish, asked } = await bench();
    if (key !== null) await publish(facts, key);
    expect(await staged.stage()).toEqual({ kind: 'failed', why });
    expect(asked).toEqual(['/latest-linux.yml 0']);
  });

  test('a feed with one unlisted file beside the right one is refused before the download', async () => {
    const { staged, publish, feed, asked } = await bench();
    await publish({});
    feed.sums = [...feed.sums, sumOf('other')];
    expect(await staged.stage()).toEqual({ kind: 'failed', why: 'other-contents' });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['of another program beside ours', 'photos.AppImage'],
    ['of a document', 'Driftless notes.txt'],
    ['of another folder', '../Driftless-0.2.0.AppImage'],
    ['of another server', 'https://elsewhere.example/Driftless-0.2.0.AppImage'],
    ['that ends in a question', 'diary.txt?Driftless-0.2.0.AppImage'],
  ])(
    'a feed that gives the right contents the name %s is refused before the download',
    async (_what, name) => {
      // electron-updater puts the new program beside a versioned one under the name that the feed gives it.
      const { staged, publish, feed, asked, appImage } = await bench('0.1.0', 'Driftless-0.1.0.AppImage');
      const beside = join(appImage, '..', 'photos.AppImage');
      await writeFile(beside, 'photos');
      await publish({});
      feed.names = [name];
      expect(await staged.stage()).toEqual({ kind: 'failed', why: 'other-name' });
      expect(await staged.install()).toBe('nothing-staged');
      expect(asked).toHaveLength(1);
      expect(await readFile(beside, 'utf8')).toBe('photos');
    },
  );

  test('a block map that the feed names is not fetched: nothing is unpacked that the manifest does not list', async () => {
    const { staged, publish, feed, asked } = await bench();
    await publish({});
    feed.more = '    blockMapSize: 1000\n    size: 5000\n';
    expect(await staged.stage()).toEqual({ kind: 'ready', version: '0.2.0' });
    expect(asked).toEqual(['/latest-linux.yml 0', '/Driftless.AppImage 0']);
  });

  test('an older release is never offered, even with a right signature', async () => {
    const { staged, publish, feed, asked } = await bench('0.5.0');
    expect(await publish({})).toBe('current');
    expect(await staged.stage()).toEqual({ kind: 'none' });
    feed.version = '0.4.0';
    expect(await staged.stage()).toEqual({ kind: 'none' });
    expect(asked.filter((line) => line.includes('AppImage'))).toEqual([]);
  });

  test('a manifest that has expired no longer counts, before the download and before the installation', async () => {
    const { staged, publish, pass, asked, appImage } = await bench();
    await publish({});
    expect(await staged.stage()).toMatchObject({ kind: 'ready' });
    pass(31 * dayMs);
    expect(await staged.install()).toBe('expired');
    expect(await staged.stage()).toEqual({ kind: 'failed', why: 'expired' });
    expect(asked).toHaveLength(3);
    expect(await readFile(appImage, 'utf8')).toBe('old program');
  });

  test('a tampered download is refused, and a file exchanged after the download is not installed', async () => {
    const { staged, publish, feed, appImage } = await bench();
    await publish({});
    const { body } = feed;
    feed.body = `${body}evil`;
    expect(await staged.stage()).toEqual({ kind: 'failed', why: 'unreachable' });
    feed.body = body;
    expect(await staged.stage()).toMatchObject({ kind: 'ready' });
    const pending = join(appImage, '..', 'cache', 'driftless-updater', 'pending', 'Driftless.AppImage');
    await writeFile(pending, 'evil');
    expect(await staged.install()).toBe('other-contents');
    expect(existsSync(pending)).toBe(false);
    expect(await readFile(appImage, 'utf8')).toBe('old program');
    expect(await staged.install()).toBe('nothing-staged');
  });
});

test('where the engine does not end nothing is installed, and the caller receives the reason', async () => {
  let installed = 0;
  const program = { on: () => undefined, quitAndInstall: () => void (installed += 1) };
  const install = (end: Promise<void>, patienceMs: number): Promise<void> =>
    overElectronUpdater(program as never, () => end, patienceMs).install();
  const { promise: never } = Promise.withResolvers<undefined>();
  await expect(install(never, 20)).rejects.toThrow('did not end');
  expect(installed).toBe(0);
  await install(Promise.resolve(), 60_000);
  expect(installed).toBe(1);
});

test('a fetcher that lies about the contents is not believed', async () => {
  const folder = await tempFolder('updates');
  const file = join(folder, 'fetched');
  await writeFile(file, 'evil');
  let installed = 0;
  const staged = makeStagedUpdate({
    updater: {
      check: () =>
        Promise.resolve({ version: '0.2.0', sha512: [sumOf('good')], names: ['Driftless.AppImage'] }),
      download: () => Promise.resolve(file),
      install: () => Promise.resolve(void (installed += 1)),
    },
    signedRelease: () =>
      Promise.resolve({ version: '0.2.0', issuedAtMs: 0, expiresAtMs: 10, sha512: [sumOf('good')] }),
    ownVersion: '0.1.0',
    clock: { nowMs: () => 5, monotonicMs: () => 5, sleep: () => Promise.reject(new Error('not used')) },
    log,
  });
  expect(await staged.stage()).toEqual({ kind: 'failed', why: 'other-contents' });
  expect([existsSync(file), await staged.install(), installed]).toEqual([false, 'nothing-staged', 0]);
});

test('a refused version is tried again after an hour, a staged one is not fetched twice', async () => {
  const stop = new AbortController();
  let looks = 0;
  const attempts: number[] = [];
  const answers = [null, '0.2.0', '0.3.0'];
  const ready: string[] = [];
  await watchUpdates(
    {
      newest: () => (looks === 0 ? null : looks < 20 ? '0.2.0' : '0.3.0'),
      stage: () => {
        attempts.push(looks);
        return Promise.resolve(answers[attempts.length - 1] ?? null);
      },
      onReady: (version) => void ready.push(version),
      clock: {
        nowMs: () => 0,
        monotonicMs: () => 0,
        sleep: () => {
          looks += 1;
          if (looks === 30) stop.abort();
          return stop.signal.aborted ? Promise.reject(new Error('stopped')) : Promise.resolve();
        },
      },
    },
    stop.signal,
  );
  expect({ attempts, ready }).toEqual({ attempts: [1, 7, 20], ready: ['0.2.0', '0.3.0'] });
});

test('deb, rpm, a checkout and a build without a feed only say that a newer version is out', () => {
  const facts = { platform: 'linux', isPackaged: true, hasFeed: true, appImage: '/a.AppImage' } as const;
  expect(mayReplaceItself(facts)).toBe(true);
  expect(mayReplaceItself({ ...facts, appImage: null })).toBe(false);
  expect(mayReplaceItself({ ...facts, isPackaged: false })).toBe(false);
  expect(mayReplaceItself({ ...facts, hasFeed: false })).toBe(false);
  expect(mayReplaceItself({ ...facts, platform: 'win32', appImage: null })).toBe(true);
  expect(mayReplaceItself({ ...facts, platform: 'darwin', appImage: null })).toBe(false);
});
