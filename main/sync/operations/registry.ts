// Dispatch of planned operations to their implementations.
import { assertNever } from '../../core/model/errors.ts';
import type { Op } from '../../core/model/model.ts';
import { runDownload } from './download.ts';
import {
  runMakeLocalFolder,
  runMakeRemoteFolder,
  runRemoveLocalFolder,
  runRemoveRemoteFolder,
} from './folders.ts';
import { runHashLocal, runIdentifyRemote } from './identify.ts';
import { runMoveLocal } from './moves/move-local.ts';
import { runMoveRemote } from './moves/move-remote.ts';
import { done } from './journal.ts';
import type { OpHow, OpOutcome } from './journal.ts';
import { runForget, runRemoveLocal, runRemoveRemote } from './remove.ts';
import { runRenameConflict } from './rename-conflict.ts';
import { runUpload } from './upload.ts';
import type { PairContext } from '../context.ts';

export function runOp(context: PairContext, op: Op, how: OpHow): Promise<OpOutcome> {
  const { signal } = how;
  switch (op.kind) {
    case 'adopt':
      return context.commit([{ kind: 'base', path: op.path, cell: op.base }]).then(() => done);
    case 'forget':
      return runForget(context, op, signal);
    case 'hash-local':
      return runHashLocal(context, op, signal);
    case 'identify-remote':
      return runIdentifyRemote(context, op, signal);
    case 'upload':
      return runUpload(context, op, signal);
    case 'download':
      return runDownload(context, op, how);
    case 'make-local-folder':
      return runMakeLocalFolder(context, op);
    case 'make-remote-folder':
      return runMakeRemoteFolder(context, op, signal);
    case 'remove-local':
      return runRemoveLocal(context, op, signal);
    case 'remove-remote':
      return runRemoveRemote(context, op, signal);
    case 'remove-local-folder':
      return runRemoveLocalFolder(context, op, signal);
    case 'remove-remote-folder':
      return runRemoveRemoteFolder(context, op, signal);
    case 'move-local':
      return runMoveLocal(context, op, signal);
    case 'move-remote':
      return runMoveRemote(context, op, signal);
    case 'set-aside':
      return runRenameConflict(context, op);
    default:
      return assertNever(op);
  }
}

/** True for operations with a visible effect; the others only read. */
export function isMutation(op: Op): boolean {
  return (
    op.kind !== 'adopt' && op.kind !== 'forget' && op.kind !== 'hash-local' && op.kind !== 'identify-remote'
  );
}
