// Prints how fast a tree is scanned, watched and recorded, and the memory it takes: `node test/bench/scan.ts [files]`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChokidarWatcher } from '../../main/adapters/watch/chokidar.ts';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalFiles, ScannedEntry } from '../../main/ports/local-files.port.ts';

const signal = new AbortController().signal;

function makeTree(root: string, files: number, folders: number): void {
  for (let folder = 0; folder < folders; folder++) mkdirSync(join(root, `dir${folder}`));
  for (let file = 0; file < files; file++)
    writeFileSync(join(root, `dir${file % folders}`, `file${file}`), '');
}

async function scan(
  files: LocalFiles,
  onEntries: (entries: readonly ScannedEntry[]) => void,
): Promise<number> {
  let seen = 0;
  for (let dirs: readonly RelPath[] = [relPath('')]; dirs.length > 0;) {
    const next: RelPath[] = [];
    for await (const listing of files.list(dirs, signal)) {
      if (listing.kind !== 'listed') throw new Error(`${listing.kind}: ${listing.dir}`);
      seen += listing.entries.length;
      onEntries(listing.entries);
      for (const { path, cell } of listing.entries) {
        if (cell.state === 'present' && cell.kind === 'folder') next.push(path);
      }
    }
    dirs = next;
  }
  return seen;
}

/** One figure a line; the peak is of the whole process so far. */
async function measure(name: string, work: () => Promise<number>): Promise<void> {
  const start = performance.now();
  const count = await work();
  const ms = performance.now() - start;
  const { maxRSS } = process.resourceUsage();
  const rate = Math.round((count / ms) * 1000);
  console.log(
    JSON.stringify({
      name,
      count,
      ms: Math.round(ms),
      perSecond: rate,
      peakRssMb: Math.round(maxRSS / 1024),
    }),
  );
}

async function main(files: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'driftless-bench-'));
  const home = mkdtempSync(join(tmpdir(), 'driftless-bench-home-'));
  const local = openNodeFiles({ root, nowMs: () => Date.now() });
  const store = openSqliteState({ file: join(home, 'pair.db') });
  const hints = new ChokidarWatcher(root);
  try {
    makeTree(root, files, Math.max(1, Math.round(files / 100)));
    await measure('scan', () => scan(local.files, () => undefined));
    await measure('scan again', () => scan(local.files, () => undefined));
    const record = (entries: readonly ScannedEntry[]): void => {
      store.record(entries.map(({ path, cell }) => ({ kind: 'local', path, cell })));
    };
    await measure('scan and record, a commit for each directory', () => scan(local.files, record));
    await measure('scan and record, nothing changed', () => scan(local.files, record));
    await measure('watch', async () => {
      await hints.start(
        () => undefined,
        () => false,
        signal,
      );
      return files;
    });
  } finally {
    await hints.stop();
    await local.close();
    store.close();
    rmSync(root, { recursive: true });
    rmSync(home, { recursive: true });
  }
}

await main(Number(process.argv[2] ?? 100_000));
