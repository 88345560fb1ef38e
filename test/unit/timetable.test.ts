// Weekly timetable of bandwidth limits: what rclone's documentation says of its syntax, and the limit that changes by the clock.
import { describe, expect, test } from 'vitest';
import { makePaceBook } from '../../main/adapters/limits/pace-book.ts';
import { pacedStream } from '../../main/adapters/limits/pace.ts';
import { parseTimetable, ratesAt } from '../../main/core/config/timetable.ts';
import type { AppConfig, LimitsConfig, PairConfig } from '../../main/core/config/config.ts';
import { virtualClock } from '../simulation/seeded.ts';

const never = new AbortController().signal;
const kib = 1024;

/** Rates at a minute of the week, as "up" or "up:down". */
function at(text: string, day: number, time: string): string {
  const parsed = parseTimetable(text);
  if ('wrong' in parsed) return `wrong ${parsed.wrong}`;
  const [hours, minutes] = time.split(':').map(Number);
  const { up, down } = ratesAt(parsed.slots, day * 1440 + (hours ?? 0) * 60 + (minutes ?? 0));
  return up === down ? String(up) : `${String(up)}:${String(down)}`;
}

describe('reading a timetable', () => {
  const ofDay = '08:00,512k 12:00,10M 13:00,512k 18:00,30M 23:00,off';
  const ofWeek = 'Mon-00:00,512 Fri-23:59,10M Sat-10:00,1M Sun-20:00,off';
  test.each([
    [ofDay, 3, '07:59', 'null'],
    [ofDay, 3, '08:00', String(512 * kib)],
    [ofDay, 0, '12:30', String(10 * kib * kib)],
    [ofDay, 6, '22:59', String(30 * kib * kib)],
    [ofDay, 0, '00:00', 'null'],
    [ofWeek, 1, '00:00', String(512 * kib)],
    [ofWeek, 5, '23:58', String(512 * kib)],
    [ofWeek, 5, '23:59', String(10 * kib * kib)],
    // The week begins on Sunday, and Saturday's limit lasts into it.
    [ofWeek, 0, '10:00', String(kib * kib)],
    [ofWeek, 0, '20:00', 'null'],
    // An entry without a day is one of each day.
    ['Mon-00:00,512 12:00,1M Sun-20:00,off', 2, '11:59', String(kib * kib)],
    ['Mon-00:00,512 12:00,1M Sun-20:00,off', 1, '11:59', String(512 * kib)],
    // Of two at one time the later one in the text.
    ['10:00,1k Tue-10:00,2k', 2, '10:00', String(2 * kib)],
    ['Tue-10:00,2k 10:00,1k', 2, '10:00', String(kib)],
    ['10M:100k', 4, '15:00', `${String(10 * kib * kib)}:${String(100 * kib)}`],
    ['saturday-00:00,off:1.5Mi;sunday-00:00,700b', 6, '09:00', `null:${String(1.5 * kib * kib)}`],
    ['saturday-00:00,off:1.5Mi;sunday-00:00,700b', 0, '09:00', '700'],
    ['0', 1, '09:00', 'null'],
  ])('%s: day %i, %s', (text, day, time, rates) => {
    expect(at(text, day, time)).toBe(rates);
  });

  test.each([
    ['', ''],
    ['fast', 'fast'],
    ['08:00,512k 24:00,off', '24:00,off'],
    ['8:00,512k', '8:00,512k'],
    ['Mo-08:00,512k', 'Mo-08:00,512k'],
    ['08:00,512k off', 'off'],
    ['08:00,512kb', '08:00,512kb'],
    ['08:00,1:2:3', '08:00,1:2:3'],
    ['08:00,-1', '08:00,-1'],
    ['08:00,1bi', '08:00,1bi'],
  ])('%s is refused for %s', (text, wrong) => {
    expect(parseTimetable(text)).toEqual({ wrong });
  });
});

const pair = { id: 'docs', account: 'work' } as PairConfig; // all that a pace book reads
const config = (limits: LimitsConfig): AppConfig => ({ accounts: [], pairs: [pair], limits });
/** Milliseconds of a local time on Monday, 5 January 2026. */
const monday = (hours: number, minutes: number, seconds = 0): number =>
  new Date(2026, 0, 5, hours, minutes, seconds).getTime();

test('a transfer that runs over the time of an entry changes its rate then', async () => {
  const clock = virtualClock(monday(7, 59, 50));
  const book = makePaceBook(clock, config({ timetable: '07:00,100k 08:00,10k:off 08:01,off' }));
  const [paces] = book.of(pair);
  if (paces === undefined) throw new Error('the account has no pace');
  const stream = pacedStream(new Uint8Array(20 * kib * kib), [paces.up]);
  let moved = 0;
  const over = (async () => {
    for await (const piece of stream ?? []) moved += (piece as Uint8Array).length;
  })();
  await clock.drive(clock.sleep(10_000, never));
  expect(Math.abs(moved - 1000 * kib)).toBeLessThan(50 * kib);
  expect(paces.down.bytesPerSecond()).toBeNull();
  const before = moved;
  await clock.drive(clock.sleep(50_000, never));
  expect(Math.abs(moved - before - 500 * kib)).toBeLessThan(50 * kib);
  await clock.drive(clock.sleep(15_000, never));
  await over;
  expect(moved).toBe(20 * kib * kib);
});

test('a transfer that begins before the limit is slowed by it when it comes', async () => {
  const clock = virtualClock(monday(7, 59, 59));
  const book = makePaceBook(clock, config({ timetable: '00:00,off 08:00,1k' }));
  const [paces] = book.of(pair);
  await paces?.up.take(100_000_000, never);
  await clock.drive(clock.sleep(2000, never));
  expect(paces?.up.bytesPerSecond()).toBe(kib);
  expect(paces?.up.mayLimit()).toBe(true);
});

test('the lower of the timetable and the fixed limit holds', () => {
  const clock = virtualClock(monday(9, 0));
  const book = makePaceBook(
    clock,
    config({ uploadBytesPerSecond: 5000, downloadBytesPerSecond: 100, timetable: '08:00,1k 12:00,off' }),
  );
  const [paces] = book.of(pair);
  expect([paces?.up.bytesPerSecond(), paces?.down.bytesPerSecond()]).toEqual([kib, 100]);
  book.apply(config({ uploadBytesPerSecond: 500, timetable: '08:00,off' }));
  expect([paces?.up.bytesPerSecond(), paces?.down.bytesPerSecond()]).toEqual([500, null]);
});
