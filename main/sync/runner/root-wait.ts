// Availability of a pair's folder: notices that its disk was removed or returned, and waits.
import { isRootError, rootChangedError, rootPollMs } from '../root-errors.ts';
import type { PairContext } from '../context.ts';
import type { PairState } from './runner-state.ts';
import type { WakeReason } from './wake.ts';

/** After this many polls the folder is attached again in any case (ten minutes). */
const maxPolls = 60;

export type RootWait = {
  readonly delayMs: number;
  /** Whether something is begun for these reasons; if not, the caller waits again. */
  readonly isDue: (reasons: ReadonlySet<WakeReason>) => boolean;
};

type Waiting = Pick<PairState, 'wake' | 'isBlind' | 'rootSight' | 'rootSeenMs'> & {
  readonly parts: Pick<PairState['parts'], 'clock'>;
};

type Folder = {
  readonly root: Pick<PairContext['root'], 'sight'>;
  readonly settings: { readonly binding: Pick<PairContext['settings']['binding'], 'folder'> };
};

/**
 * Waits as `wake.wait` does, and polls meanwhile that the path still leads to the same folder, because
 * watches do not report an unmounted disk, or stay on it. It is compared before anything is begun as well. Throws
 * SyncError `root-changed`: watches, proofs and scans start again.
 */
export async function waitAtRoot(
  state: Waiting,
  context: Folder,
  { delayMs, isDue }: RootWait,
  signal: AbortSignal,
): Promise<ReadonlySet<WakeReason>> {
  const { clock } = state.parts;
  const endMs = clock.monotonicMs() + delayMs;
  for (;;) {
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) return new Set(['time']);
    const untilPollMs = Math.max(0, state.rootSeenMs + rootPollMs - clock.monotonicMs());
    const reasons = await state.wake.wait(Math.ceil(Math.min(leftMs, untilPollMs)), signal);
    const nowMs = clock.monotonicMs();
    const isPollDue = nowMs - state.rootSeenMs >= rootPollMs;
    // Timers may end a moment early: then there is nothing to begin yet.
    const isEarly = reasons.has('time') && nowMs < endMs;
    if (isPollDue || (!isEarly && isDue(reasons))) await demandSameRoot(state, context);
    if (!reasons.has('time') || signal.aborted) return reasons;
  }
}

/**
 * Also required if the watches report that they are blind: the same disk, mounted again, has the same
 * identity as before.
 */
export async function demandSameRoot(state: Waiting, { root, settings }: Folder): Promise<void> {
  const seenMs = state.parts.clock.monotonicMs();
  const isSame = !state.isBlind && (await root.sight()) === state.rootSight;
  state.rootSeenMs = seenMs;
  if (!isSame) throw rootChangedError(settings.binding.folder);
}

/**
 * For a pair that waits for its folder: true if nothing changed at the folder's path, so that opening it
 * would fail in the same way.
 */
export async function isFolderStillAway(state: PairState): Promise<boolean> {
  const { rootSight } = state.parts;
  if (rootSight === undefined || state.failure === null || !isRootError(state.failure.error)) return false;
  const sight = await rootSight();
  const { awaySight } = state;
  const isSame = awaySight?.sight === sight && awaySight.polls < maxPolls;
  state.awaySight = isSame ? { sight, polls: awaySight.polls + 1 } : { sight, polls: 0 };
  return isSame;
}

/** If a question about the folder is open, the return of the right disk answers it without the user. */
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
