// Verbs of a story's device that the engine carries out, shared by every world.
import type { PairContext } from '../../main/sync/context.ts';
import { answerQuestion } from '../../main/sync/session/questions.ts';
import { announcesDeletes } from '../../main/sync/trash/remote-trash.ts';
import { openSession } from '../../main/sync/session/session.ts';
import { restoreTrash } from '../../main/sync/operations/restore.ts';
import { syncTold } from '../support/sync-told.ts';
import type { ToldReport } from '../support/sync-told.ts';
import type { StoryDevice } from './story.ts';

export type EngineParts = {
  readonly open: () => Promise<PairContext>;
  readonly drive: <Value>(work: Promise<Value>) => Promise<Value>;
};

const events = { onPlanned: () => undefined, onOpEnd: () => undefined };
const maxYeses = 4;

export function engineVerbs(
  parts: EngineParts,
): Pick<StoryDevice, 'sync' | 'plan' | 'restore' | 'movesOver'> {
  async function withContext<Value>(
    act: (context: PairContext, signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const context = await parts.open();
    try {
      return await parts.drive(act(context, new AbortController().signal));
    } finally {
      await context.close();
    }
  }

  async function once(approvals: ReadonlySet<string>): Promise<ToldReport> {
    return withContext((context, signal) => syncTold(context, approvals, events, signal));
  }

  return {
    async sync({ approve = false, keep = false } = {}) {
      let report = await once(new Set());
      if (keep && report.kind === 'guarded') {
        for (const { id } of report.guards)
          await withContext((context, signal) => answerQuestion(context, { id, answer: 'keep' }, signal));
        report = await once(new Set());
      }
      for (let yes = 0; approve && report.kind === 'guarded' && yes < maxYeses; yes += 1) {
        report = await once(new Set(report.guards.map((guard) => guard.id)));
      }
      return report;
    },
    plan: () =>
      withContext(async (context, signal) => {
        const opened = await openSession(context, new Set(), signal);
        if (opened.kind === 'guard') return [`guard ${opened.guard.kind}`];
        await opened.session.scan({ local: 'full', remote: 'full' }, signal);
        const planned = await opened.session.learn(signal);
        return planned.ops.map((op) => `${op.kind} ${op.path}`).sort();
      }),
    movesOver: () => withContext((context) => Promise.resolve(!announcesDeletes(context.abilities))),
    restore: (path) =>
      withContext(async (context, signal) => {
        const item = context.store.trash().find((one) => one.path === path);
        if (item === undefined) throw new Error(`nothing of ${path} in the trash`);
        const restored = await restoreTrash(context, item.id, signal);
        if (restored.kind !== 'restored') throw new Error(`not restored: ${restored.code}`);
        return restored.path;
      }),
  };
}
