// Bounds of this process's JavaScript heap: V8's own let it grow to what a large machine has.
import { PerformanceObserver, constants } from 'node:perf_hooks';
import type { PerformanceObserverEntryList } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const mebibyte = 1024 * 1024;
/** Both halves of the young generation. By default it grows to 128 MiB, which saves little CPU. */
const youngBytes = 8 * mebibyte;
/** For one pass, after which the process ends: 3 to 8 % less CPU for thousands of small files than with `youngBytes`. */
const passYoungBytes = 16 * mebibyte;
/** In a long pass: the old one grows by half of it more, too, before it is collected. */
const longYoungBytes = 10 * mebibyte;
/** Once what survived has grown by half, the old generation is collected; by default it may grow fourfold. */
const growingPercent = 50;
/** In one short pass: 11 % less CPU for thousands of small files, which are done before a collection would pay. */
const passGrowingPercent = 600;
/** A process that takes so much grows no further like that. */
const wideKib = 200 * 1024;
const lookMs = 50;
/** Of the process, as its flags are: shared by all threads and bundles. */
const growthKey = 'driftless: growth of the old generation';
/** V8's own factor. */
const usualGrowth = 2;
/** V8's own growth of the old generation, which is by its speed. */
const usualGrowingPercent = 0;
/** V8 compiles a function by TurboFan after so many calls, more of a short one: in a pass over thousands of files few earn back what that takes. */
const optimizedCalls = 50_000;
/** What Node 24 uses, although `--v8-options` names another number. */
const usualOptimizedCalls = 10_000;
/** So many collections of the young generation in so short a time show that it is too small. One saved file leads to two or three of a small one, which cost less than to grow it. */
const busyCollections = 5;
const busyMs = 1000;
/** A young generation that has grown too large was made small again no more than twice in a pass; another V8 may never make it so. */
const mostReductions = 10;

/** Of one half, which is what grows: the other one is not committed while V8 has just made both smaller. */
function halfSize(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young === undefined ? 0 : young.space_used_size + young.space_available_size;
}

/** A limit of the young generation is read only when a process begins; the factor that it grows by is read each time. */
function growBy(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${String(factor)}`);
}

function growOldBy(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${String(percent)}`);
}

/** At 0 what is to hold but for moments `withoutBounds`: V8 does not tell the value of a flag. At 1 whether a thread collects, at 2 whether a pass is long. */
function sharedGrowth(): Int32Array {
  const known = getEnvironmentData(growthKey);
  if (known instanceof SharedArrayBuffer) return new Int32Array(known);
  const made = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(growthKey, made);
  const growth = new Int32Array(made);
  growth[0] = growingPercent;
  return growth;
}

function holdOldTo(percent: number): void {
  Atomics.store(sharedGrowth(), 0, percent);
  growOldBy(percent);
}

function optimizeAfter(calls: number): void {
  setFlagsFromString(`--invocation-count-for-turbofan=${String(calls)}`);
}

/**
 * Lets the young generation of this thread grow to its whole size now, and no further. Takes a collection: a few milliseconds. A worker
 * thread that works long needs it, too: the factor of `boundHeap` holds for all threads of the process, and would leave it the half
 * megabyte that it begins with, collected every few files. Its `resourceLimits` have the last word.
 */
export function growYoung(wantedBytes = youngBytes): void {
  let kept: unknown[] = [];
  // It grows once a megabyte or so survived; where another V8 counts otherwise this ends as well.
  for (let step = 0; step < 100; step += 1) {
    const factor = Math.floor(wantedBytes / 2 / Math.max(1, halfSize()));
    if (factor <= 1) break;
    growBy(factor);
    kept = [kept, Array.from({ length: 500 }, (_, index) => ({ index, row: [index] }))];
  }
  growBy(1);
}

/** True for a command of one pass, by its arguments. */
function isPass(args: readonly string[]): boolean {
  return args.includes('sync') && args.includes('--once');
}

