// State of an open session, and the outcomes of its plans.
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { Op, RelPath } from '../../core/model/model.ts';
import type { Guard, PlanProblem } from '../../core/plan/types.ts';
import type { DiskTraits } from '../../ports/local-files.port.ts';
import type { Announcer } from '../feed/announcer.ts';
import type { Bound } from './attach.ts';
import type { Head } from '../feed/change-feed.ts';
import type { OpenHalves } from '../operations/moves/open-halves.ts';
import type { Planned, ScanState } from './plan-cycle.ts';
import type { ExecutionReport, OpEnd } from '../operations/execute.ts';
import type { OnFound } from '../scan/local.ts';
import type { PairContext } from '../context.ts';
import type { ProvenRoot } from '../proven-root.ts';
import type { RestTimes, Resting } from './rest.ts';
import type { Stalled } from './stalled.ts';
import type { Work } from '../operations/work.ts';
import type { LookedBeside } from '../scan/looked-beside.ts';

export type Step =
  | { readonly kind: 'quiet'; readonly problems: readonly PlanProblem[] }
  | /** Removals wait for their burst to end, and nothing else is to do until then (monotonic milliseconds). */ {
      readonly kind: 'resting';
      readonly untilMs: number;
    }
  | { readonly kind: 'guarded'; readonly guards: readonly Guard[]; readonly planned: Planned }
  | {
      readonly kind: 'worked';
      readonly report: ExecutionReport;
      /** No unsettled row was left for a later plan. */
      readonly isWhole: boolean;
      readonly problems: readonly PlanProblem[];
    };

/** Wrapped, so that returning it from an async function does not await it. */
export type Promised<Value> = { readonly promise: Promise<Value> };

export type Begun =
  | Exclude<Step, { kind: 'worked' }>
  | {
      readonly kind: 'begun';
      readonly ended: Promised<ExecutionReport>;
      /** Allowed by an approval. */
      readonly isAnswered: boolean;
      /** No unsettled row was left for a later plan. */
      readonly isWhole: boolean;
      readonly problems: readonly PlanProblem[];
    };

export type Express =
  | { readonly kind: 'nothing' | 'unfit' }
  | { readonly kind: 'begun'; readonly ended: Promised<ExecutionReport> };

export type SessionEvents = {
  /** Rows that a scan of the folder has changed just now. */
  readonly onFound?: OnFound;
  readonly onPlanned: (ops: readonly Op[]) => void;
  readonly onOpEnd: (end: OpEnd) => void;
  /** How long removals of a side must have rested before the first one runs; if absent they run at once. */
  readonly removalRest?: RestTimes;
};

export type SessionState = {
  readonly root: ProvenRoot;
  /** Context of `root`, adapted to its disk. */
  readonly context: PairContext;
  readonly disk: DiskTraits;
  /** Null once the store is probed, and the bucket's marker known to be there. */
  unsettled: Extract<Bound, { kind: 'bound' }>['space'] | null;
  ignores: IgnoreMatcher;
  localComplete: boolean;
  remoteComplete: boolean;
  /** Paths with events that were not scanned yet, read at the moment of planning (C2). */
  readonly changing: () => ReadonlySet<RelPath>;
  readonly work: Work;
  readonly lookedBeside: LookedBeside;
  readonly announcer: Announcer;
  readonly notices: string[];
  /** Write-ahead logs of databases that a program has open. */
  readonly databaseLogs: Set<RelPath>;
  /** The head as it was when the session opened, for the first listing. */
  headAhead: Promise<Head | null> | null;
  /** Last key seen by the rolling audit; null at its start. */
  auditAfter: string | null;
  /** When everything was last listed, in monotonic milliseconds. */
  listedAtMs: number;
  /** How long that took. */
  listingMs: number;
  /** When folders that others named were last listed, in monotonic milliseconds, and how long that took. */
  lookedAtMs: number;
  lookMs: number;
  /** The last plan lost a reply, possibly that of an upload whose intent is still open. */
  isUnclear: boolean;
  readonly stalled: Stalled;
  readonly resting: Resting;
  readonly halves: OpenHalves;
};

/** Scan state that a plan made now is based on. */
export function scanStateOf(state: SessionState): ScanState {
  return {
    // While contents are being read, an absence may turn out to be one half of a rename.
    localComplete: state.localComplete && !state.work.running().some(({ kind }) => kind === 'hash-local'),
    remoteComplete:
      state.remoteComplete && !state.work.running().some(({ kind }) => kind === 'identify-remote'),
    changing: state.changing(),
    isProven: state.unsettled === null,
    isBusy: (path) => state.work.touches(path) || state.halves.names.has(path),
    disk: state.disk,
  };
}

export type DueEvent = { readonly path: RelPath; readonly isTree: boolean };
