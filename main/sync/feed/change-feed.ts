// Change feed: log objects linked by predecessor, with `head` naming the newest (C24).
import {
  capChanges,
  changesOfOps,
  everythingChanged,
  hasChanges,
  isLogName,
  joinChanges,
  logName,
  maxHeadBytes,
  maxLogBytes,
  nextSeq,
  noChanges,
  parseChanges,
  parseHead,
  parseLog,
  seqOfLog,
  writeHead,
  writeLog,
} from '../../core/change-log.ts';
import type { ChangeLog, RemoteChanges } from '../../core/change-log.ts';
import { isOfItem, isRefusal } from '../../core/model/errors.ts';
import type { Etag, ObjectKey, Op, OpId } from '../../core/model/model.ts';
import type { Condition, GetOutcome, WriteOutcome } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import { infoOrNull } from '../bucket/head.ts';
import { metaKey, putMetaObject, readMetaText } from '../bucket/meta-object.ts';
import type { PairContext } from '../context.ts';

export type FeedScope = Pick<
  PairContext,
  'remote' | 'settings' | 'store' | 'random' | 'hashBytes' | 'reached' | 'abilities' | 'log' | 'clock'
>;

/** Head as read: its version, and the log it names (null if its content is not understood). */
export type Head = { readonly etag: Etag; readonly log: string | null };

export type FeedPoll =
  | { readonly kind: 'none' }
  /** `rememberHead` stores `head` after the changes were scanned: after a crash in between they are read again. */
  | { readonly kind: 'changes'; readonly head: Head; readonly changes: RemoteChanges }
  /** The chain does not lead from the head to the known position: only a full LIST finds the changes. */
  | { readonly kind: 'broken'; readonly why: string };

/** The head may not be read: whether there is news, only a LIST of everything says. */
export type Unread = { readonly kind: 'unread' };

const maxChain = 64;
/** Characters of all logs of a chain (S22); one full listing is cheaper than what more of them could make us look at. */
const maxChainChars = 1024 * 1024;
const maxHeadRaces = 5;
const keptLogs = 500;
/** This device prunes the oldest logs once in this many announcements. */
const pruneEvery = 50;
/** Limit of listed pages, of a thousand objects each: another writer may have put anything there. */
const mostPrunePages = 20;
const keptLogsMs = 7 * 24 * 3_600_000;

/** One conditional GET; if the head moved, also the logs since the known position. */
export async function pollFeed(context: FeedScope, signal: AbortSignal): Promise<FeedPoll | Unread> {
  const known = knownHead(context);
  const got = await getHead(context, known?.etag ?? null, signal);
  if (got === 'unchanged') return { kind: 'none' };
  if (got === 'refused') return { kind: 'unread' };
  if (got === null) {
    return known === null || known.etag === null
      ? { kind: 'none' }
      : { kind: 'broken', why: 'the head is gone' };
  }
  if (got.etag === known?.etag) return { kind: 'none' };
  return followChain(context, got, known, signal);
}

/**
 * Before a full LIST, so that what changes after it is news the next time. Null when no device ever announced anything, or
 * the head may not even be asked for.
 */
export async function readHead(context: FeedScope, signal: AbortSignal): Promise<Head | null> {
  const got = await getHead(context, null, signal);
  if (got === 'refused') return unreadHead(context, signal);
  return got === 'unchanged' ? null : got;
}

export function rememberHead(context: Pick<PairContext, 'store'>, head: Head | null): void {
  const value = JSON.stringify(head ?? noHead);
  if (context.store.meta('beaconHead') !== value) {
    context.store.record([{ kind: 'meta', key: 'beaconHead', value }]);
  }
}

async function followChain(
  context: FeedScope,
  head: Head,
  known: KnownHead | null,
  signal: AbortSignal,
): Promise<FeedPoll> {
  const seen = known?.log ?? null;
  // If the feed was empty at the full listing, the chain has to begin with its first log.
  const isFromStart = known !== null && known.etag === null;
  let changes = noChanges;
  let chars = 0;
  let name = head.log;
  if (name === null) return broken(context, 'the head is damaged', seen);
  for (let length = 0; name !== seen; length += 1) {
    if (name === null || (seen === null && !isFromStart))
      return broken(context, 'the chain begins after what we know', seen);
    if (length >= maxChain) return broken(context, 'the chain is too long', seen);
    if (seen !== null && seqOfLog(name) <= seqOfLog(seen))
      return broken(context, 'the chain passes what we know', seen);
    const text: string | null = await readLog(context, name, signal);
    const log: ChangeLog | null = text === null ? null : parseLog(text, name);
    if (text === null || log === null) return broken(context, 'a log is gone or damaged', seen);
    chars += text.length;
    if (chars > maxChainChars) return broken(context, 'the chain names too much', seen);
    changes = joinChanges(changes, log.changes);
    name = log.previous;
  }
  return { kind: 'changes', head, changes };
}

async function readLog(context: FeedScope, name: string, signal: AbortSignal): Promise<string | null> {
  const got = await getOwn(context, logKey(context, name), { ifNoneMatch: null }, signal);
  return got.kind === 'found' ? await readMetaText(got, maxLogBytes) : null;
}

