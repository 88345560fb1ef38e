// SHA-256 of bytes in order, made by a worker thread.
import type { OrderedHasher } from '../../../ports/local-files.port.ts';
import type { Fed, FeedRequest } from './protocol.ts';
import type { RangeMemory } from './range-memory.ts';
import type { Job } from './thread.ts';
import { workerFailed } from './thread.ts';

/** A thread that runs `Feeds`. */
export type FeedThread = {
  send(make: (id: number) => FeedRequest, job: Job<Fed>): () => void;
  tell(request: FeedRequest): void;
};

function isFed(answer: object): answer is Fed {
  return 'kind' in answer && answer.kind === 'fed';
}

/** On a thread that has other answers as well. */
export function feederOn<Answer extends object>(thread: {
  send(make: (id: number) => FeedRequest, job: Job<Answer>): () => void;
  tell(request: FeedRequest): void;
}): FeedThread {
  return {
    send: (make, { onReply, onFailure }) =>
      thread.send(make, {
        onReply: (answer) => {
          if (isFed(answer)) onReply(answer);
        },
        onFailure,
      }),
    tell: (request) => {
      thread.tell(request);
    },
  };
}

/** Begins the thread, which the hash holds until it is ended. */
export function hasherOn(thread: FeedThread, memory: RangeMemory): OrderedHasher {
  const open: PromiseWithResolvers<string>[] = [];
  const taken = new Set<SharedArrayBuffer>();
  const state: { id: number; failure: Error | null } = { id: 0, failure: null };
  const fail = (error: Error): void => {
    state.failure ??= error;
    for (const one of open.splice(0)) one.reject(error);
  };
  const giveBack = (buffer: SharedArrayBuffer): void => {
    if (taken.delete(buffer)) memory.giveBack(buffer);
  };
  const finished = thread.send(
    (id) => {
      state.id = id;
      return { kind: 'begin-feed', id };
    },
    { onReply: ({ sha256 }) => open.shift()?.resolve(sha256), onFailure: fail },
  );
  return {
    take: async (lengthBytes, signal) => {
      const buffer = await memory.take(lengthBytes, signal);
      taken.add(buffer);
      return new Uint8Array(buffer, 0, lengthBytes);
    },
    giveBack: ({ buffer }) => {
      if (buffer instanceof SharedArrayBuffer) giveBack(buffer);
    },
    update: (bytes) => {
      if (state.failure !== null) return Promise.reject(state.failure);
      const fed = Promise.withResolvers<string>();
      open.push(fed);
      thread.tell({ kind: 'feed', id: state.id, bytes });
      return fed.promise;
    },
    end: () => {
      thread.tell({ kind: 'end-feed', id: state.id });
      finished();
      fail(workerFailed('the hash was ended'));
      for (const buffer of taken) giveBack(buffer);
    },
  };
}
