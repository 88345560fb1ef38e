// A scripted backend for the page's tests and screenshots: holds a snapshot, records what was asked, and changes as it is told.
import type {
  Backend,
  BackendEvent,
  CommandName,
  Commands,
  PlanView,
  Result,
  TrashEntryView,
} from '../../preload/contract.ts';
import { createPublisher } from '../../preload/snapshot-events.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';

export type Call = { readonly name: CommandName; readonly input: unknown };

export type ScriptedBackend = Backend & {
  readonly calls: readonly Call[];
  /** Makes it differ from what it is, and announces the difference. */
  change(edit: (now: SnapshotContent) => SnapshotContent): void;
  /** Announces an event past the publisher: for gaps and repeats. */
  say(event: BackendEvent): void;
  /** The next call of that name fails with this code. */
  failNext(name: CommandName, code: string): void;
  snapshotsTaken(): number;
};

export type Answers = { readonly plan?: PlanView; readonly trash?: readonly TrashEntryView[] };

const emptyPlan: PlanView = {
  pairId: 'docs',
  ops: [],
  opsTotal: 0,
  counts: {
    uploads: 0,
    downloads: 0,
    moves: 0,
    removesLocal: 0,
    removesRemote: 0,
    conflicts: 0,
    bytesUp: 0,
    bytesDown: 0,
  },
  guards: [],
};

export function createScriptedBackend(initial: SnapshotContent, answers: Answers = {}): ScriptedBackend {
  const publisher = createPublisher(initial);
  const listeners = new Set<(event: BackendEvent) => void>();
  const calls: Call[] = [];
  const failures = new Map<CommandName, string>();
  let snapshots = 0;

  function answering<V>(name: CommandName, value: V): (input: unknown) => Promise<Result<V>> {
    return (input) => {
      calls.push({ name, input });
      const code = failures.get(name);
      failures.delete(name);
      return Promise.resolve(
        code === undefined ? { ok: true, value } : { ok: false, error: { code, fields: {} } },
      );
    };
  }

  const commands: Commands = {
    signIn: answering('signIn', null),
    cancelSignIn: answering('cancelSignIn', null),
    signOut: answering('signOut', null),
    pause: answering('pause', null),
    resume: answering('resume', null),
    syncNow: answering('syncNow', null),
    checkNow: answering('checkNow', null),
    plan: answering('plan', answers.plan ?? emptyPlan),
    approveGuard: answering('approveGuard', null),
    declineGuard: answering('declineGuard', null),
    revealFolder: answering('revealFolder', null),
    listTrash: answering('listTrash', answers.trash ?? []),
    restoreTrash: answering('restoreTrash', null),
  };

  return {
    calls,
    commands,
    snapshot() {
      snapshots += 1;
      return publisher.snapshot();
    },
    subscribe(listener) {
      listeners.add(listener);
      const unsubscribe = publisher.subscribe(listener);
      return () => {
        listeners.delete(listener);
        unsubscribe();
      };
    },
    change: (edit) => {
      publisher.publish(edit(publisher.snapshot()));
    },
    say: (event) => {
      for (const listener of listeners) listener(event);
    },
    failNext: (name, code) => void failures.set(name, code),
    snapshotsTaken: () => snapshots,
  };
}
