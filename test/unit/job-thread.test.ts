// A worker thread at its ends: closed, idle, or not to be had.
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SmallAnswer, SmallRequest } from '../../main/adapters/disk/small/protocol.ts';
import { SmallFiles } from '../../main/adapters/disk/small/small-files.ts';
import { JobThread } from '../../main/adapters/disk/worker/thread.ts';

type Reply = { readonly id: number };

class FakeWorker extends EventEmitter {
  isEnded = false;
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
    this.isEnded = true;
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

test('a thread without a job ends after its time, and the next job has another one', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const workers: FakeWorker[] = [];
  const open = (): Worker => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  };
  const thread = new JobThread<object, Reply>('the thread', open, 1000);
  const failed: string[] = [];
  const send = (): (() => void) =>
    thread.send(() => ({}), { onReply: () => undefined, onFailure: ({ code }) => failed.push(code) });
  const [first, second] = [send(), send()];
  first();
  vi.advanceTimersByTime(5000);
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([false]);
  second();
  vi.advanceTimersByTime(999);
  const third = send();
  vi.advanceTimersByTime(5000);
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([false]);
  third();
  vi.advanceTimersByTime(1000);
  const fourth = send();
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  // What the ended one still has to say is no matter of the other one's jobs.
  workers[0]?.emit('error', new Error('late'));
  workers[0]?.emit('exit', 1);
  expect([failed, thread.load]).toEqual([[], 1]);
  fourth();
  await thread.close();
  vi.advanceTimersByTime(5000);
  expect(workers).toHaveLength(2);
});

test('a thread that was begun is the one that gets the first job; after the close none is begun', async () => {
  let opened = 0;
  const thread = new JobThread<object, Reply>('the thread', () => {
    opened += 1;
    return new FakeWorker() as unknown as Worker;
  });
  thread.begin();
  thread.begin();
  thread.send(() => ({}), { onReply: () => undefined, onFailure: () => undefined });
  expect(opened).toBe(1);
  await thread.close();
  thread.begin();
  expect(opened).toBe(1);
});

/** The limit of threads of a user or a container is reached: Node throws where the thread is made. */
function noThread(): never {
  throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
}

test('where no thread is to be had each job fails by itself, and the next one tries again', async () => {
  let open = noThread as () => Worker;
  const thread = new JobThread<object, Reply>('the thread', () => open());
  const failed: string[] = [];
  const send = (): void => {
    const finished = thread.send(() => ({}), {
      onReply: () => undefined,
      onFailure: ({ code, message }) => {
        finished();
        failed.push(`${code} ${message}`);
      },
    });
  };
  thread.begin();
  send();
  expect(failed).toEqual([]);
  await Promise.resolve();
  expect([failed, thread.load]).toEqual([['local-worker-failed EAGAIN'], 0]);
  open = () => new FakeWorker() as unknown as Worker;
  send();
  expect(thread.load).toBe(1);
  await thread.close();
});

test('without threads a small file fails where it is awaited, and not in a timer', async () => {
  const thread = new JobThread<SmallRequest, SmallAnswer>('the thread', noThread);
  const small = new SmallFiles(thread);
  await expect(small.run({ kind: 'read', root: '/', path: 'a' })).rejects.toMatchObject({
    code: 'local-worker-failed',
  });
});

test('an answer that cannot be read fails the jobs that wait for one', () => {
  const worker = new FakeWorker();
  const thread = new JobThread<object, Reply>('the thread', () => worker as unknown as Worker);
  const failed: string[] = [];
  thread.send(() => ({}), { onReply: () => undefined, onFailure: ({ message }) => failed.push(message) });
  worker.emit('messageerror', new Error('no memory'));
  expect(failed).toEqual(['no memory']);
});
