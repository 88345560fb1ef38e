// Program of a test: watches a folder whose rights are given later, and says whether what is made in it then is reported.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChokidarWatcher } from '../../main/adapters/watch/chokidar.ts';

const [root = '', when = ''] = process.argv.slice(2);
const folder = join(root, 'closed');
const paths = new Set<string>();
let isFound = false;

async function until(isSeen: () => boolean): Promise<void> {
  for (let tries = 0; !isSeen(); tries += 1) {
    if (tries === 1500) throw new Error('an event did not come within 30 s');
    await sleep(20);
  }
}

if (when === 'before') {
  mkdirSync(join(folder, 'inner'), { recursive: true });
  chmodSync(folder, 0);
}
const watcher = new ChokidarWatcher(root);
await watcher.start(
  (events) => {
    for (const event of events) {
      if ('path' in event) paths.add(event.path);
      // Such a folder changes the watches of the whole tree, which is then listed again with it.
      isFound ||= event.kind === 'overflow' && (event.path === 'closed' || event.path === '');
    }
  },
  () => false,
  new AbortController().signal,
);
if (when === 'after') {
  isFound = false;
  mkdirSync(folder, { mode: 0 });
  await until(() => isFound);
}
// So that all before it has been reported.
writeFileSync(join(root, 'first'), 'x');
await until(() => paths.has('first'));
paths.clear();
chmodSync(folder, 0o700);
await until(() => paths.has('closed'));
mkdirSync(join(folder, 'inner'), { recursive: true });
let size = 0;
await until(() => {
  size += 1;
  for (const path of ['file', 'inner/file']) writeFileSync(join(folder, path), 'x'.repeat(size));
  return paths.has('closed/file') && paths.has('closed/inner/file');
});
process.stdout.write(JSON.stringify([...paths].sort()));
await watcher.stop();
