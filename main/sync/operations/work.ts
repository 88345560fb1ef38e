// Executor of plans beside the loop: runs operations while newer plans are made.
// A dropped plan starts no more operations. Its quick operations are awaited; its transfers and reads
// continue, and their paths are held out of every plan made meanwhile. At most one operation per path runs at
// a time, whichever plan it belongs to.
import type { Op, RelPath } from '../../core/model/model.ts';
import { isBelow } from '../../core/model/path.ts';
import { AdaptiveLimit } from '../../core/adaptive-limit.ts';
import type { Plan } from '../../core/plan/types.ts';
import { makeRun, runOne, runTogether } from './execute.ts';
import type { ExecutionReport, OpEnd, PlanRun } from './execute.ts';
import type { OpOutcome } from './journal.ts';
import type { ProvenRoot } from '../proven-root.ts';
import { transferSizes } from '../transfer-sizes.ts';
import type { PairContext } from '../context.ts';
import { runLimited } from '../limit.ts';
import { HeldBodies, Slots, makeInFlight } from '../slots.ts';
import { mayGoTogether } from './together/groups.ts';
import type { GroupOp } from './together/groups.ts';

/** An express plan has slots of its own: its few operations run beside the longer plan. */
function expressSlots(): Slots {
  return new Slots(new AdaptiveLimit({ first: 4, most: 4 }));
}

export type WorkHow = {
  /** Runs beside a longer plan, in slots of its own. */
  readonly isExpress: boolean;
  readonly onEnd: (end: OpEnd) => void;
  /**
   * Runs the plan while the folder is held open; the plan counts as running before the folder is verified.
   * Absent if the caller holds it.
   */
  readonly within?: ProvenRoot['during'];
};

export type Work = {
  /** Resolves when every operation of the plan has ended or was dropped; rejects with what ended the session. */
  begin(plan: Plan, how: WorkHow, signal: AbortSignal): Promise<ExecutionReport>;
  /** Starts no further operation of any plan. Resolves once only transfers and reads are running. */
  dropWaiting(): Promise<void>;
  /** Operations of a plan that have not started. */
  waiting(): readonly Op[];
  waitingCount(): number;
  running(): readonly Op[];
  isBusy(): boolean;
  /** True if a running operation changes this path, as source or target. */
  touches(path: RelPath): boolean;
  /** Resolves once no operation that is running now changes one of these; never rejects. */
  released(paths: readonly RelPath[]): Promise<void>;
  /** Throws what ended the work: an error of scope `pair` or `account`. */
  throwIfFailed(): void;
  /** Resolves when nothing is running any more; never rejects. */
  idle(): Promise<void>;
};

type Batch = {
  readonly run: PlanRun;
  readonly how: WorkHow;
  readonly signal: AbortSignal;
  /** That of the plan and that of all work, for its operations. */
  readonly stops: AbortSignal;
  readonly waves: readonly (readonly Op[])[];
  wave: number;
  /** Next operation to start in the current wave, per pool. */
  readonly next: { small: number; large: number };
  pools: { readonly small: readonly Op[]; readonly large: readonly Op[] };
  readonly slots: Readonly<Record<Pool, Slots>>;
  isDropped: boolean;
  readonly over: PromiseWithResolvers<undefined>;
};

/** `hasEvent`: true if a file event for a path is pending. */
export function makeWork(context: PairContext, hasEvent: (path: RelPath) => boolean): Work {
  return new PlanWork(context, hasEvent);
}

type Pool = 'small' | 'large';

/** Operations that run as one, with the slots of each. */
type Group = readonly { readonly op: GroupOp; readonly taken: number }[];

type Lease = { readonly onFetched: () => void; readonly end: () => void };

/** Most that wait for one another: a slow one among them holds up the others. */
const groupLimit = 32;
/** Of a group, that go the general way at once: whatever made them do so seldom gets better by haste. */
const oneByOne = 8;

class PlanWork implements Work {
  readonly #context: PairContext;
  readonly #hasEvent: (path: RelPath) => boolean;
  readonly #slots: Readonly<Record<Pool, Slots>>;
  readonly #held = new HeldBodies();
  readonly #batches = new Set<Batch>();
  readonly #running = new Map<Op, Promise<void>>();
  readonly #busyPaths = new Set<RelPath>();
  readonly #stop = new AbortController();

  constructor(context: PairContext, hasEvent: (path: RelPath) => boolean) {
    const { small, large } = context.inFlight ?? makeInFlight(context.settings.options.concurrency);
    this.#context = context;
    this.#hasEvent = hasEvent;
    this.#slots = { small: new Slots(small), large: new Slots(large) };
  }

