// The hint of the timetable: its examples are in the unit of the fields above it, and true.
import { expect, test } from 'vitest';
import { parseTimetable } from '../../main/core/config/timetable.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';

test.each(['en', 'de'] as const)(
  '%s: what an entry is in kB/s, as the fields beside it count',
  (language) => {
    const words = wordsIn(language);
    const unit = /\((.*)\)/u.exec(words.text('limits.up'))?.[1] ?? '';
    const examples = [
      ...words.text('limits.timetable.hint').matchAll(/(\d+[kM]) (?:is|sind) ([\d.,]+) (\S+?)[,)]/gu),
    ].map(([, entry = '', amount = '', shown = '']) => [entry, amount.replaceAll(/\D/gu, ''), shown]);
    expect(examples.map(([entry]) => entry)).toEqual(['512k', '1M']);
    for (const [entry = '', amount, shown] of examples) {
      const read = parseTimetable(entry);
      if ('wrong' in read) throw new Error(`not an entry: ${entry}`);
      expect([amount, shown]).toEqual([String(Math.round((read.slots[0]?.up ?? 0) / 1000)), unit]);
    }
  },
);
