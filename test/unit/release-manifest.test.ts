// Signed release manifest: what counts as a word about the newest version, and what is done with every other answer.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { releaseDefine } from '../../build/release-channel.ts';
import { makeManifest, makeSigningKey, readSigningKey, signRelease } from '../../build/sign-release.ts';
import { checkRelease } from '../../main/adapters/updates/check.ts';
import { publicKeyText } from '../../main/adapters/updates/envelope.ts';
import { makeReleaseWatch } from '../../main/app/release-watch.ts';
import { compareVersions } from '../../main/core/updates/release.ts';
import type { ReleaseFacts, ReleaseStatus } from '../../main/core/updates/release.ts';
import type { Clock } from '../../main/ports/clock.port.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 28);
const address = 'https://updates.example.com/manifest.json';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const next = generateKeyPairSync('ed25519');

let home: TempFolder;
let nowMs: number;
let asked: string[];
/** What the address answers; a function may fail as the network does. */
let answer: (url: string, init: RequestInit) => Response | Promise<Response>;

beforeEach(async () => {
  home = await makeTempFolder('release');
  nowMs = startMs;
  asked = [];
});
afterEach(() => home.remove());

const clock: Clock = {
  nowMs: () => nowMs,
  monotonicMs: () => nowMs,
  sleep: () => Promise.reject(new Error('not used here')),
};
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Over = {
  readonly own?: string;
  readonly keys?: readonly string[];
  readonly url?: string | null;
  readonly isSwitchedOff?: boolean;
};

function look(over: Over = {}, signal = new AbortController().signal): Promise<ReleaseStatus> {
  const { own = '0.1.0', keys = [publicKeyText(publicKey)], url = address, isSwitchedOff = false } = over;
  const fetch = async (target: string, init: RequestInit): Promise<Response> => {
    asked.push(target);
    return await answer(target, init);
  };
  const parts = { home: home.path, channel: { manifestUrl: url, publicKeys: keys }, isSwitchedOff };
  return checkRelease({ ...parts, fetch, clock, log }, own, signal);
}

function facts(over: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return { version: '0.2.0', issuedAtMs: startMs, expiresAtMs: startMs + 90 * dayMs, ...over };
}

function publish(text: string, status = 200): void {
  answer = () => new Response(text, { status });
}

