// Ordered hashes made on the calling thread.
import { ReusedBuffers } from '../core/bytes/reused-buffers.ts';
import type { OrderedHasher } from '../ports/local-files.port.ts';
import type { PairContext } from './context.ts';

/** In another thread where the context has one for it. */
export function openHasher(context: Pick<PairContext, 'openHasher' | 'makeHasher'>): OrderedHasher {
  return context.openHasher?.() ?? hashHere(context.makeHasher());
}

export function hashHere(hasher: ReturnType<PairContext['makeHasher']>): OrderedHasher {
  const buffers = new ReusedBuffers<ArrayBufferLike>((bytes) => new ArrayBuffer(bytes));
  return {
    take: (lengthBytes) => Promise.resolve(new Uint8Array(buffers.take(lengthBytes), 0, lengthBytes)),
    giveBack: ({ buffer }) => {
      buffers.giveBack(buffer);
    },
    update: (bytes) => {
      hasher.update(bytes);
      return Promise.resolve(hasher.peekHex());
    },
    end: () => undefined,
  };
}
