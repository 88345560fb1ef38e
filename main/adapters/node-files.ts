// The local side of one pair on a real disk: joins reads, changes and the pair's own folder over one root.
import type { LocalChanges, LocalFiles, LocalRoom } from '../ports/local-files.port.ts';
import { NodeChanges } from './node-files-changes.ts';
import { NodeReads } from './node-files-reads.ts';
import { DirectorySync, NodeRoom } from './node-files-room.ts';
import { Volume } from './node-files-volume.ts';
import { WalkPool } from './walk-pool.ts';

export type NodeFilesOptions = {
  /** Absolute path of the pair's folder. It may itself be a link that the person chose; nothing below it is followed. */
  readonly root: string;
  /** For the date in trash names only. */
  readonly nowMs: () => number;
  /** False tries the way of volumes without hard links; tests use it. */
  readonly supportsLinks?: boolean;
};

export type NodeFiles = {
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  readonly room: LocalRoom;
  /** Ends the worker threads. */
  close(): Promise<void>;
};

export function openNodeFiles({ root, nowMs, supportsLinks = true }: NodeFilesOptions): NodeFiles {
  const pool = new WalkPool();
  const volume = new Volume(root);
  const directories = new DirectorySync();
  const reads = new NodeReads(root, volume, pool);
  const changes = new NodeChanges({
    root,
    directories,
    nowMs,
    supportsLinks,
    hashAt: (file, signal) => reads.hashAt(file, signal),
    reads,
    volume,
  });
  return {
    files: reads,
    changes,
    room: new NodeRoom(root, directories, () => volume.learn()),
    close: () => pool.close(),
  };
}
