// Operations as scripts see them: one shape for what was done and for what would be.
import type { Op } from '../core/model/model.ts';

/** Every kind there is, for reading what another process printed. */
export const opKinds = [
  'adopt',
  'download',
  'forget',
  'hash-local',
  'identify-remote',
  'make-local-folder',
  'make-remote-folder',
  'move-local',
  'move-remote',
  'remove-local',
  'remove-local-folder',
  'remove-remote',
  'remove-remote-folder',
  'set-aside',
  'upload',
] as const satisfies readonly Op['kind'][];

export type OpLine = {
  readonly op: Op['kind'];
  readonly path: string;
  readonly from?: string;
  readonly reason: string;
  readonly bytes: number;
};

export function lineOfOp(op: Op): OpLine {
  const from = 'from' in op ? op.from : 'to' in op ? op.to : null;
  return {
    op: op.kind,
    path: op.path,
    ...(from === null ? {} : { from }),
    reason: op.reason,
    bytes: 'sizeBytes' in op ? op.sizeBytes : 0,
  };
}

export function countOps(ops: readonly OpLine[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { op } of ops) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}
