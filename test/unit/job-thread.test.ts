// A worker thread after its close: nothing starts another one.
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { JobThread } from '../../main/adapters/disk/worker/thread.ts';

type Reply = { readonly id: number };

class FakeWorker extends EventEmitter {
  ref(): void {
    return undefined;
  }
  unref(): void {
    return undefined;
  }
  postMessage(): void {
    return undefined;
  }
  terminate(): Promise<number> {
    this.emit('exit', 1);
    return Promise.resolve(1);
  }
}

test('jobs that are open at its close fail, and so do those that come later', async () => {
  let opened = 0;
  const thread = new JobThread<object, Reply>('the thread', () => {
    opened += 1;
    return new FakeWorker() as unknown as Worker;
  });
  const ends: string[] = [];
  const send = (again: boolean): void => {
    const finished = thread.send(() => ({}), {
      onReply: () => undefined,
      onFailure: ({ code }) => {
        finished();
        ends.push(code);
        if (again) send(false);
      },
    });
  };
  send(true);
  await thread.close();
  await Promise.resolve();
  expect([opened, ends, thread.load]).toEqual([1, ['local-worker-failed', 'local-worker-failed'], 0]);
});
