// The thread for groups in a first pass: it starts while the session is asked for.
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { serveLightly } from '../bench/light-http.ts';
import { LightStore } from '../bench/light-store.ts';
import { homeAt, onePassApp } from '../support/light-home.ts';

const { signal } = new AbortController();

/** Each line is an event in its order. */
async function watched(canSignIn: () => boolean) {
  const store = new LightStore();
  const events: string[] = [];
  const { port, server } = await serveLightly(
    (request) => {
      if (request.target !== '/') return store.answer(request);
      events.push('session asked for');
      return canSignIn() ? store.answer(request) : { status: 403 };
    },
    () => 0,
  );
  const noteThread = (thread: Worker): void => {
    events.push('thread started');
    thread.once('exit', () => events.push('thread ended'));
  };
  process.on('worker', noteThread);
  onTestFinished(() => {
    process.off('worker', noteThread);
    server.close();
  });
  const home = await homeAt(`http://127.0.0.1:${String(port)}`);
  const open = async (): Promise<void> => {
    const app = await onePassApp(home, signal);
    const context = await app.openPair('docs', () => undefined, signal);
    await context.close();
  };
  return { events, open };
}

test('in a first pass it starts before the session is there', async () => {
  const { events, open } = await watched(() => true);
  await open();
  expect(events).toEqual(['thread started', 'session asked for', 'thread ended']);
});

test('where a pass got nothing done, the next one starts it once the state has been read', async () => {
  const { events, open } = await watched(() => true);
  await open();
  events.length = 0;
  await open();
  expect(events).toEqual(['session asked for', 'thread started', 'thread ended']);
});

test('it ends where there is no session', async () => {
  const { events, open } = await watched(() => false);
  await expect(open()).rejects.toThrow();
  expect(events).toEqual(['thread started', 'session asked for', 'thread ended']);
});