  async begin(plan: Plan, how: WorkHow, signal: AbortSignal): Promise<ExecutionReport> {
    const batch: Batch = {
      run: makeRun({ context: this.#context, hasEvent: this.#hasEvent }, plan),
      how,
      signal,
      stops: AbortSignal.any([signal, this.#stop.signal]),
      waves: plan.waves,
      // None yet: all waves wait.
      wave: -1,
      next: { small: 0, large: 0 },
      pools: { small: [], large: [] },
      slots: how.isExpress ? { small: expressSlots(), large: expressSlots() } : this.#slots,
      isDropped: false,
      over: Promise.withResolvers(),
    };
    this.#batches.add(batch);
    try {
      const run = (): Promise<ExecutionReport> => this.#runBatch(batch);
      return await (how.within === undefined ? run() : how.within(run));
    } catch (error) {
      // The error that stopped everything, not the aborts that it caused in the others.
      throw this.#stop.signal.aborted ? this.#stop.signal.reason : error;
    } finally {
      this.#batches.delete(batch);
      batch.over.resolve(undefined);
    }
  }

  async dropWaiting(): Promise<void> {
    for (const batch of this.#batches) batch.isDropped = true;
    for (const { slots } of this.#batches) for (const each of Object.values(slots)) each.drop();
    await Promise.all([...this.#running].flatMap(([op, over]) => (mayGoOn(op) ? [] : [over])));
  }

  waiting(): readonly Op[] {
    return [...this.#batches].flatMap(waitingOf);
  }

  waitingCount(): number {
    return [...this.#batches].reduce((sum, batch) => sum + countWaiting(batch), 0);
  }

  running(): readonly Op[] {
    return [...this.#running.keys()];
  }

  isBusy(): boolean {
    return this.#batches.size > 0;
  }

  touches(path: RelPath): boolean {
    return this.#busyPaths.has(path);
  }

  async released(paths: readonly RelPath[]): Promise<void> {
    const wanted = new Set(paths);
    const isThere = (op: Op): boolean => pathsOf(op).some((path) => wanted.has(path));
    await Promise.all([...this.#running].flatMap(([op, over]) => (isThere(op) ? [over] : [])));
  }

  throwIfFailed(): void {
    this.#stop.signal.throwIfAborted();
  }

  async idle(): Promise<void> {
    while (this.#batches.size > 0) {
      await Promise.allSettled([...this.#batches].map(({ over }) => over.promise));
    }
  }

  async #runBatch(batch: Batch): Promise<ExecutionReport> {
    for (const [index, ops] of batch.waves.entries()) {
      if (batch.isDropped) break;
      batch.wave = index;
      await this.#runWave(batch, ops);
      this.#stop.signal.throwIfAborted();
      batch.signal.throwIfAborted();
    }
    return batch.run.report;
  }

  async #runWave(batch: Batch, ops: readonly Op[]): Promise<void> {
    const limit = (this.#context.sizes ?? transferSizes).largeBytes;
    const isLarge = (op: Op): boolean => sizeOf(op) > limit;
    batch.pools = { small: ops.filter((op) => !isLarge(op)), large: ops.filter(isLarge) };
    batch.next.small = 0;
    batch.next.large = 0;
    await allEnded([this.#runPool(batch, 'small'), this.#runPool(batch, 'large')]);
  }

  /** Begins each operation when there is a slot for it: until then it counts as waiting. */
  async #runPool(batch: Batch, pool: Pool): Promise<void> {
    const slots = batch.slots[pool];
    const least = (this.#context.sizes ?? transferSizes).leastGroup;
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const ended = (work: Promise<void>): Promise<void> =>
      work.catch((error: unknown) => {
        failures.push(error);
      });
    while (!this.#isOver(batch)) {
      const op = batch.pools[pool][batch.next[pool]];
      if (op === undefined) break;
      const taken = await slots.take(pool === 'small' && isTransfer(op) ? sizeOf(op) : 0);
      if (taken === null) break;
      if (this.#isOver(batch)) {
        slots.give(taken);
        break;
      }
      batch.next[pool] += 1;
      const group = mayGoTogether(this.#context, op) ? this.#gather(batch, pool, { op, taken }) : [];
      const work =
        group.length >= least
          ? this.#runGroup(batch, group, slots)
          : this.#runLeased(batch, { op, taken }, slots);
      const one = ended(work).finally(() => running.delete(one));
      running.add(one);
    }
    await Promise.all(running);
    if (failures.length > 0) throw failures[0];
  }

  /** Those that come next and may go with it, as far as there are slots for them now. */
  #gather(batch: Batch, pool: Pool, first: Group[number]): Group {
    const group = [first];
    while (group.length < groupLimit) {
      const op = batch.pools[pool][batch.next[pool]];
      if (op?.kind !== first.op.kind || !mayGoTogether(this.#context, op)) break;
      const taken = batch.slots[pool].takeNow(sizeOf(op));
      if (taken === null) break;
      batch.next[pool] += 1;
      group.push({ op, taken });
    }
    return group;
  }

  /** The slots of an operation: given back once its bytes are in memory, where there is room for them, or at its end. */
  #lease({ op, taken }: { readonly op: Op; readonly taken: number }, slots: Slots): Lease {
    let giveBack = (): void => {
      slots.give(taken);
    };
    return {
      onFetched: () => {
        if (!this.#held.take(sizeOf(op))) return;
        giveBack();
        giveBack = () => {
          this.#held.give(sizeOf(op));
        };
      },
      end: () => {
        giveBack();
      },
    };
  }

  async #runLeased(
    batch: Batch,
    one: { readonly op: Op; readonly taken: number },
    slots: Slots,
  ): Promise<void> {
    const lease = this.#lease(one, slots);
    try {
      await this.#runTracked(batch, one.op, lease.onFetched);
    } finally {
      lease.end();
    }
  }

  async #runGroup(batch: Batch, group: Group, slots: Slots): Promise<void> {
    const leases = new Map(group.map((one): [Op, Lease] => [one.op, this.#lease(one, slots)]));
    try {
      await this.#runTrackedGroup(
        batch,
        group.map(({ op }) => op),
        (op) => leases.get(op)?.onFetched(),
      );
    } finally {
      for (const lease of leases.values()) lease.end();
    }
  }

  async #runTrackedGroup(batch: Batch, ops: readonly GroupOp[], onFetched: (op: Op) => void): Promise<void> {
    const mine: GroupOp[] = [];
    const over = Promise.withResolvers<undefined>();
    for (const op of ops) {
      if (this.#refuseTaken(batch, op)) continue;
      this.#busyPaths.add(op.path);
      this.#running.set(op, over.promise);
      mine.push(op);
    }
    const ended = (op: Op, outcome: OpOutcome): void => {
      this.#release(op, [op.path]);
      batch.how.onEnd({ op, outcome });
    };
    try {
      const outcomes = await runTogether(batch.run, mine, { signal: batch.stops, onFetched });
      const others = mine.filter((op, index) => {
        const outcome = outcomes[index] ?? null;
        if (outcome !== null) ended(op, outcome);
        return outcome === null;
      });
      const runAlone = async (op: Op): Promise<void> => {
        ended(op, await runOne(batch.run, op, { signal: batch.stops, onFetched: () => undefined }));
      };
      await runLimited(others, oneByOne, runAlone, batch.stops);
    } catch (error) {
      if (!this.#isOver({ ...batch, isDropped: false })) this.#stop.abort(error);
      throw error;
    } finally {
      for (const op of mine) this.#release(op, [op.path]);
      over.resolve(undefined);
    }
  }

  /** An operation of another plan is running there: its result is planned for afterwards. */
  #refuseTaken(batch: Batch, op: Op): boolean {
    if (!this.#isTaken(op, pathsOf(op))) return false;
    batch.run.report.replanned += 1;
    batch.how.onEnd({ op, outcome: { kind: 'replan', why: 'its path is busy', waitsFor: null } });
    return true;
  }

  #isOver({ isDropped, signal }: Batch): boolean {
    return isDropped || signal.aborted || this.#stop.signal.aborted;
  }

  async #runTracked(batch: Batch, op: Op, onFetched: () => void): Promise<void> {
    const paths = pathsOf(op);
    if (this.#refuseTaken(batch, op)) return;
    for (const path of paths) this.#busyPaths.add(path);
    const over = Promise.withResolvers<undefined>();
    this.#running.set(op, over.promise);
    try {
      const outcome = await runOne(batch.run, op, { signal: batch.stops, onFetched });
      this.#release(op, paths);
      batch.how.onEnd({ op, outcome });
    } catch (error) {
      if (!this.#isOver({ ...batch, isDropped: false })) this.#stop.abort(error);
      throw error;
    } finally {
      this.#release(op, paths);
      over.resolve(undefined);
    }
  }

  #isTaken(op: Op, paths: readonly RelPath[]): boolean {
    if (paths.some((path) => this.#busyPaths.has(path))) return true;
    const isFolderMove = (op.kind === 'move-local' || op.kind === 'move-remote') && op.entry === 'folder';
    return isFolderMove && [...this.#busyPaths].some((busy) => paths.some((path) => isBelow(busy, path)));
  }

  #release(op: Op, paths: readonly RelPath[]): void {
    if (!this.#running.delete(op)) return;
    for (const path of paths) this.#busyPaths.delete(path);
  }
}

async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason;
}

function isTransfer({ kind }: Op): boolean {
  return kind === 'upload' || kind === 'download';
}

function sizeOf(op: Op): number {
  return 'sizeBytes' in op ? op.sizeBytes : 0;
}

function waitingOf(batch: Batch): readonly Op[] {
  if (batch.isDropped) return [];
  return [
    ...batch.pools.small.slice(batch.next.small),
    ...batch.pools.large.slice(batch.next.large),
    ...batch.waves.slice(batch.wave + 1).flat(),
  ];
}

function countWaiting(batch: Batch): number {
  if (batch.isDropped) return 0;
  const { pools, next, waves, wave } = batch;
  const begun = Math.max(0, pools.small.length - next.small) + Math.max(0, pools.large.length - next.large);
  return waves.slice(wave + 1).reduce((sum, one) => sum + one.length, begun);
}

/** Long operations that change only their own path; everything else takes moments. */
function mayGoOn({ kind }: Op): boolean {
  return kind === 'upload' || kind === 'download' || kind === 'hash-local' || kind === 'identify-remote';
}

function pathsOf(op: Op): readonly RelPath[] {
  return [op.path, ...('from' in op ? [op.from] : []), ...('to' in op ? [op.to] : [])];
}
