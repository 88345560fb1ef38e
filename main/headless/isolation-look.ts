// Gathers the evidence of one pair's isolation and puts it in words: at sign-in and in the doctor.
import type { AccountRuntime } from '../app/account-runtime.ts';
import type { PairConfig } from '../core/config.ts';
import { judgeIsolation, variableSegment } from '../core/isolation.ts';
import type { IsolationVerdict } from '../core/isolation.ts';
import { resolvePrefix } from '../core/principal.ts';
import { probeIsolation } from '../adapters/isolation-probe.ts';
import { makeS3Client } from '../adapters/s3-client.ts';
import { systemClock } from '../adapters/system-clock.ts';

export type IsolationLook = {
  readonly prefix: string;
  /** `null`: the pair's prefix is the whole bucket, there is nothing to be kept apart from. */
  readonly verdict: IsolationVerdict | null;
};

/** Throws SyncError where the credentials or the prefix cannot be had. */
export async function lookAtIsolation(
  account: AccountRuntime,
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
    endpoint: config.s3Endpoint,
    forcePathStyle: config.forcePathStyle,
    expectedBucketOwner: config.accountId,
    development: config.development,
    credentials: account.credentials,
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

const placeWords = {
  own: 'the own prefix',
  root: 'the whole bucket',
  parent: 'the folder above',
  neighbour: 'a folder whose name begins like the own one',
  sibling: 'another folder beside it',
  canary: 'the canary object',
} as const;

const actionWords = {
  list: 'list',
  'list-versions': 'list versions of',
  'list-uploads': 'list unfinished uploads of',
  'read-bucket-policy': 'read the bucket policy of',
  read: 'read',
} as const;

/** One plain line; a warning says what was reached, never that all is safe. */
export function isolationWords({ prefix, verdict }: IsolationLook): string {
  if (verdict === null) return 'the prefix is the whole bucket: everybody with this role shares it';
  const reached = verdict.findings.filter(({ meaning }) => meaning === 'reaches');
  switch (verdict.kind) {
    case 'reaches-more':
      return `WARNING: this role reaches more than ${prefix}: it may ${reached
        .map(({ place, action }) => `${actionWords[action]} ${placeWords[place]}`)
        .join('; ')}. Other people's files may be open to you, and yours to them. Tell your administrator.`;
    case 'no-sign':
      return `no sign of reach beyond ${prefix} (${String(verdict.findings.filter(({ meaning }) => meaning === 'refused').length)} questions refused; writes are not tried, so this is evidence and no proof)`;
    case 'unknown':
      return `nothing can be said about reach beyond ${prefix}: too few questions were answered`;
  }
}
