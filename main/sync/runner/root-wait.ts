// A running pair and its folder: notices at rest that the folder's disk went away or came back, and waits for one that is away.
import { isRootError, rootChangedError, rootPollMs } from '../root-errors.ts';
import type { PairContext } from '../context.ts';
import type { PairState } from './runner-state.ts';
import type { WakeReason } from './wake.ts';

/** After so many looks the folder is bound again in any case (ten minutes). */
const maxPolls = 60;

/**
 * Waits as `wake.wait` does. Meanwhile looks now and then whether the same folder stands at its path, because watches say nothing of
 * a disk that goes, or stay on the one that went. Throws SyncError `root-changed`: watches, proofs and looks begin anew.
 */
export async function waitAtRoot(
  state: PairState,
  context: Pick<PairContext, 'root' | 'settings'>,
  delayMs: number,
  signal: AbortSignal,
): Promise<ReadonlySet<WakeReason>> {
  const { clock } = state.parts;
  const endMs = clock.monotonicMs() + delayMs;
  for (;;) {
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) return new Set(['time']);
    const sliceMs = Math.min(leftMs, rootPollMs);
    const reasons = await state.wake.wait(sliceMs, signal);
    await demandSameRoot(state, context);
    if (!reasons.has('time') || signal.aborted) return reasons;
  }
}

/** Also where the watches say that they hear nothing any more: the same disk, mounted again, looks as it did before. */
export async function demandSameRoot(
  state: PairState,
  { root, settings }: Pick<PairContext, 'root' | 'settings'>,
): Promise<void> {
  const isSame = !state.isBlind && (await root.sight()) === state.rootSight;
  if (!isSame) throw rootChangedError(settings.binding.folder);
}

/** Of a pair that waits for its folder: nothing has changed at the folder's path, so that it need not be opened to be told the same. */
export async function isFolderStillAway(state: PairState): Promise<boolean> {
  const { rootSight } = state.parts;
  if (rootSight === undefined || state.trouble === null || !isRootError(state.trouble.error)) return false;
  const sight = await rootSight();
  const { awaySight } = state;
  const isSame = awaySight?.sight === sight && awaySight.polls < maxPolls;
  state.awaySight = isSame ? { sight, polls: awaySight.polls + 1 } : { sight, polls: 0 };
  return isSame;
}

/** Where a question about the folder stands, its answer may be that the right disk is there again: then nobody needs to be asked. */
export async function waitForAnswer(
  state: PairState,
  { root }: Pick<PairContext, 'root'>,
  signal: AbortSignal,
): Promise<void> {
  const seen = await root.sight();
  for (let polls = 0; polls < maxPolls && !signal.aborted; polls += 1) {
    if (!(await state.wake.wait(rootPollMs, signal)).has('time')) return;
    if ((await root.sight()) !== seen) return;
  }
}
