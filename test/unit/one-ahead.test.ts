// Pages one ahead: asked for in time, never more than one, and ended with the caller.
import { expect, test } from 'vitest';
import { oneAhead } from '../../main/sync/scan/one-ahead.ts';

function source(count: number, failsAt: number | null = null) {
  const told: string[] = [];
  async function* pages(): AsyncGenerator<number, void, undefined> {
    try {
      for (let page = 1; page <= count; page += 1) {
        told.push(`asked ${String(page)}`);
        await new Promise(setImmediate);
        if (page === failsAt) throw new Error(`page ${String(page)} is lost`);
        yield page;
      }
    } finally {
      told.push('ended');
    }
  }
  return { pages: pages(), told };
}

async function read(pages: AsyncIterable<number>, told: string[], until: number): Promise<void> {
  for await (const page of oneAhead(pages)) {
    told.push(`read ${String(page)}`);
    if (page === until) return;
    await new Promise(setImmediate);
    told.push(`done ${String(page)}`);
  }
}

test('asks for the next page while one is worked on, and for no other', async () => {
  const { pages, told } = source(3);
  await read(pages, told, Number.POSITIVE_INFINITY);
  expect(told).toEqual([
    'asked 1',
    'asked 2',
    'read 1',
    'done 1',
    'asked 3',
    'read 2',
    'done 2',
    'ended',
    'read 3',
    'done 3',
  ]);
});

test('a page that is lost fails after those before it were read', async () => {
  const { pages, told } = source(3, 2);
  await expect(read(pages, told, Number.POSITIVE_INFINITY)).rejects.toThrow('page 2 is lost');
  expect(told).toEqual(['asked 1', 'asked 2', 'read 1', 'ended', 'done 1']);
});

test('who leaves early ends the source, and a failure of what was asked for ahead is no news', async () => {
  const whole = source(3);
  await read(whole.pages, whole.told, 1);
  expect(whole.told).toEqual(['asked 1', 'asked 2', 'read 1', 'ended']);
  const lost = source(3, 2);
  await read(lost.pages, lost.told, 1);
  expect(lost.told).toEqual(['asked 1', 'asked 2', 'read 1', 'ended']);
});
