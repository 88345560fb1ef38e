// Daily isolation check: does the role reach beyond the user's own prefix?
import type { PairConfig } from '../core/config/config.ts';
import { asPairError } from '../core/model/errors.ts';
import type { Finding, IsolationVerdict } from '../core/access/isolation.ts';
import type { Clock } from '../ports/clock.port.ts';
import type { Log } from '../ports/log.port.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import type { IsolationView } from '../../preload/contract.ts';
import { notChecked } from './account/runtime.ts';
import type { AccountRuntime } from './account/runtime.ts';

/** Result for one pair; `null` verdict if its prefix is the whole bucket. */
export type PairEvidence = { readonly prefix: string; readonly verdict: IsolationVerdict | null };

export type IsolationWatchParts = {
  readonly account: Pick<AccountRuntime, 'id' | 'view' | 'noteIsolation'>;
  /** Current pairs of the account. */
  readonly pairs: () => readonly PairConfig[];
  /** Called when the account or its pairs may have changed. Returns the unsubscriber. */
  readonly onChange: (listener: () => void) => () => void;
  readonly look: (pair: PairConfig, signal: AbortSignal) => Promise<PairEvidence>;
  readonly clock: Clock;
  readonly log: Log;
};

const againMs = 24 * 3_600_000;
const retryMs = 5 * 60_000;

/** Runs until `signal` aborts. A failed check stops nothing and is repeated later. */
export async function watchIsolation(parts: IsolationWatchParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const subject = subjectOf(parts);
    const seen = subject === null ? null : await lookAtAll(parts, signal);
    if (seen === null) parts.account.noteIsolation(notChecked);
    else if (seen.evidence.length > 0) parts.account.noteIsolation(worstOf(seen));
    const waitMs = seen?.isDueSoon === true ? retryMs : againMs;
    await untilOtherwise(parts, () => subjectOf(parts) !== subject, { waitMs }, signal);
  }
}

/** User and pairs that a result applies to; null without a sign-in or pairs. */
function subjectOf({ account, pairs }: IsolationWatchParts): string | null {
  const { state, personName } = account.view();
  const ids = pairs().map(({ id }) => id);
  return (state === 'signed-in' || state === 'offline') && ids.length > 0
    ? JSON.stringify([personName, ids])
    : null;
}

type Looked = {
  readonly evidence: readonly PairEvidence[];
  /** All pairs could be looked at. */
  readonly isWhole: boolean;
  /** Some could not, for a reason that may pass by itself. */
  readonly isDueSoon: boolean;
};

/** A folder that cannot be opened, such as a team folder without a grant, must not keep what the others show from the user. */
async function lookAtAll(
  { account, pairs, look, log }: IsolationWatchParts,
  signal: AbortSignal,
): Promise<Looked> {
  const evidence: PairEvidence[] = [];
  let isWhole = true;
  let isDueSoon = false;
  for (const pair of pairs()) {
    try {
      evidence.push(await look(pair, signal));
    } catch (error) {
      if (signal.aborted) return { evidence: [], isWhole: false, isDueSoon: false };
      // Whatever it is: the check is repeated, and ends nothing.
      const { code, scope, retry, message } = asPairError(error);
      isWhole = false;
      if (scope === 'account' || retry !== 'slow') isDueSoon = true;
      log.info('isolation not looked at', { accountId: account.id, pairId: pair.id, code, message });
      if (scope === 'account') break;
    }
  }
  const seen = { evidence, isWhole, isDueSoon };
  if (evidence.length > 0)
    log.info('isolation checked', { accountId: account.id, verdict: worstOf(seen).verdict, isWhole });
  return seen;
}

/** Worst first. */
const verdicts: readonly IsolationView['verdict'][] = [
  'reaches-more',
  'whole-bucket',
  'unknown',
  'no-sign',
  'not-checked',
];

/** Without all folders, that there is no sign cannot be said of the account. */
function worstOf({ evidence, isWhole }: Pick<Looked, 'evidence' | 'isWhole'>): IsolationView {
  const views = evidence.map(({ prefix, verdict }): IsolationView => {
    if (verdict === null) return { verdict: 'whole-bucket', prefix, reached: [] };
    const reached = verdict.findings.filter(({ meaning }) => meaning === 'reaches').map(placeAndAction);
    const kind = verdict.kind === 'no-sign' && !isWhole ? 'unknown' : verdict.kind;
    return { verdict: kind, prefix, reached: reached.slice(0, LIMITS.reached) };
  });
  return verdicts.flatMap((wanted) => views.filter(({ verdict }) => verdict === wanted)).at(0) ?? notChecked;
}

function placeAndAction({ place, action }: Finding): IsolationView['reached'][number] {
  return { place, action };
}

async function untilOtherwise(
  { onChange, clock }: IsolationWatchParts,
  isOtherwise: () => boolean,
  { waitMs }: { readonly waitMs: number },
  signal: AbortSignal,
): Promise<void> {
  const changed = new AbortController();
  const either = AbortSignal.any([signal, changed.signal]);
  const unlisten = onChange(() => {
    if (isOtherwise()) changed.abort();
  });
  try {
    if (!isOtherwise()) await clock.sleep(waitMs, either);
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    unlisten();
  }
}
