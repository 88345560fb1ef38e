// View model of a pair: labels, states, counts; never a usable path.
import type { PairConfig } from '../core/config/config.ts';
import type { Op } from '../core/model/model.ts';
import type { Guard } from '../core/plan/types.ts';
import { sortProblems } from '../core/problem-rows.ts';
import type { ProblemRow, SortedProblems } from '../core/problem-rows.ts';
import { isUnsigned, pairState } from '../core/status.ts';
import type { AccountState } from '../core/status.ts';
import type { ActivityItem, Problem, TreeCounts } from '../ports/sync-state.port.ts';
import type { PairStatus } from '../sync/runner/pair-status.ts';
import { answersTo } from '../sync/session/questions.ts';
import { digestOf } from './files/item-names.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import type { ActivityView, GuardView, PairView, PlanView, ProblemView } from '../../preload/contract.ts';

export type PairStatusForView = {
  readonly config: PairConfig;
  readonly remoteLabel: string;
  readonly isSignedIn: boolean;
  readonly accountState: AccountState;
  readonly status: PairStatus;
  readonly counts: TreeCounts;
  readonly lastInSyncAtMs: number | null;
  readonly problems: SortedProblems;
  /** All that are open. */
  readonly conflicts: number;
};

const noSign = new Set(['needs-sign-in', 'sign-in-cancelled']);

export function viewOfPair(input: PairStatusForView): PairView {
  const { config, status } = input;
  const { failure } = status;
  const isOffline = isOfflineBy(failure);
  const isStopped = failure !== null && !isOffline && !noSign.has(failure.error.code);
  // As on the account's card: only a sign-in that was lost has an end worth a line.
  const isShown = failure?.error.code !== 'needs-sign-in' || !isUnsigned(input.accountState);
  const shown = isShown ? failure : null;
  const { isFull, leftAlone, rows } = input.problems;
  const waiting = isOffline ? Math.max(failure?.waiting ?? 0, input.problems.waiting) : 0;
  return {
    id: config.id,
    accountId: config.account,
    folderLabel: config.folder,
    remoteLabel: input.remoteLabel,
    mode: config.mode,
    state: pairState({
      isSignedIn: input.isSignedIn && (failure === null || !noSign.has(failure.error.code)),
      isReachable: !isOffline,
      isPaused: status.isPaused,
      isPausing: status.phase === 'pausing',
      guards: status.guards.length,
      isStopped: isStopped || isFull,
      problems: rows.length,
      activity: status.activity,
    }),
    ...(status.isPaused && status.pausedUntilMs !== null ? { pausedUntilMs: status.pausedUntilMs } : {}),
    ...(status.pausedBy === null ? {} : { pausedBy: status.pausedBy }),
    progress: status.progress,
    transfers: status.transfers.slice(0, LIMITS.transfers).map((transfer) => ({
      path: transfer.path,
      direction: transfer.direction,
      bytesDone: transfer.bytesDone,
      bytesTotal: transfer.bytesTotal,
    })),
    counts: input.counts,
    lastInSyncAtMs: input.lastInSyncAtMs,
    standing:
      shown === null ? null : { code: shown.error.code, sinceMs: shown.sinceMs, retryAtMs: shown.retryAtMs },
    guards: status.guards.slice(0, LIMITS.guards).map(viewOfGuard),
    notices: [
      ...status.notices.map((code) => ({ code, fields: {} })),
      ...(shown === null ? [] : [{ code: shown.error.code, fields: shown.error.fields }]),
      ...(waiting > 0 ? [{ code: 'offline-waiting', fields: { count: waiting } }] : []),
      ...leftAlone.map(({ code, count }) => ({ code, fields: { count } })),
    ].slice(0, LIMITS.notices),
    problemCount: rows.length,
    conflictCount: input.conflicts,
  };
}

export function isOfflineBy(failure: PairStatus['failure']): boolean {
  return (
    failure !== null &&
    failure.error.retry === 'backoff' &&
    failure.error.scope !== 'pair' &&
    // Something answers; a captive portal may require a login.
    failure.error.code !== 'tls-untrusted'
  );
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

/** Stored and planned problems of a pair as they are shown. Those of the latest plan are not stored. */
export function problemsOf(
  stored: readonly Problem[],
  { planProblems, failure }: Pick<PairStatus, 'planProblems' | 'failure'>,
): SortedProblems {
  const planned = planProblems.map((problem): ProblemRow => ({ ...problem, retryAtMs: null }));
  return sortProblems([...stored, ...planned], isOfflineBy(failure));
}

export function problemViews(pairId: string, rows: readonly ProblemRow[]): readonly ProblemView[] {
  return rows.map((row) => problemView(pairId, row));
}

export function problemView(
  pairId: string,
  { path, code, fields, sinceMs, retryAtMs }: ProblemRow,
): ProblemView {
  return { id: problemIdOf(pairId, { path, code }), pairId, path, code, fields, sinceMs, retryAtMs };
}

/** Id by which the page names it: the same while the file has this problem. */
export function problemIdOf(pairId: string, { path, code }: Pick<ProblemRow, 'path' | 'code'>): string {
  return digestOf(pairId, `${code} ${path ?? ''}`);
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
    // Of all steps: one that only reads shows that something is in the folder already.
    onlyArrivals:
      guards.length === 0 && ops.every(({ kind }) => kind === 'download' || kind === 'make-local-folder'),
    isIdentical: guards.length === 0 && ops.every(({ kind }) => kind === 'adopt'),
  };
}
