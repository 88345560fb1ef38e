// The tries of one command, shared by its sessions of a pair.
import { expect, onTestFinished, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { serveLightly } from '../bench/light-http.ts';
import { LightStore } from '../bench/light-store.ts';
import { homeAt, onePassApp } from '../support/light-home.ts';

const { signal } = new AbortController();

test('a file that used up its tries in one session of a command has a single one in the next', async () => {
  const store = new LightStore();
  let asked = 0;
  const { port, server } = await serveLightly(
    (request) => {
      if (!request.target.includes('/docs/p/broken')) return store.answer(request);
      asked += 1;
      return { status: 500 };
    },
    () => 0,
  );
  onTestFinished(() => void server.close());
  const home = await homeAt(`http://127.0.0.1:${String(port)}`);
  const app = await onePassApp(home, signal);
  const triesOfOneSession = async (): Promise<number> => {
    const before = asked;
    const context = await app.openPair('docs', () => undefined, signal);
    try {
      await context.remote.head('p/broken' as ObjectKey, signal);
    } catch (error) {
      expect(isSyncError(error)).toBe(true);
    } finally {
      await context.close();
    }
    return asked - before;
  };
  expect(await triesOfOneSession()).toBe(5);
  expect(await triesOfOneSession()).toBe(1);
});
