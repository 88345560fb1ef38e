// Weekly timetable: the limit of every minute against a walk back through the week, and the page's check against the reader.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTimetable, ratesAt } from '../../main/core/config/timetable.ts';
import { wrongTimetableEntry } from '../../preload/timetable.ts';
import { runs } from '../sizes.ts';

const names = ['sun', 'Mon', 'TUE', 'wednesday', 'Thu', 'Friday', 'sat'];
const two = (value: number): string => String(value).padStart(2, '0');

const entry = fc.record({
  day: fc.option(fc.integer({ min: 0, max: 6 })),
  // Few times, so that entries meet at one minute.
  minute: fc.constantFrom(0, 1, 480, 719, 1439),
  kib: fc.integer({ min: 0, max: 9 }),
});

test('the entry that came last before a minute holds', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 10_079 }),
      (entries, minute) => {
        const text = entries
          .map(({ day, minute: of, kib }) => {
            const time = `${two(Math.floor(of / 60))}:${two(of % 60)}`;
            return `${day === null ? '' : `${names[day] ?? ''}-`}${time},${String(kib)}k`;
          })
          .join(' ');
        let expected: number | undefined;
        for (let back = 0; back < 10_080 && expected === undefined; back += 1) {
          const then = (minute - back + 10_080) % 10_080;
          expected = entries.findLast(
            ({ day, minute: of }) => of === then % 1440 && (day === null || day === Math.floor(then / 1440)),
          )?.kib;
        }
        const parsed = parseTimetable(text);
        const rates = 'slots' in parsed ? ratesAt(parsed.slots, minute) : parsed;
        const bytes = expected === 0 ? null : (expected ?? NaN) * 1024;
        expect({ text, rates }).toMatchObject({ text, rates: { up: bytes, down: bytes } });
      },
    ),
    { numRuns: runs(300) },
  );
});

const piece = fc.constantFrom(
  ...['08:00', '23:59', '24:00', 'Mon', 'sunday', 'mo', '-', ',', ',', ':', ' ', ';', '512', '0', '1.5'],
  ...['k', 'Ki', 'M', 'b', 'bi', 'off', 'Off', 'x', '.', '٣'],
);

test('the page accepts what the reader reads, and names the same entry otherwise', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
      (text) => {
        const parsed = parseTimetable(text);
        expect({ text, wrong: wrongTimetableEntry(text) }).toEqual({
          text,
          wrong: 'wrong' in parsed ? parsed.wrong : null,
        });
      },
    ),
    { numRuns: runs(20_000) },
  );
});
