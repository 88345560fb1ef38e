// One pass of a pair, with what ended in it: for tests of few files.
import type { PairContext } from '../../main/sync/context.ts';
import type { OpEnd } from '../../main/sync/operations/execute.ts';
import { syncOnce } from '../../main/sync/session/sync-once.ts';
import type { OnceReport } from '../../main/sync/session/sync-once.ts';
import type { SessionEvents } from '../../main/sync/session/state.ts';

export type ToldReport = OnceReport & { readonly ended: readonly OpEnd[] };

export async function syncTold(
  context: PairContext,
  approvals: ReadonlySet<string>,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<ToldReport> {
  const ended: OpEnd[] = [];
  const onOpEnd = (end: OpEnd): void => {
    ended.push(end);
    events.onOpEnd(end);
  };
  return { ...(await syncOnce(context, approvals, { ...events, onOpEnd }, signal)), ended };
}
