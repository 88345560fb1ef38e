// Half renames that a session has yet to finish.
import type { Op, RelPath } from '../../../core/model/model.ts';
import type { HalfRename } from '../../../ports/local-files.port.ts';
import type { Intent } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import type { OpOutcome } from '../journal.ts';
import { finishHalfRenames, isPartOf, namesKnown } from './half-renames.ts';

export type OpenHalves = {
  list: readonly HalfRename[];
  /** No plan touches these: one of two names of a file would count as another file. */
  names: ReadonlySet<RelPath>;
  /** An operation of this session ended that may have left one. */
  mayHaveMore: boolean;
  /** Full scans so far, complete or not, and those at the time the last half rename was found. */
  scans: number;
  scansBefore: number;
};

export function makeOpenHalves(context: PairContext, list: readonly HalfRename[]): OpenHalves {
  return { list, names: namesKnown(context, list), mayHaveMore: false, scans: 0, scansBefore: 0 };
}

type EndedOp = { readonly op: Op; readonly outcome: OpOutcome };

/** A rename is left half done without a crash where the user renames or deletes its folder between its two steps. */
export function noteEndedRename(halves: OpenHalves, { op, outcome }: EndedOp): void {
  if ((op.kind === 'move-local' || op.kind === 'set-aside') && outcome.kind === 'replan')
    halves.mayHaveMore = true;
}

export function hasOpenHalves({ list, mayHaveMore }: OpenHalves): boolean {
  return mayHaveMore || list.length > 0;
}

/** Only a full scan tells where the names of a half rename are, and none has been made since it was found. */
export function needsFullScan({ list, scans, scansBefore }: OpenHalves): boolean {
  return list.length > 0 && scans === scansBefore;
}

/** True for an intent that stays open until its half rename is finished. */
export function awaitsHalf({ list }: OpenHalves): (intent: Intent) => boolean {
  return (intent) => list.some((half) => isPartOf(half, intent));
}

/** Before each plan. An incomplete scan may have missed a name, so that only what is found in full is finished. */
export async function finishOpenHalves(
  context: PairContext,
  halves: OpenHalves,
  how: { readonly isRunning: (intent: Intent) => boolean; readonly localComplete: boolean },
): Promise<void> {
  if (!hasOpenHalves(halves)) return;
  if (halves.mayHaveMore) await findMore(context, halves, how.isRunning);
  const isLooked = how.localComplete && halves.scans > halves.scansBefore;
  halves.list = await finishHalfRenames(context, halves.list, isLooked);
  halves.names = namesKnown(context, halves.list);
}

async function findMore(
  context: PairContext,
  halves: OpenHalves,
  isRunning: (intent: Intent) => boolean,
): Promise<void> {
  halves.mayHaveMore = false;
  const running = context.store.intents().filter(isRunning);
  const found = (await context.changes.halfRenames()).filter(
    (half) => !running.some((intent) => isPartOf(half, intent)),
  );
  const known = new Set(halves.list.map(({ id }) => id));
  if (found.some(({ id }) => !known.has(id))) halves.scansBefore = halves.scans;
  halves.list = found;
}
