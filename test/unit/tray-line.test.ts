// The tray's line about how syncing is going.
import { expect, test } from 'vitest';
import { stateLine } from '../../main/shell/tray/state-line.ts';
import { documents, progress } from '../ui/scenes.ts';

function lineAt(bytesPerSecond: number): string {
  const running = { ...progress, filesDone: 1, filesTotal: 2, bytesPerSecond };
  return stateLine({ overall: 'syncing', pairs: [{ ...documents, progress: running }] }, 'en');
}

test('a pause by a condition gives its reason', () => {
  const held = { ...documents, state: 'paused', pausedBy: 'battery' } as const;
  expect(stateLine({ overall: 'paused', pairs: [held] }, 'en')).toBe('Paused: on battery');
  expect(stateLine({ overall: 'paused', pairs: [held] }, 'de')).toBe('Angehalten: Akkubetrieb');
  expect(stateLine({ overall: 'paused', pairs: [{ ...documents, state: 'paused' }] }, 'en')).toBe('Paused');
});

test('a rate is worded as the page words it, also where it rounds up to the next unit', () => {
  expect([12, 999_960, 8_400_000, 2_000_000_000_000].map(lineAt)).toEqual(
    ['12 bytes/s', '1 MB/s', '8.4 MB/s', '2 TB/s'].map((rate) => `Syncing: 1 of 2 files, ${rate}`),
  );
});

test('a pause with an end says when that is, unless a folder waits for the user', () => {
  const pausedUntilMs = new Date(2026, 10, 29, 15, 30).getTime();
  const timed = { ...documents, state: 'paused', pausedUntilMs } as const;
  const later = { ...timed, pausedUntilMs: pausedUntilMs + 3_600_000 };
  const pairs = [later, timed];
  expect(stateLine({ overall: 'paused', pairs }, 'en')).toMatch(/^Paused until Sun.*03:30\sPM$/);
  expect(stateLine({ overall: 'paused', pairs }, 'de')).toMatch(/^Angehalten bis So.*15:30$/);
  const open = { ...documents, state: 'paused' } as const;
  expect(stateLine({ overall: 'paused', pairs: [timed, open] }, 'en')).toBe('Paused');
});
