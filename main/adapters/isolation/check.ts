// Gathers the evidence of one pair's isolation: at sign-in, while the program runs, and in the doctor.
import type { AccountConfig, PairConfig } from '../../core/config/config.ts';
import { judgeIsolation, variableSegment } from '../../core/access/isolation.ts';
import type { IsolationVerdict } from '../../core/access/isolation.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import { resolvePrefix } from '../../core/access/principal.ts';
import { s3EndpointOf } from '../../core/net/aws-endpoint.ts';
import type { Credentials } from '../../ports/credentials.port.ts';
import { probeIsolation } from './probe.ts';
import { makeS3Client } from '../s3/sdk/client.ts';
import { systemClock } from '../system/clock.ts';

export type IsolationLook = {
  readonly prefix: string;
  /** `null`: the pair's prefix is the whole bucket, there is nothing to be kept apart from. */
  readonly verdict: IsolationVerdict | null;
};

/** Throws SyncError where the credentials or the prefix cannot be had. */
export async function runIsolationCheck(
  account: {
    readonly config: AccountConfig;
    readonly credentials: Credentials;
    readonly http: HttpSettings;
  },
  pair: Pick<PairConfig, 'bucket' | 'prefix'>,
  canaryKey: string | null,
  signal: AbortSignal,
): Promise<IsolationLook> {
  const principal = await account.credentials.principal(signal);
  const prefix = resolvePrefix(pair.prefix, principal);
  if (prefix === '') return { prefix, verdict: null };
  const { config } = account;
  const client = makeS3Client({
    bucket: pair.bucket,
    region: config.region,
    endpoint: s3EndpointOf(config),
    forcePathStyle: config.forcePathStyle,
    expectedBucketOwner: config.accountId,
    http: account.http,
    development: config.development,
    credentials: account.credentials,
    headers: config,
    nowMs: () => systemClock.nowMs(),
  });
  try {
    const variableIndex = variableSegment(pair.prefix);
    const probes = await probeIsolation(
      { client, bucket: pair.bucket, prefix, variableIndex, canaryKey },
      signal,
    );
    return { prefix, verdict: judgeIsolation(probes) };
  } finally {
    client.destroy();
  }
}