describe('a good manifest', () => {
  test('says that this version is out of date, or that there is no newer one', async () => {
    publish(signRelease(facts(), [privateKey]));
    expect(await look()).toEqual({ kind: 'outdated', version: '0.2.0' });
    expect(await look({ own: '0.2.0' })).toEqual({ kind: 'current', version: '0.2.0', asOfMs: startMs });
    expect(await look({ own: '0.3.0' })).toMatchObject({ kind: 'current' });
    expect(await look({ own: '0.2.0-rc.1' })).toMatchObject({ kind: 'outdated' });
  });

  test('is asked for once a day, over restarts too, whatever the answer was', async () => {
    publish('no manifest');
    await look();
    nowMs += dayMs - 1;
    expect(await look()).toEqual({ kind: 'unknown', why: 'not-asked-yet' });
    expect(asked).toHaveLength(1);
    nowMs += 1;
    publish(signRelease(facts(), [privateKey]));
    expect(await look()).toMatchObject({ kind: 'outdated' });
    await look();
    expect(asked).toEqual([address, address]);
    // The clock was set back by a year: the day begins again.
    nowMs -= 365 * dayMs;
    await look();
    expect(asked).toHaveLength(3);
  });

  test('leaves one private file in the home, which is verified again at every reading', async () => {
    publish(signRelease(facts(), [privateKey]));
    await look();
    expect(await readdir(home.path)).toEqual(['release.json']);
    const file = join(home.path, 'release.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...kept, manifest: signRelease(facts(), [stranger.privateKey]) }));
    expect(await look()).toEqual({ kind: 'unknown', why: 'not-asked-yet' });
    await writeFile(file, '{ damaged');
    expect(await look()).toMatchObject({ kind: 'outdated' });
  });

  test('stays true about a newer version when it has expired; that there is none is not believed longer', async () => {
    publish(signRelease(facts(), [privateKey]));
    await look();
    answer = () => Promise.reject(new Error('the network is down'));
    nowMs += 91 * dayMs;
    expect(await look()).toEqual({ kind: 'outdated', version: '0.2.0' });
    expect(await look({ own: '0.2.0' })).toEqual({ kind: 'unknown', why: 'expired' });
  });
});

describe('every other answer changes nothing and is no error', () => {
  const good = facts();
  const signed = (over: Partial<ReleaseFacts>, type?: string): string =>
    signRelease(facts(over), [privateKey], type);
  const bent = (change: (envelope: Record<string, unknown>) => unknown): string =>
    JSON.stringify(change(JSON.parse(signRelease(good, [privateKey])) as Record<string, unknown>));
  const payload = (document: unknown): string => Buffer.from(JSON.stringify(document)).toString('base64');

  test.each([
    ['another key', signRelease(good, [stranger.privateKey]), 'not-signed'],
    ["another key under our key's name", renamed(), 'not-signed'],
    [
      'a payload that was exchanged',
      bent((one) => ({ ...one, payload: payload({ version: '9.0.0' }) })),
      'not-signed',
    ],
    ['no signature', bent((one) => ({ ...one, signatures: [] })), 'unreadable'],
    [
      'an empty signature',
      bent((one) => ({ ...one, signatures: [{ key: 'x', signature: '' }] })),
      'not-signed',
    ],
    ['another format', bent((one) => ({ ...one, format: 'driftless-release-manifest-0' })), 'unreadable'],
    ['a further field', bent((one) => ({ ...one, more: 1 })), 'unreadable'],
    ['another purpose, signed by us', signed({}, 'driftless-installer'), 'wrong-type'],
    ['no version, signed by us', signed({ version: 'newest' }), 'unreadable'],
    ['an expired one', signed({ issuedAtMs: startMs - 9 * dayMs, expiresAtMs: startMs }), 'expired'],
    ['one from the future', signed({ issuedAtMs: startMs + 2 * dayMs }), 'not-yet-valid'],
    ['one that ends before it begins', signed({ expiresAtMs: startMs - 1 }), 'expired'],
    ['one that is valid for years', signed({ expiresAtMs: startMs + 900 * dayMs }), 'valid-too-long'],
    ['a page', '<!doctype html><title>404</title>', 'unreadable'],
    ['nothing', '', 'unreadable'],
    ['JSON of another kind', '[1]', 'unreadable'],
    ['too much', ' '.repeat(16 * 1024 + 1), 'unreadable'],
  ])('%s', async (_name, text, why) => {
    publish(text);
    expect(await look()).toEqual({ kind: 'unknown', why });
  });

  function renamed(): string {
    const [ours] = (JSON.parse(signRelease(good, [privateKey])) as { signatures: { key: string }[] })
      .signatures;
    const theirs = JSON.parse(signRelease(good, [stranger.privateKey])) as { signatures: object[] };
    return JSON.stringify({
      ...theirs,
      signatures: theirs.signatures.map((one) => ({ ...one, key: ours?.key })),
    });
  }

  test('an older manifest, or one with an older version, does not take the place of a newer one', async () => {
    const tomorrow = startMs + dayMs;
    for (const old of [facts({ version: '0.3.0' }), facts({ issuedAtMs: tomorrow, version: '0.1.9' })]) {
      nowMs = tomorrow;
      await writeFile(join(home.path, 'release.json'), '');
      publish(signRelease(facts({ issuedAtMs: startMs + 1 }), [privateKey]));
      await look();
      nowMs += dayMs;
      publish(signRelease(old, [privateKey]));
      expect(await look({ own: '0.2.0' })).toEqual({ kind: 'unknown', why: 'downgrade' });
      // What was known before counts on.
      expect(await look()).toEqual({ kind: 'outdated', version: '0.2.0' });
    }
  });

  test.each([
    ['a redirect', () => new Response(null, { status: 302, headers: { location: address } })],
    ['a failure', () => new Response('x', { status: 503 })],
    ['no network', () => Promise.reject(new TypeError('fetch failed'))],
  ])('%s', async (_name, given: () => Response | Promise<Response>) => {
    answer = given;
    expect(await look()).toEqual({ kind: 'unknown', why: 'unreachable' });
  });

  test('redirects are handed back by the request, and the signal ends it', async () => {
    const stop = new AbortController();
    let seen: RequestInit = {};
    answer = (_url, init) => {
      seen = init;
      stop.abort();
      return Promise.reject(new Error('aborted'));
    };
    await look({}, stop.signal);
    expect(seen).toMatchObject({ method: 'GET', redirect: 'manual', signal: { aborted: true } });
    expect(seen.body).toBeUndefined();
  });
});

describe('nothing is asked', () => {
  test.each([
    ['without an address', { url: null }, 'no-address'],
    ['without a key', { keys: [] }, 'no-address'],
    ['where it is switched off', { isSwitchedOff: true }, 'switched-off'],
  ])('%s', async (_name, over: Over, why) => {
    expect(await look(over)).toEqual({ kind: 'off', why });
    expect(asked).toEqual([]);
    expect(await readdir(home.path)).toEqual([]);
  });

  test('of an address without TLS', async () => {
    expect(await look({ url: 'http://127.0.0.1:1/manifest.json' })).toMatchObject({ why: 'unreachable' });
    expect(asked).toEqual([]);
  });
});

test('during a rotation builds with the old key and builds with the new one accept the same manifest', async () => {
  publish(signRelease(facts(), [privateKey, next.privateKey]));
  expect(await look({ keys: [publicKeyText(publicKey)] })).toMatchObject({ kind: 'outdated' });
  nowMs += dayMs;
  expect(await look({ keys: [publicKeyText(next.publicKey)] })).toMatchObject({ kind: 'outdated' });
  expect(asked).toHaveLength(2);
});

test('versions are compared by number, and a pre-release comes before its release', () => {
  expect(compareVersions('0.10.0', '0.9.9')).toBeGreaterThan(0);
  expect(compareVersions('1.0.0-rc.1', '1.0.0')).toBeLessThan(0);
  expect(compareVersions('1.0.1-rc.1', '1.0.0')).toBeGreaterThan(0);
  expect(compareVersions('1.0.0+build', '1.0.0')).toBe(0);
  expect(compareVersions('unknown', '0.0.0')).toBeLessThan(0);
});

describe('the maker of manifests', () => {
  let keyFile: string;
  let printed: string;
  beforeEach(() => {
    keyFile = join(home.path, 'release.key');
    printed = makeSigningKey(keyFile);
  });
  const options = { version: '0.2.0', days: 90, previous: null, nowMs: startMs };

  test('signs with a key from a file what the program accepts', async () => {
    publish(makeManifest({ ...options, keyFiles: [keyFile] }));
    expect(await look({ keys: [printed] })).toEqual({ kind: 'outdated', version: '0.2.0' });
  });

  test('refuses what programs would refuse', () => {
    const keyFiles = [keyFile];
    const first = makeManifest({ ...options, keyFiles });
    const after = { ...options, keyFiles, previous: first, nowMs: startMs + 1 };
    expect(() => makeManifest({ ...after, version: '0.1.9' })).toThrow('downgrade');
    expect(() => makeManifest({ ...after, nowMs: startMs - 1 })).toThrow('downgrade');
    expect(() => makeManifest({ ...options, keyFiles, days: 400 })).toThrow('valid-too-long');
    expect(() => makeManifest({ ...options, keyFiles, version: 'v1' })).toThrow('not a version');
    expect(() => makeManifest({ ...options, keyFiles: [] })).toThrow('--key');
    expect(() => makeManifest({ ...after, previous: signRelease(facts(), [stranger.privateKey]) })).toThrow(
      'not-signed',
    );
    expect(makeManifest(after)).toContain('"payload"');
  });

  test('refuses a key in the checkout, one that others may read, one of another kind, and overwriting one', async () => {
    expect(() => makeSigningKey('release.key')).toThrow('must not lie in the checkout');
    expect(() => readSigningKey(join(import.meta.dirname, '..', 'release.key'))).toThrow('checkout');
    expect(() => makeSigningKey(keyFile)).toThrow('EEXIST');
    expect(createPrivateKey(await readFile(keyFile)).asymmetricKeyType).toBe('ed25519');
    await chmod(keyFile, 0o644);
    expect(() => readSigningKey(keyFile)).toThrow('others may read it');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await writeFile(keyFile, other.export({ type: 'pkcs8', format: 'pem' }));
    await chmod(keyFile, 0o600);
    expect(() => readSigningKey(keyFile)).toThrow('not an Ed25519 key');
  });
});

test('a build has address and keys as constants, or neither', () => {
  const keys = publicKeyText(publicKey);
  const env = { DRIFTLESS_RELEASE_MANIFEST: address, DRIFTLESS_RELEASE_KEYS: keys };
  const constant = (text: Readonly<Record<string, string>>): unknown =>
    JSON.parse(text['DRIFTLESS_RELEASE_CHANNEL'] ?? '');
  expect(constant(releaseDefine({}))).toEqual({ manifestUrl: null, publicKeys: [] });
  expect(constant(releaseDefine(env))).toEqual({ manifestUrl: address, publicKeys: [keys] });
  for (const wrong of [
    { DRIFTLESS_RELEASE_MANIFEST: address },
    { ...env, DRIFTLESS_RELEASE_MANIFEST: 'http://updates.example.com/' },
    { ...env, DRIFTLESS_RELEASE_KEYS: `${keys},short` },
  ])
    expect(() => releaseDefine(wrong)).toThrow('DRIFTLESS_RELEASE_KEYS');
});

test('the watch tells of a newer version once, and ends where nothing is to be asked', async () => {
  const stop = new AbortController();
  const statuses: ReleaseStatus[] = [
    { kind: 'unknown', why: 'unreachable' },
    { kind: 'outdated', version: '0.2.0' },
    { kind: 'outdated', version: '0.2.0' },
    { kind: 'off', why: 'switched-off' },
  ];
  const slept: number[] = [];
  const watch = makeReleaseWatch(
    () => Promise.resolve(statuses.shift() ?? { kind: 'off', why: 'no-address' }),
    {
      ...clock,
      sleep: (ms) => {
        slept.push(ms);
        return Promise.resolve();
      },
    },
  );
  const heard: (string | null)[] = [];
  watch.onChange(() => heard.push(watch.newest()));
  await watch.run(stop.signal);
  expect(heard).toEqual(['0.2.0', null]);
  expect(slept).toHaveLength(3);
});
