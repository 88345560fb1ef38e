// chokidar that watches directories only: their watches report every change of the files in them, so no file is ever looked at.
import type { Stats } from 'node:fs';
import { lstatSync } from 'node:fs';
import { FSWatcher } from 'chokidar';

type ScanStream = ReturnType<FSWatcher['createScanStream']>;
type ScanOptions = NonNullable<Parameters<FSWatcher['createScanStream']>[1]>;
type ScanFilter = (entry: { readonly fullPath: string; stats?: Stats }) => boolean;

function isScanFilter(filter: unknown): filter is ScanFilter {
  return typeof filter === 'function';
}

/**
 * chokidar stats every file of the tree when it starts (two thirds of its time and 300 MB of garbage for 100,000 files), only to drop those
 * that `ignored` names. Here its directory reads pass directories alone, told apart by the type that comes with the name.
 * `createScanStream` is marked internal: chokidar is pinned to one exact version, and `test/integration/chokidar-events.test.ts` fails if this
 * stops holding.
 */
export class DirectoryWatcher extends FSWatcher {
  override createScanStream(root: string, options: ScanOptions = {}): ScanStream {
    const { directoryFilter } = options;
    const passes: ScanFilter = isScanFilter(directoryFilter) ? directoryFilter : () => true;
    return super.createScanStream(root, {
      ...options,
      type: 'directories',
      alwaysStat: false,
      fileFilter: () => false,
      directoryFilter: (entry) => {
        // What is left out, as a share that may never answer, is not looked at.
        if (!passes(entry)) return false;
        const stats = lstatSync(entry.fullPath, { throwIfNoEntry: false });
        if (stats === undefined) return false;
        // The engine behind the stream reads `stats`, which is there only when every file was looked at.
        entry.stats = stats;
        return passes({ ...entry, stats });
      },
    });
  }
}
