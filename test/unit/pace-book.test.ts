// Bandwidth limits per account and pair, applied from the configuration without a restart.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchFile } from '../../main/adapters/config/watch.ts';
import { makePaceBook } from '../../main/adapters/limits/pace-book.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import type { AppConfig, PairConfig } from '../../main/core/config/config.ts';
import { tempFolder } from '../support/temp.ts';

const pair = (id: string, more: Partial<PairConfig> = {}): PairConfig =>
  ({
    id,
    account: 'work',
    folder: '/f',
    bucket: 'b',
    prefix: '',
    mode: 'two-way',
    ignore: [],
    caseSensitivity: 'auto',
    ...more,
  }) as PairConfig; // ids are branded by the configuration's parser

const config = (pairs: readonly PairConfig[], more: Partial<AppConfig> = {}): AppConfig => ({
  accounts: [],
  pairs,
  ...more,
});

const rates = (
  book: ReturnType<typeof makePaceBook>,
  one: PairConfig,
): readonly (readonly (number | null)[])[] =>
  book.of(one).map(({ up, down }) => [up.bytesPerSecond(), down.bytesPerSecond()]);

test('the pairs of an account share one bucket and a pair may have a narrower one within it', () => {
  const docs = pair('docs', { limits: { uploadBytesPerSecond: 1000 } });
  const photos = pair('photos');
  const book = makePaceBook(
    systemClock,
    config([docs, photos], { limits: { uploadBytesPerSecond: 5000, downloadBytesPerSecond: 9000 } }),
  );
  expect(rates(book, docs)).toEqual([
    [5000, 9000],
    [1000, null],
  ]);
  expect(rates(book, photos)).toEqual([
    [5000, 9000],
    [null, null],
  ]);
  expect(book.of(docs)[0]).toBe(book.of(photos)[0]);
  expect(book.of(docs)[0]).not.toBe(book.of(pair('other', { account: 'home' as PairConfig['account'] }))[0]);
});

test('new limits apply to running transfers and removed limits end', () => {
  const docs = pair('docs', { limits: { uploadBytesPerSecond: 1000 } });
  const book = makePaceBook(systemClock, config([docs], { limits: { uploadBytesPerSecond: 5000 } }));
  const held = book.of(docs);
  book.apply(config([pair('docs')], { limits: { uploadBytesPerSecond: 70 } }));
  expect(held.map(({ up }) => up.bytesPerSecond())).toEqual([70, null]);
  book.apply(config([docs]));
  expect(held.map(({ up }) => up.bytesPerSecond())).toEqual([null, 1000]);
});

test('a rewrite that could not be taken up is reported again at the next look', async () => {
  const file = join(await tempFolder(), 'config.json');
  const stop = new AbortController();
  const told: number[] = [];
  let tick = 0;
  const clock = {
    ...systemClock,
    sleep: async () => {
      tick += 1;
      if (tick === 2) await writeFile(file, 'one');
      if (tick === 6) stop.abort(new Error('over'));
      stop.signal.throwIfAborted();
    },
  };
  const onChange = (): Promise<void> => {
    told.push(tick);
    return told.length < 3 ? Promise.reject(new Error('EMFILE')) : Promise.resolve();
  };
  await expect(watchFile(file, { clock, onChange, seen: null }, stop.signal)).rejects.toThrow('over');
  expect(told).toEqual([2, 3, 4]);
});

test('each rewrite of the file causes one notification', async () => {
  const file = join(await tempFolder(), 'config.json');
  const stop = new AbortController();
  const told: number[] = [];
  let tick = 0;
  // Each poll is a tick; the test writes between the ticks.
  const clock = {
    ...systemClock,
    sleep: async () => {
      tick += 1;
      if (tick === 2) await writeFile(file, 'one');
      if (tick === 4) await writeFile(file, 'another');
      if (tick === 6) stop.abort(new Error('over'));
      stop.signal.throwIfAborted();
    },
  };
  const onChange = (): Promise<void> => {
    told.push(tick);
    return Promise.resolve();
  };
  await expect(watchFile(file, { clock, onChange, seen: null }, stop.signal)).rejects.toThrow('over');
  expect(told).toEqual([2, 4]);
});
