// The worker thread that transfers small files in groups, and reads and places them.
import { parentPort } from 'node:worker_threads';
import { bytesOf, runSmall } from '../disk/small/run-small.ts';
import type { Holding } from '../disk/small/run-small.ts';
import { Feeds } from '../disk/worker/feeds.ts';
import { postListings } from '../disk/worker/post-listings.ts';
import { collectAfterWidth, growYoung } from '../system/heap-bounds.ts';
import { FetchGroups } from './fetch-groups.ts';
import { Lines } from './lines.ts';
import type { GroupRequest } from './protocol.ts';
import { SendGroups } from './send-groups.ts';

/** Both halves of the young generation, as far as `maxYoungGenerationSizeMb` lets it grow. */
const youngBytes = 8 * 1024 * 1024;
growYoung(youngBytes);
collectAfterWidth(youngBytes);

const lines = new Lines();
const fetches = new FetchGroups(lines);
const sends = new SendGroups(lines);
const feeds = new Feeds((fed) => parentPort?.postMessage(fed));
const holding: Holding = {
  take: (name) => fetches.take(name),
  keep: (name, file, read) => {
    sends.keep(name, { ...read, file });
  },
};

async function run(request: GroupRequest): Promise<void> {
  if (!('kind' in request)) {
    const answer = await runSmall(request, holding);
    parentPort?.postMessage(answer, bytesOf(answer));
  } else if (request.kind === 'list')
    postListings(request, (reply, transfer) => parentPort?.postMessage(reply, transfer));
  else if (request.kind === 'fetch') parentPort?.postMessage(await fetches.fetch(request));
  else if (request.kind === 'send') parentPort?.postMessage(await sends.send(request));
  else if (request.kind !== 'drop') feeds.run(request);
  else for (const groups of [fetches, sends]) groups.drop(request.opIds);
}

parentPort?.on('message', (request: GroupRequest) => {
  run(request).catch((error: unknown) => {
    // Nothing more is promised by this thread: its jobs fail, and the next one begins in another.
    throw error;
  });
});
