// `sync --once`: a full scan, then steps until a plan is empty. At most ten plans that make progress.
import { compileIgnore } from '../../core/config/ignore-match.ts';
import { defaultIgnorePatterns } from '../../core/config/ignore-rules.ts';
import { isLeftAloneCode } from '../../core/problem-rows.ts';
import type { Guard, PlanProblem } from '../../core/plan/types.ts';
import type { Problem } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import type { OpEnd } from '../operations/execute.ts';
import { auditBytes } from '../scan/audit-bytes.ts';
import { forgetAccounting } from './plan-cycle.ts';
import { noteInSync } from './memory.ts';
import { openSession } from './session.ts';
import type { SessionEvents } from './state.ts';
import { moveLeaving } from './leaving.ts';
import { sweepTrash } from '../trash/sweep.ts';

const maxSteps = 10;

export type OnceReport =
  | {
      readonly kind: 'ended';
      /** Quiet, and every file could be synced that is not left alone by rule. */
      readonly isInSync: boolean;
      /** Both sides were scanned completely, and nothing is left to do but for the problems. */
      readonly isQuiet: boolean;
      readonly ended: readonly OpEnd[];
      readonly problems: readonly Problem[];
      readonly planProblems: readonly PlanProblem[];
      readonly notices: readonly string[];
      /** Files and folders excluded by `defaultIgnorePatterns`, i.e. not by the user's own rules. */
      readonly leftOutByDefault: number;
    }
  | { readonly kind: 'guarded'; readonly guards: readonly Guard[]; readonly ended: readonly OpEnd[] };

/** Throws SyncError of scope pair or account. */
export async function syncOnce(
  context: PairContext,
  approvals: ReadonlySet<string>,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<OnceReport> {
  const ended: OpEnd[] = [];
  const opened = await openSession(context, approvals, signal);
  if (opened.kind === 'guard') return { kind: 'guarded', guards: [opened.guard], ended };
  const { session } = opened;
  forgetOldProblems(context);
  await auditBytes(context, signal);
  await session.scan({ local: 'full', remote: 'full' }, signal);
  for (let made = 0; ; made += 1) {
    const stepped = await session.step(
      approvals,
      {
        onPlanned: events.onPlanned,
        onOpEnd: (end) => {
          ended.push(end);
          events.onOpEnd(end);
        },
      },
      signal,
    );
    // Only where removals rest, which one pass does not ask for.
    if (stepped.kind === 'resting') continue;
    if (stepped.kind === 'guarded') return { kind: 'guarded', guards: stepped.guards, ended };
    const problems = context.store.problems();
    if (stepped.kind === 'quiet' || made >= maxSteps) {
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
        ended,
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

const maxCounted = 100_000;

function countLeftOut({ store }: PairContext): number {
  const isLitter = compileIgnore(defaultIgnorePatterns, { caseSensitive: true });
  return store.ignored(maxCounted).filter((path) => isLitter(path, 'file') || isLitter(path, 'folder'))
    .length;
}
