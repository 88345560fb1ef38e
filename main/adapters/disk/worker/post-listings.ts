// Lists directories in a worker thread and sends what it finds in a few messages.
import { messageOf } from '../../system/errno.ts';
import { listDirectories } from './listing.ts';
import type { ListReply, ListRequest, PackedListing } from './protocol.ts';

/** A message is sent when it holds this many entries: one for each small directory would cost more than reading it. */
const entriesPerMessage = 4000;

export type PostListings = (reply: ListReply, transfer: readonly ArrayBuffer[]) => void;

function memoryOf(listings: readonly PackedListing[]): readonly ArrayBuffer[] {
  return listings.flatMap((listing) =>
    listing.kind === 'listed' ? [listing.codes.buffer, listing.numbers.buffer] : [],
  );
}

/** The last message says so, or that the listing failed. */
export function postListings({ id, root, dirs }: ListRequest, post: PostListings): void {
  let listings: PackedListing[] = [];
  let entries = 0;
  const send = (isLast: boolean): void => {
    post({ kind: 'listings', id, listings, isLast }, memoryOf(listings));
    listings = [];
    entries = 0;
  };
  try {
    for (const listing of listDirectories(root, dirs)) {
      listings.push(listing);
      entries += listing.kind === 'listed' ? listing.codes.length + 10 : 10;
      if (entries >= entriesPerMessage) send(false);
    }
    send(true);
  } catch (error) {
    post({ kind: 'crashed', id, message: messageOf(error) }, []);
  }
}
