// `driftless plan` beside a running engine, for pairs in every state.
import { execFileSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { startControlSocket } from '../../main/control/socket.ts';
import type { ExtraRequest } from '../../main/control/socket.ts';
import type { Backend } from '../../preload/contract.ts';
import { personOf, s3Client } from '../local-cloud/client-kit.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { faultsOf } from '../support/output-shapes.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');

beforeAll(async () => {
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
});

async function running(): Promise<{ readonly cloud: LocalCloud; readonly device: Device }> {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  for (let index = 0; index < 12; index += 1)
    await device.write(`f/${String(index)}.txt`, `file ${String(index)}`);
  await device.serve();
  expect((await device.cli(['status', '--wait', 'idle'])).code).toBe(0);
  return { cloud, device };
}

async function putInBucket(cloud: LocalCloud, path: string, text: string): Promise<void> {
  const { description } = cloud;
  const client = s3Client(description, description.admin);
  const key = `users/${personOf(description, 'alice').sub}/${path}`;
  await client.send(new PutObjectCommand({ Bucket: description.bucket, Key: key, Body: text }));
  client.destroy();
}

type Planned = {
  readonly pairs: readonly {
    readonly ops: readonly { readonly op: string; readonly path: string }[];
    readonly guards: readonly { readonly id: string }[];
  }[];
};

function opsOf(ended: CliEnd): readonly string[] {
  const { pairs } = JSON.parse(ended.stdout) as Planned;
  return pairs.flatMap(({ ops }) => ops.map(({ op, path }) => `${op} ${path}`));
}

type Refused = {
  readonly error: { readonly code: string; readonly message: string; readonly retryAt: string | null };
};

function errorOf(ended: CliEnd): Refused['error'] {
  return (JSON.parse(ended.stdout) as Refused).error;
}

test('during a transfer plan responds at once, and a pause in the middle does not change that', async () => {
  const { cloud, device } = await running();
  cloud.control.addFault({ verb: 'GetObject', kind: 'hold', keyContains: 'slow.txt' });
  await putInBucket(cloud, 'slow.txt', 'takes its time');
  await device.cli(['check']);
  const isFetching = async (): Promise<boolean> =>
    /"state":"syncing"/u.test((await device.cli(['status', '--json'])).stdout);
  await waitFor(isFetching, { what: 'the download to begin' });

  const beside = await device.cli(['plan', '--json']);
  expect(beside).toMatchObject({ code: 0, stderr: '' });
  expect(await faultsOf('plan', beside)).toEqual([]);
  expect((await device.cli(['status', '--json'])).stdout).toContain('"state":"syncing"');

  expect((await device.cli(['pause'])).code).toBe(0);
  cloud.control.clearFaults();
  const paused = await device.cli(['plan', '--json']);
  expect(paused).toMatchObject({ code: 0, stderr: '' });
  expect([opsOf(beside), opsOf(paused)]).toEqual([['download slow.txt'], ['download slow.txt']]);
});

test('for a pair that waits for approval plan prints the request with its commands, and the engine takes the decision', async () => {
  const { device } = await running();
  await rm(join(device.folder, 'f'), { recursive: true });
  await waitFor(async () => /"guards":\[\{/u.test((await device.cli(['status', '--json'])).stdout), {
    what: 'the engine to stop for approval',
  });

  const ended = await device.cli(['plan', '--json']);
  expect(ended.code).toBe(3);
  expect(await faultsOf('plan', ended)).toEqual([]);
  const [guard] = (JSON.parse(ended.stdout) as Planned).pairs[0]?.guards ?? [];
  const id = guard?.id ?? '';
  expect(ended.stderr).toContain('files were deleted on this computer.');
  expect(ended.stderr).toContain(`driftless answer docs ${id} keep`);
  const status = await device.cli(['status']);
  expect(status.code).toBe(3);
  expect(status.stdout).toContain(`driftless answer docs ${id} remove`);

  // What waits for an answer is not looked at: a script must not take that for a check.
  const check = await device.cli(['check']);
  expect(check.code).toBe(3);
  expect(check.stdout).toContain(`driftless answer docs ${id} keep`);
  expect((await device.cli(['answer', 'docs', 'no-such-question', 'keep'])).code).toBe(2);
  const answered = await device.cli(['answer', 'docs', id, 'keep', '--json']);
  expect(answered).toMatchObject({ code: 0 });
  expect(await faultsOf('answer', answered)).toEqual([]);
  await waitFor(async () => (await device.cli(['status'])).code === 0, {
    what: 'the files to be back and no approval to be needed',
  });
  expect((await readdir(join(device.folder, 'f'))).length).toBeGreaterThan(0);
});

test('for a signed-out pair plan prints the remedy and the reason', async () => {
  const cloud = await cloudForTest();
  cloud.control.patch({ idTokenOnRefresh: false });
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  await device.serve();
  const ended = await device.cli(['plan', '--json']);
  expect(ended.code).toBe(3);
  expect(await faultsOf('error', ended)).toEqual([]);
  expect(errorOf(ended).code).toBe('needs-sign-in');
  expect(errorOf(ended).message).not.toBe('needs-sign-in');
  // Only the reason shows that a sign-in by itself would not last.
  expect(ended.stderr).toMatch(/--sign-in.*driftless serve/u);
});

test('for a failed pair plan states the next retry and triggers a scan once the failure is over', async () => {
  const { cloud, device } = await running();
  cloud.control.addFault({ verb: 'ListObjectsV2', kind: 'error', status: 404, code: 'Strange' });
  const ended = await device.cli(['plan', '--json']);
  expect(ended.code).toBe(1);
  expect(await faultsOf('error', ended)).toEqual([]);
  expect(errorOf(ended).code).toBe('remote-invalid-answer');
  expect(Date.parse(errorOf(ended).retryAt ?? '')).toBeGreaterThan(Date.now() - 60_000);

  // The engine retries this kind slowly: a request makes it scan at once.
  cloud.control.clearFaults();
  cloud.control.addFault({ verb: 'ListObjectsV2', kind: 'error', status: 404, code: 'NoSuchBucket' });
  const missing = await device.cli(['plan', '--json']);
  expect(errorOf(missing).code).toBe('bucket-missing');
  expect(Date.parse(errorOf(missing).retryAt ?? '')).toBeGreaterThan(Date.now() + 60_000);
  cloud.control.clearFaults();
  const planned = await device.cli(['plan', '--json']);
  expect(planned, planned.stderr).toMatchObject({ code: 0 });
  expect(opsOf(planned)).toEqual([]);
});

test('plan reports a pair that the engine does not know yet', async () => {
  const { device } = await running();
  const folder = await tempFolder('more');
  await device.editConfig(({ pairs }) => {
    pairs.push({ ...pairs[0], id: 'more', folder, prefix: 'users/{sub}/more/' });
    Object.assign(pairs[0] ?? {}, { prefix: 'users/{sub}/docs/' });
  });
  const ended = await device.cli(['plan', '--pair', 'more', '--json']);
  expect(ended.code).toBe(1);
  expect(errorOf(ended)).toMatchObject({
    code: 'unknown-pair',
    message: 'the running engine does not know this pair yet; restart it',
  });
});

/** A response like that of an engine of another version. */
async function engineOfAnotherVersion(extras: Readonly<Record<string, ExtraRequest>>): Promise<Device> {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const control = await startControlSocket(device.home, {} as Backend, extras);
  onTestFinished(() => control.close());
  return device;
}

test('an older engine is distinguished from a broken one', async () => {
  const device = await engineOfAnotherVersion({});
  const ended = await device.cli(['plan', '--json']);
  expect(ended.code).toBe(1);
  expect(await faultsOf('error', ended)).toEqual([]);
  expect(ended.stderr).toBe('driftless: the running engine is older than this command; restart it\n');
});

test('fields of a newer engine beyond the published shape are left out', async () => {
  const value = { pair: 'docs', ops: [], counts: {}, guards: [], problems: ['new'] };
  const device = await engineOfAnotherVersion({ planOps: () => Promise.resolve({ ok: true, value }) });
  const ended = await device.cli(['plan', '--json']);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(await faultsOf('plan', ended)).toEqual([]);
});
