// Ordered hashes made on the calling thread.
import type { OrderedHasher } from '../ports/local-files.port.ts';
import type { PairContext } from './context.ts';

/** In another thread where the context has one for it. */
export function openHasher(context: Pick<PairContext, 'openHasher' | 'makeHasher'>): OrderedHasher {
  return context.openHasher?.() ?? hashHere(context.makeHasher());
}

export function hashHere(hasher: ReturnType<PairContext['makeHasher']>): OrderedHasher {
  const free: ArrayBufferLike[] = [];
  return {
    take: (lengthBytes) => {
      const at = free.findIndex((one) => one.byteLength >= lengthBytes);
      const [known] = at < 0 ? [] : free.splice(at, 1);
      return Promise.resolve(new Uint8Array(known ?? new ArrayBuffer(lengthBytes), 0, lengthBytes));
    },
    giveBack: ({ buffer }) => {
      free.push(buffer);
    },
    update: (bytes) => {
      hasher.update(bytes);
      return Promise.resolve(hasher.peekHex());
    },
    end: () => undefined,
  };
}
