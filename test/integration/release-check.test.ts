// The release check over real TLS: through a proxy, with the build's keys, and as `driftless doctor` says it.
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { signRelease } from '../../build/sign-release.ts';
import { publicKeyText } from '../../main/adapters/updates/envelope.ts';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { runDoctor } from '../../main/cli/verbs/doctor.ts';
import { composeApp } from '../../main/compose/app.ts';
import { runApp } from '../../main/compose/run.ts';
import type { App } from '../../main/compose/app.ts';
import { companyAuthority, companyProxy, companyService } from '../support/company-network.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const { signal } = new AbortController();
const dayMs = 86_400_000;

beforeAll(() => {
  setDefaultCACertificates([...getCACertificates('default'), companyAuthority]);
});
const added: string[] = [];
afterEach(() => {
  for (const name of added.splice(0)) Reflect.deleteProperty(process.env, name);
});

async function published(version: string) {
  const nowMs = Date.now();
  const manifest = signRelease({ version, issuedAtMs: nowMs, expiresAtMs: nowMs + dayMs }, [privateKey]);
  const asked: string[] = [];
  const service = await companyService((request, response) => {
    asked.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''}`);
    response.end(manifest);
  });
  const proxy = await companyProxy(service);
  const env = {
    DRIFTLESS_RELEASE_MANIFEST: 'https://updates.driftless.test/manifest.json',
    DRIFTLESS_RELEASE_KEYS: publicKeyText(publicKey),
    HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}`,
  };
  return { asked, env };
}

async function emptyHome(config: object = {}): Promise<string> {
  const home = await tempFolder('release-check');
  await writeFile(join(home, 'config.json'), JSON.stringify({ accounts: [], pairs: [], ...config }));
  return home;
}

async function composed(
  home: string,
  env: Readonly<Record<string, string>>,
  policy: object = {},
): Promise<App> {
  const policyPath = join(home, 'policy.json');
  await writeFile(policyPath, JSON.stringify(policy));
  return composeApp(
    {
      home,
      policyPath,
      secrets: new FileSecrets(join(home, 'secrets')),
      launch: () => Promise.reject(new Error('nothing is to be opened')),
      logLevel: 'error',
      writeLog: () => undefined,
      isPackaged: false,
      version: '0.1.0',
      env,
    },
    signal,
  );
}

test('a running engine asks once, and its page names the newer version', async () => {
  const { env, asked } = await published('0.2.0');
  const app = await composed(await emptyHome(), env);
  const shown = { version: '0.1.0', home: 'loopback', platform: 'linux', locale: null } as const;
  const none = {
    ...{ revealFolder: null, copyText: null, saveText: null, decodePicture: null },
    ...{ dialogs: null, folderRoots: null, login: null, commandLine: null },
  };
  const page = app.makePage({ app: shown, ...none }, signal);
  const running = runApp(app);
  try {
    await waitFor(() => page.backend.snapshot().newerVersion === '0.2.0', { what: 'the newer version' });
  } finally {
    await running.stop();
  }
  expect(asked).toEqual(['GET updates.driftless.test/manifest.json']);
});

test('settings choose another copy or switch it off, the administrator switches it off, and a checkout asks nothing', async () => {
  const { env, asked } = await published('0.2.0');
  const other = await emptyHome({ updates: { manifestUrl: 'https://mirror.driftless.test/copy.json' } });
  expect(await (await composed(other, env)).checkRelease(signal)).toMatchObject({ kind: 'outdated' });
  expect(asked.splice(0)).toEqual(['GET mirror.driftless.test/copy.json']);
  const off = await composed(await emptyHome({ updates: { check: false } }), env);
  expect(await off.checkRelease(signal)).toEqual({ kind: 'off', why: 'switched-off' });
  const managed = await composed(await emptyHome(), env, { disabled: ['updates'] });
  expect(await managed.checkRelease(signal)).toEqual({ kind: 'off', why: 'switched-off' });
  const { DRIFTLESS_RELEASE_KEYS: _keys, ...withoutKeys } = env;
  for (const checkout of [{}, withoutKeys]) {
    const app = await composed(other, checkout);
    expect(await app.checkRelease(signal)).toEqual({ kind: 'off', why: 'no-address' });
  }
  expect(asked).toEqual([]);
});

test('doctor warns of an old version and is content all the same', async () => {
  const { env } = await published('999.0.0');
  for (const [name, value] of Object.entries(env)) {
    process.env[name] = value;
    added.push(name);
  }
  const printed: { value: unknown; words: string }[] = [];
  const io = {
    home: await emptyHome(),
    isJson: false,
    isVerbose: false,
    isTerminal: false,
    progress: null,
    print: (value: unknown, words: string) => void printed.push({ value, words }),
    say: () => undefined,
  };
  expect(await runDoctor(io, {}, signal)).toBe(0);
  expect(printed[0]?.words).toMatch(
    /^WARN +version +Driftless \S+: this version is out of date: 999\.0\.0 is out$/m,
  );
});
