// Ceilings of the machine: the same trees by programs that keep no journal, sign nothing and compare nothing.
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { measure } from './measured.ts';
import type { Command } from './measured.ts';
import { ceiling } from './summary.ts';
import { fetchAll, forgetRemote, makeTree, sameTrees } from './works.ts';
import type { Bench, Work } from './works.ts';

const shell = (script: string, ...args: readonly string[]): Command => ({
  program: 'sh',
  args: ['-c', script, 'ceiling', ...args],
});

/** Plain HTTP of Node both ways; reading with SHA-256, and a copy that is made durable, without the network. */
export async function benchCeilings(bench: Bench, work: Work): Promise<void> {
  const { place, onRun, rounds } = bench;
  const source = join(place.work, work.tree.name);
  const target = join(place.work, 'target');
  const below = `${work.tree.name}-raw/`;
  const url = `${place.endpoint}/${place.bucket}/${below}`;
  const raw = (verb: 'up' | 'down', folder: string): Command => ({
    program: process.execPath,
    args: [join(import.meta.dirname, 'raw-http.ts'), verb, folder, url],
  });
  mkdirSync(source, { recursive: true });
  makeTree(source, work.tree);
  const runOnce = async (way: string, who: string, command: Command): Promise<void> => {
    await place.delay?.(work.delayMs);
    const cost = await measure(command);
    await place.delay?.(0);
    onRun({ what: `${work.name} ${way}`, who: `${ceiling}: ${who}`, ...cost });
  };
  /** Into an empty folder; throws where the whole tree is not there afterwards. */
  const verified = async (work: () => Promise<void>): Promise<void> => {
    mkdirSync(target);
    await work();
    await sameTrees(source, target);
    await rm(target, { recursive: true });
  };
  for (let round = 0; round < rounds; round += 1) {
    await forgetRemote(place, below, () => true);
    await runOnce('up', 'plain HTTP', raw('up', source));
    await verified(() => fetchAll(place, below, target));
    await runOnce(
      'up',
      'read and SHA-256',
      shell('find "$1" -type f -exec sha256sum {} + > /dev/null', source),
    );
    await verified(() => runOnce('down', 'plain HTTP', raw('down', target)));
    await verified(() =>
      runOnce('down', 'cp and sync', shell('cp -r "$1/." "$2" && sync -f "$2"', source, target)),
    );
  }
  rmSync(source, { recursive: true });
}
