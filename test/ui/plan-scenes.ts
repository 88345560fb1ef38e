// Previews, and a folder before its first sync, for the scenes.
import type { PlanView } from '../../preload/contract.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';

export const plan: PlanView = {
  pairId: 'docs',
  ops: [
    {
      op: 'upload',
      path: 'Projects/Harbour/flyover.mp4',
      from: null,
      reason: 'new-local',
      bytes: 880_000_000,
    },
    { op: 'upload', path: 'Team/handbook.pdf', from: null, reason: 'changed-local', bytes: 1_922_000 },
    { op: 'download', path: 'Letters/Grüße aus Köln.odt', from: null, reason: 'new-remote', bytes: 38_200 },
    {
      op: 'move-remote',
      path: 'Archive/2025/minutes.md',
      from: 'minutes.md',
      reason: 'moved-local',
      bytes: null,
    },
    { op: 'remove-local', path: 'Drafts/old idea.txt', from: null, reason: 'gone-remote', bytes: 1_200 },
    {
      op: 'set-aside',
      path: 'Projects/Harbour/budget.ods',
      from: 'budget (conflict).ods',
      reason: 'both-changed',
      bytes: 88_100,
    },
  ],
  opsTotal: 61,
  counts: {
    uploads: 2,
    downloads: 56,
    moves: 1,
    removesLocal: 1,
    removesRemote: 0,
    conflicts: 1,
    bytesUp: 881_922_000,
    bytesDown: 12_400_000,
  },
  guards: [],
  onlyArrivals: false,
  isIdentical: false,
};

/** Of a folder that was just added, with files of its own. */
export const firstPlan: PlanView = {
  pairId: 'docs',
  ops: [
    { op: 'upload', path: 'Letters/reply.odt', from: null, reason: 'new-local', bytes: 21_300 },
    { op: 'download', path: 'Letters/Grüße aus Köln.odt', from: null, reason: 'new-remote', bytes: 38_200 },
    { op: 'set-aside', path: 'budget.ods', from: 'budget (2).ods', reason: 'both-changed', bytes: 88_100 },
  ],
  opsTotal: 17,
  counts: {
    uploads: 12,
    downloads: 3,
    moves: 0,
    removesLocal: 0,
    removesRemote: 0,
    conflicts: 2,
    bytesUp: 240_000,
    bytesDown: 91_000,
  },
  guards: [],
  onlyArrivals: false,
  isIdentical: false,
};

/** As a folder stands between its connection and its first sync. */
export function added(usual: SnapshotContent): SnapshotContent {
  const none = { files: 0, folders: 0, bytes: 0 };
  const pairs = usual.pairs.map((pair) =>
    pair.id === 'docs' ? ({ ...pair, state: 'paused', lastInSyncAtMs: null, counts: none } as const) : pair,
  );
  return { ...usual, overall: 'paused', activity: [], pairs: pairs.filter(({ id }) => id === 'docs') };
}
