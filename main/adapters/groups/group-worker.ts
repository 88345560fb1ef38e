// The worker thread that transfers small files in groups, and reads and places them.
import { parentPort } from 'node:worker_threads';
import { bytesOf, runSmall } from '../disk/small/run-small.ts';
import { growYoung } from '../limits/heap-bounds.ts';
import { FetchGroups } from './fetch-groups.ts';
import type { GroupRequest } from './protocol.ts';

/** Both halves of the young generation, as far as `maxYoungGenerationSizeMb` lets it grow. */
const youngBytes = 8 * 1024 * 1024;
growYoung(youngBytes);

const groups = new FetchGroups();

async function run(request: GroupRequest): Promise<void> {
  if (!('kind' in request)) {
    const answer = await runSmall(request, (name) => groups.take(name));
    parentPort?.postMessage(answer, bytesOf(answer));
  } else if (request.kind === 'fetch') parentPort?.postMessage(await groups.fetch(request));
  else groups.drop(request.opIds);
}

parentPort?.on('message', (request: GroupRequest) => {
  run(request).catch((error: unknown) => {
    // Nothing more is promised by this thread: its jobs fail, and the next one begins in another.
    throw error;
  });
});
