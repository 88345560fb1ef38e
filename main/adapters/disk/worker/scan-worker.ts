// The worker thread that lists directories and hashes files: synchronous calls are three times faster than promises, and belong here.
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../system/errno.ts';
import { digestPart, hashFile } from './hash.ts';
import { listDirectories } from './listing.ts';
import type { PackedListing, WalkReply, WalkRequest } from './protocol.ts';

/** A message is sent when it holds this many entries: one for each small directory would cost more than reading it. */
const entriesPerMessage = 4000;

function post(reply: WalkReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transfer);
}

function postListings(id: number, listings: readonly PackedListing[], isLast: boolean): void {
  const transfer: ArrayBuffer[] = [];
  for (const listing of listings) {
    if (listing.kind === 'listed') transfer.push(listing.codes.buffer, listing.numbers.buffer);
  }
  post({ kind: 'listings', id, listings, isLast }, transfer);
}

function listAll({ id, root, dirs }: Extract<WalkRequest, { kind: 'list' }>): void {
  let listings: PackedListing[] = [];
  let entries = 0;
  for (const listing of listDirectories(root, dirs)) {
    listings.push(listing);
    entries += listing.kind === 'listed' ? listing.codes.length + 10 : 10;
    if (entries < entriesPerMessage) continue;
    postListings(id, listings, false);
    listings = [];
    entries = 0;
  }
  postListings(id, listings, true);
}

parentPort?.on('message', (request: WalkRequest) => {
  try {
    if (request.kind === 'list') listAll(request);
    else if (request.kind === 'hash') post({ kind: 'hash', id: request.id, reply: hashFile(request) });
    else post({ kind: 'digest', id: request.id, digest: digestPart(request) });
  } catch (error) {
    post({ kind: 'crashed', id: request.id, message: messageOf(error) });
  }
});
