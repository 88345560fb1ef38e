// Makes everything that one pair works with: client, disk, state, and what its endpoint honours. Part of compose.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { PairConfig } from '../core/config/config.ts';
import { defaultScan } from '../core/config/config.ts';
import { pairIgnores } from '../core/config/pair-ignores.ts';
import { resolvePrefix } from '../core/access/principal.ts';
import { contentTypeOf } from '../adapters/disk/content-type.ts';
import { makeIgnoreMatcher } from '../adapters/disk/ignore-matcher.ts';
import { makeKillSwitch } from '../adapters/system/failpoint.ts';
import { leastRanges, openNodeFiles } from '../adapters/disk/files.ts';
import type { NodeFiles } from '../adapters/disk/files.ts';
import { feederOn } from '../adapters/disk/worker/thread-hasher.ts';
import { listerOn, makeHeldObjects, openGroupThread, smallFilesOn } from '../adapters/groups/held-objects.ts';
import type { GroupThread } from '../adapters/groups/held-objects.ts';
import type { S3Bucket } from '../adapters/s3/request/calls.ts';
import type { DirectS3 } from '../adapters/s3/direct/direct.ts';
import type { Paces } from '../adapters/limits/pace.ts';
import { makeS3Access } from '../adapters/s3/access.ts';
import { makeS3Multipart } from '../adapters/s3/multipart.ts';
import { makeS3Objects } from '../adapters/s3/objects.ts';
import { sumOf } from '../adapters/sums/body-sum.ts';
import { makeS3Versions } from '../adapters/s3/versions.ts';
import { freeBytesOn, sqliteTempFolder } from '../adapters/limits/state-room.ts';
import { openSqliteState } from '../adapters/sqlite/state.ts';
import { systemClock, systemRandom } from '../adapters/system/clock.ts';
import type { AccountRuntime } from '../app/account/runtime.ts';
import type { Principal } from '../ports/credentials.port.ts';
import type { Log } from '../ports/log.port.ts';
import type { EndpointAbilities } from '../ports/remote-objects.port.ts';
import type { PairStore } from '../ports/sync-state.port.ts';
import { KnownAbilities, writesAfter } from './abilities.ts';
import type { Remote } from './abilities.ts';
import { awsEndpointUrl, s3EndpointOf } from '../core/net/aws-endpoint.ts';
import { makeGroupCommit } from '../sync/group-commit.ts';
import type { PairContext, PairSettings, TransferProgress } from '../sync/context.ts';
import { makeInFlight } from '../sync/slots.ts';
import type { InFlight } from '../sync/slots.ts';
import { withRetry, withRetryMultipart, withRetryVersions } from '../sync/transfer/retry.ts';
import type { RetryOptions, SpentAttempts } from '../sync/transfer/retry.ts';

export type PairParts = {
  readonly options: {
    readonly home: string;
    readonly isPackaged: boolean;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly isOnePass?: boolean;
  };
  readonly pair: PairConfig;
  readonly account: AccountRuntime;
  readonly paces: readonly Paces[];
  readonly log: Log;
  readonly onTransfer: (transfer: TransferProgress) => void;
  /** Of earlier sessions of this command; absent in an engine. */
  readonly spent?: SpentAttempts;
};

const tools = { clock: systemClock, random: systemRandom };

/** Entries that are listed in the time that starting a worker takes, about a tenth of a second. */
const smallTree = 3000;
/** With a worker that has been started, which a message to and fro reaches in the time of so many. */
const fewEntries = 100;
/** Of one download, written and hashed while others come. */
const rangesBesides = 2;

export function stateFile(home: string, pairId: string): string {
  return join(home, 'pairs', `${pairId}.db`);
}

