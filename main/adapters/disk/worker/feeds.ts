// Hashes of bytes that come piece by piece, on the thread that makes them.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Fed, FeedRequest } from './protocol.ts';

export class Feeds {
  readonly #hashes = new Map<number, Hash>();
  readonly #post: (fed: Fed) => void;

  constructor(post: (fed: Fed) => void) {
    this.#post = post;
  }

  /** Throws for a hash that began in an earlier thread. */
  run(request: FeedRequest): void {
    const { kind, id } = request;
    switch (kind) {
      case 'begin-feed':
        this.#hashes.set(id, createHash('sha256'));
        break;
      case 'end-feed':
        this.#hashes.delete(id);
        break;
      case 'feed': {
        const hash = this.#hashes.get(id);
        if (hash === undefined) throw new Error('no hash has begun here');
        hash.update(request.bytes);
        this.#post({ kind: 'fed', id, sha256: hash.copy().digest('hex') });
      }
    }
  }
}
