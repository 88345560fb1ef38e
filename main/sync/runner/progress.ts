// Execution progress of plans: files and bytes done, rate, time left, current transfers.
import type { Op } from '../../core/model/model.ts';
import type { TransferProgress } from '../context.ts';

const maxShown = 8;
/** Half-life of the rate: long enough to be steady, short enough to be current. */
const rateHalfLifeMs = 3000;

export type ProgressFacts = {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
};

export type Progress = {
  /** Adds a new plan to what still runs of earlier ones. */
  begin(ops: readonly Op[], running?: readonly Op[]): void;
  /** Adds a few operations that run ahead of the plan. */
  add(ops: readonly Op[]): void;
  onTransfer(transfer: TransferProgress): void;
  onEnd(op: Op): void;
  end(): void;
  status(): ProgressFacts | null;
  transfers(): readonly TransferProgress[];
};

export function makeProgress(monotonicMs: () => number): Progress {
  let totals: { files: number; bytes: number } | null = null;
  let files = 0;
  let finishedBytes = 0;
  let rate = 0;
  let lastMs = 0;
  const moving = new Map<string, TransferProgress>();

  function noteBytes(bytes: number): void {
    if (bytes <= 0) return;
    const now = monotonicMs();
    const elapsedMs = Math.max(1, now - lastMs);
    lastMs = now;
    const weight = 1 - 0.5 ** (elapsedMs / rateHalfLifeMs);
    rate += weight * ((bytes * 1000) / elapsedMs - rate);
  }

  return {
    begin(ops, running = []) {
      const left = totalsOf([...ops, ...running]);
      if (totals === null) {
        files = 0;
        finishedBytes = 0;
        lastMs = monotonicMs();
        moving.clear();
      }
      totals = { files: files + left.files, bytes: finishedBytes + left.bytes };
    },
    add(ops) {
      const more = totalsOf(ops);
      totals = { files: (totals?.files ?? files) + more.files, bytes: (totals?.bytes ?? 0) + more.bytes };
    },
    onTransfer(transfer) {
      const before = moving.get(transfer.path)?.bytesDone ?? 0;
      noteBytes(transfer.bytesDone - before);
      if (transfer.isOver) moving.delete(transfer.path);
      else moving.set(transfer.path, transfer);
    },
    onEnd(op) {
      moving.delete(op.path);
      if (!isTransfer(op)) return;
      files += 1;
      finishedBytes += op.sizeBytes;
    },
    end() {
      totals = null;
      rate = 0;
      moving.clear();
    },
    status() {
      if (totals === null) return null;
      let bytesDone = finishedBytes;
      for (const one of moving.values()) bytesDone += one.bytesDone;
      const left = Math.max(0, totals.bytes - bytesDone);
      return {
        filesDone: files,
        filesTotal: totals.files,
        bytesDone: Math.min(bytesDone, totals.bytes),
        bytesTotal: totals.bytes,
        bytesPerSecond: Math.round(rate),
        secondsLeft: rate > 1 && left > 0 ? Math.ceil(left / rate) : null,
      };
    },
    transfers: () => [...moving.values()].slice(0, maxShown),
  };
}

function totalsOf(ops: readonly Op[]): { readonly files: number; readonly bytes: number } {
  const counted = ops.filter(isTransfer);
  return { files: counted.length, bytes: counted.reduce((sum, op) => sum + op.sizeBytes, 0) };
}

function isTransfer(op: Op): op is Extract<Op, { kind: 'upload' | 'download' }> {
  return op.kind === 'upload' || op.kind === 'download';
}