/**
 * Without conditional writes another device may overwrite our head, and a device that polled in between would
 * miss our batch: announce it again.
 */
function broken(context: FeedScope, why: string, seen: string | null): FeedPoll {
  const last = ownLast(context);
  if (last !== null && last.log === seen) {
    context.store.record([
      {
        kind: 'meta',
        key: 'beaconOwed',
        value: JSON.stringify(joinChanges(pendingChanges(context) ?? noChanges, last.changes)),
      },
      { kind: 'meta', key: 'beaconLast', value: null },
    ]);
  }
  context.log.info('the chain of announced changes is broken, listing everything', { why });
  return { kind: 'broken', why };
}

/** Recorded before the first effect of a batch: after a crash the next start still announces it. */
export function announcementPending(
  context: Pick<PairContext, 'store' | 'settings'>,
  ops: readonly Op[],
): readonly StateChange[] {
  const changes = changesOfOps(ops);
  if (!hasChanges(changes) || context.settings.mode === 'download-only') return [];
  const all = capChanges(joinChanges(pendingChanges(context) ?? noChanges, changes));
  return [{ kind: 'meta', key: 'beaconOwed', value: JSON.stringify(all) }];
}

export function isAnnouncementPending(context: Pick<PairContext, 'store'>): boolean {
  return context.store.meta('beaconOwed') !== null;
}

/** Changes to announce now, and those that stay pending because they may still happen. */
export type Announcement = { readonly changes: RemoteChanges; readonly left: RemoteChanges };

/** Publishes a pending announcement. On failure it stays pending, and the result is false. */
export async function announceChange(
  context: FeedScope,
  signal: AbortSignal,
  given?: Announcement,
): Promise<boolean> {
  const changes = given?.changes ?? pendingChanges(context);
  if (changes === null || context.settings.mode === 'download-only') return true;
  try {
    const name = await announce(context, { changes, left: given?.left ?? noChanges }, signal);
    if (name !== null) await pruneLogs(context, name, signal);
    return name !== null;
  } catch (error) {
    if (!isOfItem(error) || signal.aborted) throw error;
    context.log.warn('changes could not be announced, they are found later', { code: error.code });
    return false;
  }
}

async function announce(
  context: FeedScope,
  { changes, left }: Announcement,
  signal: AbortSignal,
): Promise<string | null> {
  const known = knownHead(context);
  // Without conditional writes, read the newest head first, or its log would drop out of the chain.
  let head = isHeldTo(context, known) ? headOf(known) : await readHead(context, signal);
  const id = context.random.hex(16);
  for (let race = 0; race < maxHeadRaces; race += 1) {
    const previous = head?.log ?? null;
    const name = logName(nextSeq(previous), id);
    const log = { name, previous, changes: capChanges(changes) };
    await putSmall(context, logKey(context, name), writeLog(log), { kind: 'none' }, signal);
    context.reached('beacon.log-written');
    const written = await putSmall(
      context,
      headKey(context),
      writeHead(name),
      headCondition(context, head),
      signal,
    );
    context.reached('beacon.head-written');
    if (written.kind === 'done') {
      recordAnnounced(
        context,
        { ...log, left },
        { etag: written.etag, log: name },
        (head?.etag ?? null) === (known?.etag ?? null),
      );
      return name;
    }
    head = await readHead(context, signal);
    if (head?.log === name) {
      // The first attempt reached the store; only its reply was lost.
      recordAnnounced(context, { ...log, left }, head, previous === (known?.log ?? null));
      return name;
    }
  }
  return null;
}

/** Entries from other devices between our position and our own entry are unread: keep the old position. */
function recordAnnounced(
  context: FeedScope,
  log: { readonly name: string; readonly changes: RemoteChanges; readonly left: RemoteChanges },
  head: Head,
  hasReadAll: boolean,
): void {
  // Lost in a power cut, it is announced twice.
  context.store.note([
    { kind: 'meta', key: 'beaconOwed', value: pendingText(log.left) },
    { kind: 'meta', key: 'beaconLast', value: JSON.stringify({ log: log.name, changes: log.changes }) },
    ...(hasReadAll ? [{ kind: 'meta' as const, key: 'beaconHead', value: JSON.stringify(head) }] : []),
  ]);
}

function pendingText(changes: RemoteChanges): string | null {
  return hasChanges(changes) ? JSON.stringify(capChanges(changes)) : null;
}

/** No pending change took place. */
export function clearPendingChanges(context: Pick<PairContext, 'store'>): void {
  context.store.record([{ kind: 'meta', key: 'beaconOwed', value: null }]);
}

function headCondition(context: FeedScope, head: Head | null): Condition {
  if (head === null) return context.abilities.putIfNoneMatch ? { kind: 'absent' } : { kind: 'none' };
  return context.abilities.putIfMatch ? { kind: 'etag', etag: head.etag } : { kind: 'none' };
}

/**
 * Deletes the oldest logs once no device needs them; a device that was away for longer does a full listing
 * anyway.
 */
