// What an open session keeps in mind, and what its plans end in.
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { Op, RelPath } from '../../core/model/model.ts';
import type { Guard, PlanProblem } from '../../core/plan/types.ts';
import type { DiskTraits } from '../../ports/local-files.port.ts';
import type { Announcer } from '../feed/announcer.ts';
import type { Planned, Sight } from './plan-cycle.ts';
import type { ExecutionReport, OpEnd } from '../operations/execute.ts';
import type { PairContext } from '../context.ts';
import type { ProvenRoot } from '../proven-root.ts';
import type { RestTimes, Resting } from './rest.ts';
import type { Stalled } from './stalled.ts';
import type { Work } from '../operations/work.ts';

export type Step =
  | { readonly kind: 'quiet'; readonly problems: readonly PlanProblem[] }
  | /** Removals wait for their burst to end, and nothing else is to be done until then (monotonic milliseconds). */ {
      readonly kind: 'resting';
      readonly untilMs: number;
    }
  | { readonly kind: 'guarded'; readonly guards: readonly Guard[]; readonly planned: Planned }
  | {
      readonly kind: 'worked';
      readonly report: ExecutionReport;
      readonly problems: readonly PlanProblem[];
    };

/** Not awaited by returning it from an async function. */
export type Promised<Value> = { readonly promise: Promise<Value> };

export type Begun =
  | Exclude<Step, { kind: 'worked' }>
  | {
      readonly kind: 'begun';
      readonly ended: Promised<ExecutionReport>;
      /** Somebody's answer allowed it. */
      readonly isAnswered: boolean;
      readonly problems: readonly PlanProblem[];
    };

export type Express =
  | { readonly kind: 'nothing' | 'unfit' }
  | { readonly kind: 'begun'; readonly ended: Promised<ExecutionReport> };

export type SessionEvents = {
  readonly onPlanned: (ops: readonly Op[]) => void;
  readonly onOpEnd: (end: OpEnd) => void;
  /** How long removals of a side must have rested before the first of them goes; without it they go at once. */
  readonly removalRest?: RestTimes;
};

export type SessionState = {
  readonly root: ProvenRoot;
  /** That of `root`, as its disk is. */
  readonly context: PairContext;
  readonly disk: DiskTraits;
  ignores: IgnoreMatcher;
  localComplete: boolean;
  remoteComplete: boolean;
  /** Paths with hints that were not looked at yet: asked for at the moment of planning (rule 2). */
  readonly hinted: () => ReadonlySet<RelPath>;
  readonly work: Work;
  readonly announcer: Announcer;
  readonly notices: string[];
  /** The last key that the rolling audit has seen; null at its beginning. */
  auditAfter: string | null;
  /** When everything was last listed, in monotonic milliseconds. */
  listedAtMs: number;
  /** Of the last plan a reply was lost, perhaps that of an upload whose intent may otherwise stay open. */
  isUnclear: boolean;
  readonly stalled: Stalled;
  readonly resting: Resting;
};

/** What a plan made at this moment rests on. */
export function sightOf(state: SessionState): Sight {
  return {
    // While contents are being read, an absence may turn out to be the other half of a rename.
    localComplete: state.localComplete && !state.work.running().some(({ kind }) => kind === 'hash-local'),
    remoteComplete:
      state.remoteComplete && !state.work.running().some(({ kind }) => kind === 'identify-remote'),
    hinted: state.hinted(),
    isBusy: (path) => state.work.touches(path),
    disk: state.disk,
  };
}

export type DueHint = { readonly path: RelPath; readonly isTree: boolean };
