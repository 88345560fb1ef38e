// Planted secrets: absent from every output of `serve` and of the command line. Covered are responses and
// events of the page, the terminal and the files of the data directory, also when STS and S3 echo what they
// were sent.
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import type { Snapshot } from '../../preload/contract.ts';
import { requestNames } from '../../preload/contract.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device, Engine } from '../support/device.ts';
import { endOf, signInAddress, startCli } from '../support/driftless-cli.ts';
import { echoingFront, plantedSecrets } from '../support/planted-secrets.ts';
import type { Planted } from '../support/planted-secrets.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');

beforeAll(async () => {
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
});

type Heard = Map<string, string>;

function hear(heard: Heard, where: string, text: string): void {
  heard.set(where, `${heard.get(where) ?? ''}${text}\n`);
}

type OpenPage = {
  /** One request of the contract; its whole response is kept. */
  ask(name: string, input: object): Promise<unknown>;
  snapshot(): Promise<Snapshot>;
};

/** A tab without a browser: it opens the one-use link, receives the events, and sends requests. */
async function openPage(engine: Engine, heard: Heard): Promise<OpenPage> {
  const { origin, hash } = new URL(engine.url);
  const post = (path: string, body: object, bearer?: string): Promise<Response> =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      headers: {
        origin,
        'content-type': 'application/json',
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    });
  const opened = (await (await post('/api/session', { code: hash.slice(1) })).json()) as {
    readonly value: { readonly bearer: string };
  };
  const { bearer } = opened.value;
  const events = await post('/api/events', {}, bearer);
  const decoder = new TextDecoder();
  const following = (async () => {
    for await (const chunk of events.body ?? []) hear(heard, 'events', decoder.decode(chunk));
  })();
  // The engine ends the stream when it stops.
  following.catch(() => undefined);
  const ask: OpenPage['ask'] = async (name, input) => {
    const answer = await post(`/api/${name}`, input, bearer);
    const text = await answer.text();
    hear(heard, `answers to ${name}`, `${JSON.stringify([...answer.headers])} ${text}`);
    return JSON.parse(text) as unknown;
  };
  const snapshot = async (): Promise<Snapshot> =>
    ((await ask('snapshot', {})) as { readonly value: Snapshot }).value;
  return { ask, snapshot };
}

async function askEverything(page: OpenPage): Promise<void> {
  const left = ['signIn', 'signOut', 'cancelSignIn', 'removeFolder'];
  for (const name of requestNames.filter((one) => !left.includes(one))) {
    for (const input of [
      {},
      { pairId: 'docs' },
      { pairId: 'docs', guardId: 'g', answer: 'later' },
      { pairId: 'docs', id: 'g' },
    ])
      await page.ask(name, input);
  }
  await page.ask('resume', { pairId: null });
}

/** The output of these verbs, however they end. */
async function runVerbs(device: Device, heard: Heard): Promise<void> {
  // Not `credentials` and `share`: their output is a secret by design.
  const verbs = [
    ['status'],
    ['plan'],
    ['doctor'],
    ['sync', '--once'],
    ['trash', 'ls'],
    ['ls'],
    ['versions', 'first.txt'],
  ];
  for (const verb of verbs) {
    for (const args of [verb, [...verb, '--json', '--verbose']]) {
      const ended = await device.cli(args);
      hear(heard, `driftless ${args.join(' ')}`, ended.stdout + ended.stderr);
    }
  }
}

async function expectNoTraces(device: Device, engine: Engine, heard: Heard, planted: Planted): Promise<void> {
  const said = new Map(heard).set('terminal of serve', engine.stderr());
  for (const entry of await readdir(device.home, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    // The place of the refresh token, readable by its owner alone.
    if (!entry.isFile() || entry.parentPath === join(device.home, 'secrets')) continue;
    said.set(entry.name, await readFile(file, 'latin1'));
  }
  expect([...said.keys()]).toEqual(
    expect.arrayContaining(['driftless.log', 'events', 'answers to snapshot']),
  );
  expect(new Set(planted.known.values())).toEqual(
    new Set(['refresh_token', 'id_token', 'access_token', 'SecretAccessKey', 'SessionToken']),
  );
  const traces = [...said].flatMap(([where, text]) =>
    planted.tracesIn(text).map((trace) => `${where}: ${trace}`),
  );
  expect(traces).toEqual([]);
}

test('the page, the terminal and the files disclose no secret, whatever the services respond', async () => {
  const planted = plantedSecrets();
  const cloud = await cloudForTest();
  const { sts, s3 } = cloud.description;
  const fronts = { sts: await echoingFront(sts), s3: await echoingFront(s3) };
  const device = await deviceForTest({ ...cloud.description, sts: fronts.sts.url, s3: fronts.s3.url });
  await device.write('first.txt', 'one');
  await device.signIn('alice');
  const engine = await device.serve('--verbose');
  const heard: Heard = new Map();
  const page = await openPage(engine, heard);
  await waitFor(async () => (await page.snapshot()).overall === 'in-sync', {
    what: 'in sync',
  });
  await askEverything(page);
  await runVerbs(device, heard);
  await expectNoTraces(device, engine, heard, planted);

  // The store responds with the session token: first for one file, then for everything.
  fronts.s3.echo((request) => request.method === 'PUT');
  await device.write('second.txt', 'two');
  await waitFor(async () => (await page.snapshot()).problems.length > 0, {
    what: 'a problem',
  });
  fronts.s3.echo(() => true);
  await page.ask('checkNow', { pairId: 'docs' });
  await waitFor(async () => (await page.snapshot()).pairs[0]?.notices.length, { what: 'the pair to stop' });
  await askEverything(page);
  await runVerbs(device, heard);
  expect(fronts.s3.echoed()).toBeGreaterThan(1);
  await expectNoTraces(device, engine, heard, planted);

  // STS responds with the token, to the page and to "login".
  fronts.s3.echo(null);
  fronts.sts.echo(() => true);
  const alice = personOf(cloud.description, 'alice');
  const visit = async (address: string): Promise<void> => {
    const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
    hear(
      heard,
      'after the sign-in',
      await (await fetch(await followSignIn(address, alice, redirect))).text(),
    );
  };
  const refused = page.ask('signIn', { accountId: 'work' });
  await visit(await engine.openedUrl());
  expect(await refused).toMatchObject({ ok: false, error: { code: 'exchange-request-invalid' } });
  const login = async (): Promise<void> => {
    const child = startCli(['login', '--home', device.home, '--json', '--verbose']);
    const ended = endOf(child);
    await visit(await signInAddress(child));
    const { code, stdout, stderr } = await ended;
    hear(heard, 'driftless login', stdout + stderr);
    expect(code).not.toBe(0);
  };
  await login();
  await page.ask('syncNow', { pairId: null });
  await askEverything(page);
  await runVerbs(device, heard);
  expect(fronts.sts.echoed()).toBeGreaterThan(1);
  await expectNoTraces(device, engine, heard, planted);

  // The same without an engine: each verb signs in and gets credentials by itself.
  await engine.stop();
  await login();
  await runVerbs(device, heard);
  fronts.sts.echo(null);
  fronts.s3.echo(() => true);
  await runVerbs(device, heard);
  expect(heard.get('driftless sync --once')).toContain('[redacted]');
  await expectNoTraces(device, engine, heard, planted);
});
