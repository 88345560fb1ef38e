// The worker thread for small files: whole groups of them with synchronous calls, which cost a tenth of promises.
import { parentPort } from 'node:worker_threads';
import type { SmallRequest } from './protocol.ts';
import { bytesOf, runSmall } from './run-small.ts';
import type { Holding } from './run-small.ts';

/** Nothing asks this thread to keep anything. */
const nothing: Holding = { take: () => null, keep: () => undefined };

async function run(request: SmallRequest): Promise<void> {
  const answer = await runSmall(request, nothing);
  parentPort?.postMessage(answer, bytesOf(answer));
}

parentPort?.on('message', (request: SmallRequest) => {
  run(request).catch((error: unknown) => {
    // Nothing more is promised by this thread: its jobs fail, and the next one begins in another.
    throw error;
  });
});
