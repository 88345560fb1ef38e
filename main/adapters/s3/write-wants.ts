// Probe for the header that a bucket requires when it denies plain writes.
import type { AccountConfig, PairConfig, WriteHeaders } from '../../core/config/config.ts';
import { isSyncError } from '../../core/model/errors.ts';
import { resolvePrefix } from '../../core/access/principal.ts';
import type { Credentials } from '../../ports/credentials.port.ts';
import { s3EndpointOf } from '../../core/net/aws-endpoint.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import { ask, writes } from './request/calls.ts';
import { makeS3Access } from './access.ts';
import { systemClock, systemRandom } from '../system/clock.ts';

const candidates: readonly WriteHeaders[] = [
  { serverSideEncryption: 'AES256' },
  { serverSideEncryption: 'aws:kms' },
  { requestPayer: 'requester' },
];

/** The first setting with which a write is let through; null when none is, or the account cannot be asked. */
export async function probeWriteWants(
  account: {
    readonly config: AccountConfig;
    readonly credentials: Credentials;
    readonly http: HttpSettings;
  },
  pair: PairConfig,
  signal: AbortSignal,
): Promise<WriteHeaders | null> {
  const principal = await account.credentials.principal(signal);
  const prefix = resolvePrefix(pair.prefix, principal);
  const key = `${prefix}.driftless/probe/${systemRandom.hex(8)}-want`;
  for (const headers of candidates) {
    if (await isLetThrough(account, { pair, key, headers: { ...pair, ...headers } }, signal)) return headers;
  }
  return null;
}

async function isLetThrough(
  account: Parameters<typeof probeWriteWants>[0],
  trial: { readonly pair: PairConfig; readonly key: string; readonly headers: WriteHeaders },
  signal: AbortSignal,
): Promise<boolean> {
  const { config, credentials, http } = account;
  const nowMs = (): number => systemClock.nowMs();
  const Bucket = trial.pair.bucket;
  const { sdk, destroy } = makeS3Access({
    bucket: Bucket,
    region: config.region,
    endpoint: s3EndpointOf(config),
    forcePathStyle: config.forcePathStyle,
    expectedBucketOwner: config.accountId,
    development: config.development,
    credentials,
    headers: trial.headers,
    http,
    nowMs,
  });
  const bucket = { sdk, bucket: Bucket, abilities: () => null, nowMs };
  const at = { Bucket, Key: trial.key };
  try {
    const put = await ask(
      bucket,
      () => sdk.send('PutObject', { ...at, Body: 'driftless doctor' }),
      writes,
      signal,
    );
    if (put.kind !== 'ok') return false;
    await ask(bucket, () => sdk.send('DeleteObject', at), writes, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (isSyncError(error)) return false;
    throw error;
  } finally {
    destroy();
  }
}
