// The worker thread that lists directories and hashes files: synchronous calls are three times faster than promises, and belong here.
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../system/errno.ts';
import { Feeds } from './feeds.ts';
import { digestPart, hashFile } from './hash.ts';
import { postListings } from './post-listings.ts';
import type { WalkReply, WalkRequest } from './protocol.ts';

function post(reply: WalkReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transfer);
}

const feeds = new Feeds(post);

function run(request: WalkRequest): void {
  if (request.kind === 'list') postListings(request, post);
  else if (request.kind === 'hash') post({ kind: 'hash', id: request.id, reply: hashFile(request) });
  else if (request.kind !== 'digest') feeds.run(request);
  else post({ kind: 'digest', id: request.id, digest: digestPart(request) });
}

parentPort?.on('message', (request: WalkRequest) => {
  try {
    run(request);
  } catch (error) {
    post({ kind: 'crashed', id: request.id, message: messageOf(error) });
  }
});
