// Wake-up after a night with expired id_token and session: exactly one renewal.
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CredentialBroker } from '../../main/adapters/sts/credential-cache.ts';
import { createExchange } from '../../main/adapters/sts/select-exchange.ts';
import { runCall } from '../../main/adapters/s3/request/call.ts';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import type { Clock } from '../../main/ports/clock.port.ts';
import { fixedRandom } from '../fakes/shifted-clock.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { failure, identityKit, never, noDevice } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

const nightMs = 8 * 3_600_000;

type Desk = {
  readonly cloud: LocalCloud;
  readonly kit: Awaited<ReturnType<typeof identityKit>>;
  readonly broker: CredentialBroker;
  /** One request to S3, as a pair sends it. */
  list(): Promise<number>;
  sleepForANight(): void;
};

/** `monotonic`: on Linux it stands still while the machine sleeps, elsewhere it continues. */
async function desk(monotonic: 'stands still' | 'runs on'): Promise<Desk> {
  // The time of the cloud is one: services and tokens age with the machine.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const cloud = await startLocalCloud({ directory: join(await tempFolder('wake'), 'cloud') });
  onTestFinished(cloud.stop);
  const { description } = cloud;
  const { roleArn, sts: stsEndpoint } = description;
  const exchange = { kind: 'web-identity', roleArn, stsEndpoint, durationSeconds: 3600 } as const;
  const kit = await identityKit(description, { account: { exchange } });
  onTestFinished(kit.close);
  let sleptMs = 0;
  const clock: Clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now() + (monotonic === 'runs on' ? sleptMs : 0),
    sleep: (delayMs, signal) => kit.clock.sleep(delayMs, signal),
  };
  const broker = new CredentialBroker({
    identity: kit.identity,
    exchange: createExchange(kit.account, { clock, http: plainHttp, fetch: (url, init) => fetch(url, init) }),
    clock,
    random: fixedRandom(0.5),
    log: kit.log,
  });
  const client = makeS3Client({
    bucket: description.bucket,
    region: description.region,
    endpoint: description.s3,
    forcePathStyle: true,
    expectedBucketOwner: null,
    development: true,
    credentials: broker,
    nowMs: () => Date.now(),
  });
  onTestFinished(() => {
    client.destroy();
  });
  const alice = personOf(description, 'alice');
  await kit.identity.signIn(
    {
      openUrl: async (url) => {
        const landed = await followSignIn(url.href, alice, url.searchParams.get('redirect_uri') ?? '');
        void fetch(landed).then((page) => page.text());
      },
      onDeviceCode: noDevice,
    },
    never(),
  );
  const command = { Bucket: description.bucket, Prefix: `users/${alice.sub}/` };
  return {
    cloud,
    kit,
    broker,
    list: () =>
      runCall({ signal: never() }, async () => {
        const answer = await client.send(new ListObjectsV2Command(command));
        return answer.$metadata.httpStatusCode ?? 0;
      }),
    sleepForANight: () => {
      sleptMs += nightMs;
      vi.setSystemTime(Date.now() + nightMs);
    },
  };
}

const statuses = (cloud: LocalCloud, verb: string): readonly number[] =>
  cloud.control
    .log()
    .filter((entry) => entry.verb === verb)
    .map((entry) => entry.status);

test.each(['stands still', 'runs on'] as const)(
  'twenty requests after eight hours of sleep cause one renewal, one exchange and no refusal (the monotonic clock %s)',
  async (monotonic) => {
    const { cloud, list, broker, sleepForANight } = await desk(monotonic);
    expect(await list()).toBe(200);
    const before = await broker.get(never());
    cloud.control.clearLog();

    sleepForANight();
    const answers = await Promise.all(Array.from({ length: 20 }, () => list()));

    expect(answers).toEqual(Array.from({ length: 20 }, () => 200));
    expect(statuses(cloud, 'oidc /token')).toEqual([200]);
    expect(statuses(cloud, 'AssumeRoleWithWebIdentity')).toEqual([200]);
    // Nothing was sent with expired credentials: the store refused no request.
    expect(statuses(cloud, 'ListObjectsV2')).toEqual(answers);
    const after = await broker.get(never());
    expect(after.accessKeyId).not.toBe(before.accessKeyId);
    expect(after.expiresAtMs - Date.now()).toBeGreaterThan(50 * 60_000);
  },
);

test('a network that returns later than the machine causes one renewal and one exchange without a sign-in', async () => {
  const { cloud, kit, list, sleepForANight } = await desk('stands still');
  expect(await list()).toBe(200);
  sleepForANight();
  cloud.control.addFault({ verb: '*', kind: 'cut-before' });
  cloud.control.clearLog();
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect(await failure(list())).toMatchObject({ code: 'issuer-unreachable', retry: 'backoff' });
  expect(kit.identity.state().kind).toBe('signed-in');

  cloud.control.clearFaults();
  // The credential cache pauses for at most its first delay; no user action is needed.
  await vi.waitFor(async () => expect(await list()).toBe(200), { timeout: 60_000, interval: 50 });
  expect(statuses(cloud, 'oidc /token')).toEqual([200]);
  expect(statuses(cloud, 'AssumeRoleWithWebIdentity')).toEqual([200]);
});

test('a sign-in revoked in the night causes one request, then needs the user and sends no more', async () => {
  const { cloud, kit, list, sleepForANight } = await desk('runs on');
  expect(await list()).toBe(200);
  sleepForANight();
  cloud.control.revokeAllSignIns();
  cloud.control.clearLog();
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect(await failure(list())).toMatchObject({
      code: 'needs-sign-in',
      fields: { reason: 'refresh-rejected' },
    });
  expect(kit.identity.state()).toMatchObject({ kind: 'signed-out', reason: 'refresh-rejected' });
  expect(statuses(cloud, 'oidc /token')).toEqual([400]);
  expect(statuses(cloud, 'AssumeRoleWithWebIdentity')).toEqual([]);
});
