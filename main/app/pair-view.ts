// View model of a pair: labels, states, counts; never a usable path.
import type { PairConfig } from '../core/config/config.ts';
import type { Op } from '../core/model/model.ts';
import type { Guard } from '../core/plan/types.ts';
import { pairState } from '../core/status.ts';
import type { ActivityItem, PairStore, Problem, TreeCounts } from '../ports/sync-state.port.ts';
import type { PairEngineFacts } from '../sync/runner/pair-status.ts';
import { answersTo } from '../sync/session/questions.ts';
import { LIMITS } from '../../preload/contract.ts';
import type { ActivityView, GuardView, PairView, PlanView, ProblemView } from '../../preload/contract.ts';

export type PairFactsForView = {
  readonly config: PairConfig;
  readonly remoteLabel: string;
  readonly isSignedIn: boolean;
  readonly facts: PairEngineFacts;
  readonly counts: TreeCounts;
  readonly lastInSyncAtMs: number | null;
  readonly problemCount: number;
};

const noSign = new Set(['needs-sign-in', 'sign-in-cancelled']);

export function viewOfPair(input: PairFactsForView): PairView {
  const { config, facts } = input;
  const { trouble } = facts;
  const isOffline =
    trouble !== null &&
    trouble.error.retry === 'backoff' &&
    trouble.error.scope !== 'pair' &&
    // Something answers; a captive portal may require a login.
    trouble.error.code !== 'tls-untrusted';
  const isForPerson = trouble !== null && !isOffline && !noSign.has(trouble.error.code);
  return {
    id: config.id,
    accountId: config.account,
    folderLabel: config.folder,
    remoteLabel: input.remoteLabel,
    mode: config.mode,
    state: pairState({
      isSignedIn: input.isSignedIn && (trouble === null || !noSign.has(trouble.error.code)),
      isReachable: !isOffline,
      isPaused: facts.isPaused,
      isPausing: facts.phase === 'pausing',
      guards: facts.guards.length,
      problemsForPerson: isForPerson ? 1 : 0,
      activity: facts.activity,
    }),
    progress: facts.progress,
    transfers: facts.transfers.slice(0, LIMITS.transfers).map((transfer) => ({
      path: transfer.path,
      direction: transfer.direction,
      bytesDone: transfer.bytesDone,
      bytesTotal: transfer.bytesTotal,
    })),
    counts: input.counts,
    lastInSyncAtMs: input.lastInSyncAtMs,
    standing:
      trouble === null
        ? null
        : { code: trouble.error.code, sinceMs: trouble.sinceMs, retryAtMs: trouble.retryAtMs },
    guards: facts.guards.slice(0, LIMITS.guards).map(viewOfGuard),
    notices: [
      ...facts.notices.map((code) => ({ code, fields: {} })),
      ...(trouble === null ? [] : [{ code: trouble.error.code, fields: trouble.error.fields }]),
    ].slice(0, LIMITS.notices),
    problemCount: input.problemCount,
  };
}

export function viewOfGuard(guard: Guard): GuardView {
  return {
    id: guard.id,
    kind: guard.kind,
    direction: guard.kind.endsWith('-remote') ? 'remote' : 'local',
    counts: guard.counts,
    answers: answersTo(guard.kind),
    examples: guard.examples.slice(0, LIMITS.examples),
  };
}

export function activityViews(pairId: string, items: readonly ActivityItem[]): readonly ActivityView[] {
  return items.map((item) => ({
    id: `${pairId}-${String(item.id)}`,
    atMs: item.atMs,
    pairId,
    kind: item.kind,
    path: item.path,
    from: item.from,
    bytes: item.bytes,
  }));
}

export function storedProblems(pairId: string, problems: readonly Problem[]): readonly ProblemView[] {
  return problems.map((problem) => ({
    pairId,
    path: problem.path,
    code: problem.code,
    fields: problem.fields,
    sinceMs: problem.sinceMs,
    retryAtMs: problem.retryAtMs,
  }));
}

export function problemsOf(pairId: string, store: PairStore, facts: PairEngineFacts): readonly ProblemView[] {
  const stored = storedProblems(pairId, store.problems());
  const planned = facts.planProblems.map((problem) => ({
    pairId,
    path: problem.path,
    code: problem.code,
    fields: problem.fields,
    sinceMs: 0,
    retryAtMs: null,
  }));
  return [...stored, ...planned];
}

/** Dry run for page and CLI, without operations that only read. */
export function viewOfPlan(pairId: string, ops: readonly Op[], guards: readonly Guard[]): PlanView {
  const shown = ops.filter(
    (op) => op.kind !== 'hash-local' && op.kind !== 'identify-remote' && op.kind !== 'forget',
  );
  const count = (...kinds: readonly Op['kind'][]): number =>
    shown.filter((op) => kinds.includes(op.kind)).length;
  const bytes = (kind: Op['kind']): number =>
    shown.reduce((sum, op) => (op.kind === kind && 'sizeBytes' in op ? sum + op.sizeBytes : sum), 0);
  return {
    pairId,
    ops: shown.slice(0, LIMITS.planOps).map((op) => ({
      op: op.kind,
      path: op.path,
      from: 'from' in op ? op.from : 'to' in op ? op.to : null,
      reason: op.reason,
      bytes: 'sizeBytes' in op ? op.sizeBytes : null,
    })),
    opsTotal: shown.length,
    counts: {
      uploads: count('upload'),
      downloads: count('download'),
      moves: count('move-local', 'move-remote'),
      removesLocal: count('remove-local', 'remove-local-folder'),
      removesRemote: count('remove-remote', 'remove-remote-folder'),
      conflicts: count('set-aside'),
      bytesUp: bytes('upload'),
      bytesDown: bytes('download'),
    },
    guards: guards.slice(0, LIMITS.guards).map(viewOfGuard),
  };
}
