// Time rules of credentials: renewal, back-off after failures, and clock offset.
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../main/core/backoff.ts';
import { credentialPhase, describeClockOffset } from '../../main/core/access/credential-clock.ts';

describe('phase', () => {
  const hour = 3_600_000;
  test.each([
    ['just issued', hour, 0, 'fresh'],
    ['six minutes left', hour, hour - 360_000, 'fresh'],
    ['five minutes left', hour, hour - 300_000, 'renew'],
    ['61 seconds left', hour, hour - 61_000, 'renew'],
    ['a minute left', hour, hour - 60_000, 'expired'],
    ['over', hour, hour + 1, 'expired'],
    ['a session of 12 s, half through', 12_000, 6_000, 'fresh'],
    ['a session of 12 s, 4 s left', 12_000, 8_000, 'renew'],
    ['a session of 12 s, 2 s left', 12_000, 10_000, 'expired'],
    ['no life at all', 0, 0, 'expired'],
    ['the clock was set back', hour, -hour, 'fresh'],
  ] as const)('the renewal phase is right for the case "%s"', (_name, expiresMs, nowMs, phase) => {
    expect(credentialPhase(0, expiresMs, nowMs)).toBe(phase);
  });
});

test('the back-off grows to its cap and uses the whole range', () => {
  const policy = { baseMs: 100, capMs: 1000 };
  expect([1, 2, 3, 4, 5, 500].map((attempt) => backoffMs(attempt, 0.9999, policy))).toEqual([
    99, 199, 399, 799, 999, 999,
  ]);
  expect(backoffMs(5, 0, policy)).toBe(0);
});

test.each([
  [7_200_000, "this computer's clock is 2 hours behind"],
  [-600_000, "this computer's clock is 10 minutes ahead"],
  [9_000_000, "this computer's clock is 2.5 hours behind"],
])('a clock offset of %i ms reads "%s"', (offsetMs, words) => {
  expect(describeClockOffset(offsetMs)).toBe(words);
});
