// Journal of an operation: intent before the effect, outcome after it.
import { isOfItem } from '../../core/model/errors.ts';
import type { Op, OpId, RelPath } from '../../core/model/model.ts';
import type { ActivityKind, Intent, StateChange, TrashItem } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import type { ErrorFields, SyncError } from '../../core/model/errors.ts';

type Known = Pick<Intent, 'kind' | 'path'> & Partial<Intent>;

/** Fields not given are unknown (yet). */
export function newIntent(context: Pick<PairContext, 'random' | 'clock'>, known: Known): Intent {
  return {
    id: context.random.hex(16) as OpId, // made here
    other: null,
    step: 'planned',
    content: null,
    sizeBytes: 0,
    previousEtag: null,
    rawKey: null,
    fingerprint: null,
    tempName: null,
    trashName: null,
    upload: null,
    createdMs: context.clock.nowMs(),
    ...known,
  };
}

/** Names of operations whose outcome recovery has yet to determine. An upload by parts counts as none: its parts can be resumed. */
export function unclearPaths({ store }: Pick<PairContext, 'store'>): ReadonlySet<RelPath | null> {
  return new Set(store.intents().flatMap((one) => (one.upload === null ? [one.path, one.other] : [])));
}

export function activity(
  context: Pick<PairContext, 'clock'>,
  kind: ActivityKind,
  what: { readonly path: RelPath; readonly from?: RelPath; readonly bytes: number },
): StateChange {
  const { path, from = null, bytes } = what;
  return { kind: 'activity', item: { atMs: context.clock.nowMs(), kind, path, from, bytes } };
}

export type OpHow = {
  readonly signal: AbortSignal;
  /** A download has its bytes in memory, and the network is free for the next one. At most once. */
  readonly onFetched: () => void;
};

export type OpOutcome =
  | { readonly kind: 'done'; readonly bytesUp: number; readonly bytesDown: number }
  /** An assumption of the plan no longer holds. `why` is for the log. */
  | {
      readonly kind: 'replan';
      readonly why: string;
      /** For a folder: what could not be moved with it. */
      readonly problems?: readonly OpProblem[];
      /** Not run: the operation on this path has to come first, or something that is no operation if null. */
      readonly waitsFor?: RelPath | null;
    }
  | OpProblem;

/** Left alone with a reason; retried with back-off. */
export type OpProblem = {
  readonly kind: 'problem';
  readonly path: RelPath;
  readonly code: string;
  readonly fields: ErrorFields;
  readonly retry: 'backoff' | 'slow';
};

export const done: OpOutcome = { kind: 'done', bytesUp: 0, bytesDown: 0 };

export function replan(why: string): OpOutcome {
  return { kind: 'replan', why };
}

/** The reply was lost: the intent stays open, and recovery determines the outcome before the next plan (C11). */
export const outcomeUnknown = replan('outcome unknown');

/** What became of an operation that threw. Throws errors of scope `pair` or `account`. */
export function outcomeOf(
  { log }: Pick<PairContext, 'log'>,
  op: Op,
  error: unknown,
  signal: AbortSignal,
): OpOutcome {
  if (!isOfItem(error) || signal.aborted) throw error;
  if (error.code === 'outcome-unknown') return outcomeUnknown;
  const { kind, path } = op;
  log.warn('operation failed', { kind, path, code: error.code, retry: error.retry });
  return failed(error, path, 'from' in op ? { from: op.from } : {});
}

/** Problem of `path` from an error of one file; `fields` name the other half of a move. */
export function failed(error: SyncError, path: RelPath, fields: ErrorFields = {}): OpProblem {
  const retry = error.retry === 'slow' ? 'slow' : 'backoff';
  return { kind: 'problem', path, code: error.code, fields: { ...error.fields, ...fields }, retry };
}

export function problem(
  path: RelPath,
  code: string,
  retry: 'backoff' | 'slow',
  fields: ErrorFields = {},
): OpProblem {
  return { kind: 'problem', path, code, fields, retry };
}

/** Row of a file that was moved to this folder's own trash. `atMs` left out: now. */
export function localTrashRow(
  context: Pick<PairContext, 'clock'>,
  kept: Omit<TrashItem, 'side' | 'versionId' | 'atMs'> & Partial<Pick<TrashItem, 'atMs'>>,
): StateChange {
  return { kind: 'trash', item: { atMs: context.clock.nowMs(), ...kept, side: 'local', versionId: null } };
}