async function pruneLogs(context: FeedScope, newest: string, signal: AbortSignal): Promise<void> {
  const seq = seqOfLog(newest);
  if (seq % pruneEvery !== 0) return;
  const prefix = metaKey(context.settings.binding.prefix, 'log/');
  const tooOld: ObjectKey[] = [];
  let pages = 0;
  for await (const page of context.remote.list(prefix, null, signal)) {
    pages += 1;
    const logs = page.objects
      .map(({ key, modifiedMs }) => ({ key, name: key.slice(prefix.length), modifiedMs }))
      .filter(({ name }) => isLogName(name));
    const isOver = ({ name, modifiedMs }: (typeof logs)[number]): boolean =>
      seqOfLog(name) <= seq - keptLogs && context.clock.nowMs() - modifiedMs > keptLogsMs;
    const first = logs.findIndex((log) => !isOver(log));
    tooOld.push(...logs.slice(0, first < 0 ? logs.length : first).map(({ key }) => key));
    // Listed in the order of their numbers, so all later ones are younger.
    if (first >= 0 || tooOld.length >= keptLogs || pages >= mostPrunePages) break;
  }
  for (const key of tooOld.slice(0, keptLogs)) await context.remote.delete(key, { kind: 'none' }, signal);
}

async function getHead(
  context: FeedScope,
  ifNoneMatch: Etag | null,
  signal: AbortSignal,
): Promise<Head | 'unchanged' | 'refused' | null> {
  // Mostly the answer is that nothing is new; memory for the other one lets both be read in few steps.
  const into = ifNoneMatch === null ? undefined : new Uint8Array(maxHeadBytes);
  const got = await getOwn(context, headKey(context), { ifNoneMatch, into }, signal);
  if (got.kind === 'refused') return 'refused';
  if (got.kind === 'not-modified') return 'unchanged';
  if (got.kind !== 'found') return null;
  const text = await readMetaText(got, maxHeadBytes);
  return { etag: got.info.etag, log: text === null ? null : parseHead(text) };
}

type OwnGot = GetOutcome | { readonly kind: 'refused' };

/** An object of ours that may not be read, as in an archive: an answer, and no trouble of the pair. */
async function getOwn(
  context: FeedScope,
  key: ObjectKey,
  { ifNoneMatch, into }: { readonly ifNoneMatch: Etag | null; readonly into?: Uint8Array | undefined },
  signal: AbortSignal,
): Promise<OwnGot> {
  const how = {
    condition: { kind: 'none' },
    ...(ifNoneMatch === null ? {} : { ifNoneMatch }),
    ...(into === undefined ? {} : { into }),
  } as const;
  try {
    return await context.remote.get(key, how, signal);
  } catch (error) {
    if (!isRefusal(error) || signal.aborted) throw error;
    context.log.info('an object of our own cannot be read', { key, code: error.code });
    return { kind: 'refused' };
  }
}

/** What the head's own HEAD tells: enough to write over it, not to follow its chain. */
async function unreadHead(context: FeedScope, signal: AbortSignal): Promise<Head | null> {
  const info = await infoOrNull(context, headKey(context), signal);
  return info === null ? null : { etag: info.etag, log: null };
}

function putSmall(
  context: FeedScope,
  key: ObjectKey,
  text: string,
  condition: Condition,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const opId = context.random.hex(16) as OpId; // made here
  return putMetaObject(context, { key, text, contentType: 'application/json', opId, condition }, signal);
}

/**
 * Pending changes; null if none. Parses our own stored value; the format of an older version counts as
 * "everything".
 */
export function pendingChanges(context: Pick<PairContext, 'store'>): RemoteChanges | null {
  const text = context.store.meta('beaconOwed');
  return text === null ? null : (parseChanges(JSON.parse(text)) ?? everythingChanged);
}

function ownLast(
  context: Pick<PairContext, 'store'>,
): { readonly log: string; readonly changes: RemoteChanges } | null {
  const text = context.store.meta('beaconLast');
  return text === null ? null : (JSON.parse(text) as { log: string; changes: RemoteChanges });
}

/** A head that was read, or the fact that there was none at the last full LIST. */
type KnownHead = Head | { readonly etag: null; readonly log: null };
const noHead: KnownHead = { etag: null, log: null };

function headOf(known: KnownHead): Head | null {
  return known.etag === null ? null : known;
}

/** True if the store itself refuses to overwrite a head other than the known one. */
function isHeldTo({ abilities }: FeedScope, known: KnownHead | null): known is KnownHead {
  return known !== null && (known.etag === null ? abilities.putIfNoneMatch : abilities.putIfMatch);
}

function knownHead(context: Pick<PairContext, 'store'>): KnownHead | null {
  const text = context.store.meta('beaconHead');
  return text === null ? null : (JSON.parse(text) as KnownHead);
}

function headKey(context: FeedScope): ObjectKey {
  return metaKey(context.settings.binding.prefix, 'head');
}

function logKey(context: FeedScope, name: string): ObjectKey {
  return metaKey(context.settings.binding.prefix, `log/${name}`);
}
