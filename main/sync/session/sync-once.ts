// `sync --once`: a full scan, then steps until a plan is empty.
import { compileIgnore } from '../../core/config/ignore-match.ts';
import { defaultIgnorePatterns } from '../../core/config/ignore-rules.ts';
import { isLeftAloneCode } from '../../core/problem-rows.ts';
import type { Guard, PlanProblem } from '../../core/plan/types.ts';
import type { Problem } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { auditBytes } from '../scan/audit-bytes.ts';
import { forgetAccounting } from './plan-cycle.ts';
import { noteInSync } from './memory.ts';
import { openSession } from './session.ts';
import type { SessionEvents } from './state.ts';
import { moveLeaving } from './leaving.ts';
import { sweepTrash } from '../trash/sweep.ts';

/** Plans of all that is left; another device could go on for ever. Parts of a large plan do not count while they get something done. */
const maxSteps = 10;

export type OnceReport =
  | {
      readonly kind: 'ended';
      /** Quiet, and every file could be synced that is not left alone by rule. */
      readonly isInSync: boolean;
      /** Both sides were scanned completely, and nothing is left to do but for the problems. */
      readonly isQuiet: boolean;
      /** Files and folders that are not synced and have no problem of their own; counted up to `maxLeft`. */
      readonly left: number;
      readonly problems: readonly Problem[];
      readonly planProblems: readonly PlanProblem[];
      readonly notices: readonly string[];
      /** Files and folders excluded by `defaultIgnorePatterns`, i.e. not by the user's own rules. */
      readonly leftOutByDefault: number;
    }
  | { readonly kind: 'guarded'; readonly guards: readonly Guard[] };

/** What ended goes to `events` only: of a million files it would fill the heap. Throws SyncError of scope pair or account. */
export async function syncOnce(
  context: PairContext,
  approvals: ReadonlySet<string>,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<OnceReport> {
  const opened = await openSession(context, approvals, signal);
  if (opened.kind === 'guard') return { kind: 'guarded', guards: [opened.guard] };
  const { session } = opened;
  forgetOldProblems(context);
  await auditBytes(context, signal);
  await session.scan({ local: 'full', remote: 'full' }, signal, events.onFound);
  for (let made = 0; ;) {
    const stepped = await session.step(approvals, events, signal);
    if (stepped.kind === 'guarded') return { kind: 'guarded', guards: stepped.guards };
    const isPart = stepped.kind === 'worked' && !stepped.isWhole && stepped.report.done > 0;
    if (!isPart) made += 1;
    // Only where removals rest, which one pass does not ask for.
    if (stepped.kind === 'resting') continue;
    const problems = context.store.problems();
    if (stepped.kind === 'quiet' || made > maxSteps) {
      const isQuiet = stepped.kind === 'quiet' && session.isFullyLooked();
      if (isQuiet) {
        forgetAccounting(context);
        noteInSync(context.store, context.clock.nowMs(), true);
      }
      while (await moveLeaving(session.context, session.ignores(), signal));
      const swept = await sweepTrash(context, signal);
      return {
        kind: 'ended',
        isInSync: isQuiet && [...problems, ...stepped.problems].every(({ code }) => isLeftAloneCode(code)),
        isQuiet,
        left: isQuiet ? 0 : countLeft(context, [...problems, ...stepped.problems]),
        problems,
        planProblems: stepped.problems,
        leftOutByDefault: countLeftOut(context),
        notices: swept?.wasFull === true ? [...session.notices, 'trash-trimmed'] : session.notices,
      };
    }
  }
}

/** The command tries every file, also those that wait for their back-off. */
function forgetOldProblems(context: PairContext): void {
  const changes = context.store
    .problems()
    .filter((problem) => problem.attempts > 0)
    .map((problem) => ({ kind: 'problem-gone' as const, path: problem.path }));
  if (changes.length > 0) context.store.record(changes);
}

/** More than that is not worth the memory: each row is read whole. */
export const maxLeft = 10_000;

function countLeft({ store }: PairContext, problems: readonly { readonly path: string }[]): number {
  const told = new Set<string>(problems.map(({ path }) => path));
  const rows = store.unsettled(maxLeft);
  return rows.length === maxLeft ? maxLeft : rows.filter(({ path }) => !told.has(path)).length;
}

const maxCounted = 100_000;

function countLeftOut({ store }: PairContext): number {
  const isLitter = compileIgnore(defaultIgnorePatterns, { caseSensitive: true });
  return store.ignored(maxCounted).filter((path) => isLitter(path, 'file') || isLitter(path, 'folder'))
    .length;
}