/** What is loaded afterwards needs `withoutBounds`: V8 refuses compiled code under other flags than those that it was made under, Node's own too. */
export function boundHeap(args: readonly string[] = []): void {
  holdOldTo(growingPercent);
  optimizeAfter(optimizedCalls);
  // So small a generation is collected sooner by one thread than by several that wait for each other.
  setFlagsFromString('--no-parallel-scavenge');
  // While little survives this takes two milliseconds, and once a verb is loaded ten.
  growYoung(isPass(args) ? passYoungBytes : youngBytes);
}

/** Lifts the bounds for a moment, in which compiled code is taken or kept. */
export function withoutBounds<T>(work: () => T): T {
  growBy(usualGrowth);
  growOldBy(usualGrowingPercent);
  optimizeAfter(usualOptimizedCalls);
  try {
    return work();
  } finally {
    growBy(1);
    growOldBy(Atomics.load(sharedGrowth(), 0));
    optimizeAfter(optimizedCalls);
  }
}

/** For `sync --once`, until `endWidth` or until the process is large. The young generation is that of `boundHeap` where the arguments showed it. */
export function widenHeapForPass(): void {
  growYoung(passYoungBytes);
  holdOldTo(passGrowingPercent);
  collectAfterWidth(longYoungBytes);
}

/** Much work is to come: memory counts for more than the collections that it takes. */
export function endWidth(): void {
  Atomics.store(sharedGrowth(), 2, 1);
  holdOldTo(growingPercent);
}

/**
 * In a thread of a wide process: collects its heap once after the width has ended, since how far a heap may grow was decided by its collection
 * before, under the flags of then. In a long pass its young generation has `young` bytes from then on: the factor that it grows by is of the
 * process, and doubles that of any thread while another one takes compiled code.
 */
export function collectAfterWidth(young: number): void {
  const growth = sharedGrowth();
  const isWide = (): boolean => Atomics.load(growth, 0) !== growingPercent;
  if (!isWide()) return;
  let hasCollected = false;
  let reductions = 0;
  const looking = setInterval(() => {
    // `process.memoryUsage` opens a file of /proc: it throws where that is not mounted, and once descriptors are used up.
    if (isWide() && process.resourceUsage().maxRSS > wideKib) holdOldTo(growingPercent);
    if (isWide()) return;
    // A short pass that takes much ends soon: what gives memory back would only cost time.
    const isLong = Atomics.load(growth, 2) === 1;
    const isDue = isLong ? reductions === 0 || halfSize() > young / 2 : !hasCollected;
    if (!isDue || Atomics.compareExchange(growth, 1, 0, 1) !== 0) return;
    collect(isLong ? 'last-resort' : 'regular');
    hasCollected = true;
    if (isLong) {
      growYoung(young);
      reductions += 1;
      if (reductions === mostReductions) clearInterval(looking);
    }
    Atomics.store(growth, 1, 0);
  }, lookMs).unref();
}

/**
 * What `--expose-gc` gives to programs that are started with it. The flag is of the process: one thread at a time. `last-resort` gives freed pages
 * back, which V8 keeps else, and makes the young generation as small as it can be.
 */
function collect(flavor: 'regular' | 'last-resort'): void {
  setFlagsFromString('--expose-gc');
  // Where another V8 has none, the heap is collected somewhat later.
  runInNewContext(`globalThis.gc?.({ type: 'major', execution: 'sync', flavor: '${flavor}' })`);
  setFlagsFromString('--no-expose-gc');
}

/** For a process that stays: V8 shrinks the young generation of one that rests, and without this it would stay small. */
export function keepHeapBounds(): void {
  const startsMs: number[] = [];
  const adapt = (list: PerformanceObserverEntryList): void => {
    let isBusy = false;
    for (const entry of list.getEntries()) {
      if (!isMinor(entry)) continue;
      startsMs.push(entry.startTime);
      if (startsMs.length > busyCollections) startsMs.shift();
      isBusy ||= startsMs.length === busyCollections && entry.startTime - (startsMs[0] ?? 0) < busyMs;
    }
    if (isBusy) growYoung();
  };
  new PerformanceObserver(adapt).observe({ entryTypes: ['gc'] });
}

function isMinor(entry: object): boolean {
  const detail: unknown = 'detail' in entry ? entry.detail : null;
  const { NODE_PERFORMANCE_GC_MINOR: minor } = constants;
  return typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === minor;
}