/** Needs a signed-in account. The caller closes what it gets. Throws SyncError of scope pair or account. */
export async function openPairContext(parts: PairParts, signal: AbortSignal): Promise<PairContext> {
  const { options, pair } = parts;
  const thread = openGroupThread();
  // In a first pass there is something to transfer, and the thread takes as long to start as session and probe take together.
  if (options.isOnePass === true && !existsSync(stateFile(options.home, pair.id))) thread.begin();
  try {
    return await openOnThread(parts, thread, signal);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

async function openOnThread(
  parts: PairParts,
  thread: GroupThread,
  signal: AbortSignal,
): Promise<PairContext> {
  const { options, pair, account, paces, log, onTransfer } = parts;
  const principal = await account.credentialsOf(pair).principal(signal);
  const settings = settingsOf(pair, account, principal);
  let known: KnownAbilities | null = null;
  const inFlight = makeInFlight(pair.concurrency);
  const bucket = bucketOf({ ...parts, onAnswer: inFlight.answered }, () => known?.ofAnswers ?? null);
  const file = stateFile(options.home, pair.id);
  const listingFolders = [dirname(file), sqliteTempFolder(process.env, process.platform)];
  const store = openSqliteState({ file, freeBytes: () => freeBytesOn(listingFolders) });
  const disk = diskOf(parts, store, thread);
  const group = makeGroupCommit(store, systemClock);
  const close = async (): Promise<void> => {
    await known?.settled();
    try {
      group.close();
      store.close();
    } finally {
      bucket.destroy();
      await disk.close();
    }
  };
  try {
    // A condition that is known not to be honoured is not sent, and so could not be probed.
    const probed = remoteOf({ ...bucket, abilities: () => null });
    const abilities = new KnownAbilities({ store, settings, remote: probed }, signal);
    known = abilities;
    // A command of one pass waits where it needs them; a running engine may be asked for anything at any time.
    if (options.isOnePass !== true) await abilities.proof;
    const remote = writesAfter(abilities.proof, remoteOf(bucket));
    const retries = retriesOf(parts, inFlight);
    return {
      settings,
      ...localOf(disk),
      store,
      remote: withRetry(remote.objects, retries),
      ...(bucket.direct === null
        ? {}
        : {
            held: makeHeldObjects(thread, {
              direct: bucket.direct,
              http: account.http,
              paces,
              abilities: () => abilities.proven,
              onSlowDown: inFlight.slowDown,
            }),
          }),
      multipart: withRetryMultipart(remote.multipart, retries),
      versions: withRetryVersions(remote.versions, retries),
      inFlight,
      get abilities() {
        return abilities.now;
      },
      ...(options.isOnePass === true ? { proof: abilities.proof } : {}),
      renewAbilities: (now) => abilities.renew(now),
      makeIgnore: (text) => makeIgnore(pair, text),
      contentTypeOf,
      hashBytes: (bytes) => ({ sha256: hexOf('sha256', bytes), md5: hexOf('md5', bytes) }),
      sumOf,
      makeHasher,
      openHasher: () => disk.openHasher(),
      commit: (changes) => group.commit(changes),
      ...tools,
      log,
      reached: makeKillSwitch(options.env['DRIFTLESS_FAILPOINT'], options.isPackaged),
      close,
      onTransfer,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function retriesOf({ spent, log }: Pick<PairParts, 'spent' | 'log'>, inFlight: InFlight): RetryOptions {
  return {
    ...tools,
    ...(spent === undefined ? {} : { spent }),
    onRetry: ({ code }) => {
      if (code === 'slow-down') inFlight.slowDown();
    },
    onPartsLeft: (left) => {
      log.warn('parts of an unfinished upload stay in the bucket', left);
    },
  };
}

function diskOf({ options, pair }: PairParts, store: PairStore, thread: GroupThread): NodeFiles {
  // Also in one after a first pass that got nothing done.
  const isFirst = options.isOnePass === true && store.counts().files === 0;
  if (isFirst) thread.begin();
  return openNodeFiles({
    root: pair.folder,
    small: smallFilesOn(thread),
    nowMs: () => systemClock.nowMs(),
    mostRanges: Math.max(leastRanges, (pair.parts?.concurrency ?? 0) + rangesBesides),
    ...(options.isOnePass === true ? { entriesHere: isFirst ? fewEntries : smallTree } : {}),
    ...(isFirst ? { lister: listerOn(thread), feeder: feederOn(thread) } : {}),
  });
}

function localOf(disk: NodeFiles): Pick<PairContext, 'files' | 'changes' | 'room' | 'root'> {
  return { files: disk.files, changes: disk.changes, room: disk.room, root: disk.root };
}

function settingsOf(pair: PairConfig, account: AccountRuntime, principal: Principal): PairSettings {
  return {
    id: pair.id,
    binding: {
      issuer: principal.issuer,
      principal: principal.sub,
      // The place, not the way to it: FIPS and dual-stack reach the same bucket.
      endpoint: account.config.s3Endpoint ?? awsEndpointUrl('s3', account.config.region),
      bucket: pair.bucket,
      prefix: resolvePrefix(pair.prefix, principal),
      folder: pair.folder,
    },
    mode: pair.mode,
    propagateDeletes: pair.propagateDeletes ?? false,
    deviceName: pair.deviceName ?? hostname(),
    userName: account.view().personName,
    windowsNames: process.platform === 'win32',
    scan: pair.scan ?? defaultScan,
    options: pair,
  };
}

function bucketOf(
  {
    pair,
    account,
    paces,
    onAnswer,
    options: { isOnePass = false },
  }: Pick<PairParts, 'pair' | 'account' | 'paces' | 'options'> & {
    readonly onAnswer: (ms: number) => void;
  },
  abilities: () => EndpointAbilities | null,
): S3Bucket & { readonly direct: DirectS3 | null; readonly destroy: () => void } {
  const nowMs = (): number => systemClock.nowMs();
  const access = {
    bucket: pair.bucket,
    region: account.config.region,
    endpoint: s3EndpointOf(account.config),
    forcePathStyle: account.config.forcePathStyle,
    expectedBucketOwner: account.config.accountId,
    development: account.config.development,
    credentials: account.credentialsOf(pair),
    headers: pair,
    http: account.http,
    paces,
    onAnswer,
    nowMs,
  };
  const { sdk, direct, destroy } = makeS3Access(access);
  // An engine may need it at any time, also after an update has put other files in the place of these.
  if (!isOnePass) sdk.load().catch(() => undefined);
  return {
    sdk,
    direct,
    destroy,
    bucket: pair.bucket,
    abilities,
    nowMs,
    redact: account.redact,
  };
}

function remoteOf(bucket: S3Bucket): Remote {
  return {
    objects: makeS3Objects(bucket),
    multipart: makeS3Multipart(bucket),
    versions: makeS3Versions(bucket),
  };
}

function makeHasher(): ReturnType<PairContext['makeHasher']> {
  const hash = createHash('sha256');
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    peekHex: () => hash.copy().digest('hex'),
    digestHex: () => hash.digest('hex'),
  };
}

function hexOf(algorithm: 'sha256' | 'md5', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function makeIgnore(pair: PairConfig, ignoreFile: string | null): ReturnType<PairContext['makeIgnore']> {
  const { rules, caseSensitive } = pairIgnores(pair, ignoreFile);
  return {
    matcher: makeIgnoreMatcher(rules, { caseSensitive }),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([rules.patterns, rules.excluded, caseSensitive]))
      .digest('hex'),
    refusedLines: rules.refusedLines,
  };
}
