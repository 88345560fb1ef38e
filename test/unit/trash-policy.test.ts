// Expiry of trash by age, size and an untrusted clock (rule 23).
import { describe, expect, test } from 'vitest';
import { ageTrash, chooseExpired, dayMs, isAgingDue } from '../../main/core/trash/policy.ts';
import type { TrashPiece } from '../../main/core/trash/policy.ts';

const t0 = 1_800_000_000_000;
const limits = { days: 30, maxLocalBytes: 1000 };

function piece(id: string, ageDays: number, sizeBytes = 1, side: 'local' | 'remote' = 'local'): TrashPiece {
  return { id, side, sizeBytes, atMs: t0 - ageDays * dayMs };
}

describe('age', () => {
  test('a clock a year ahead ages the trash by one day', () => {
    const known = { wallMs: t0, trashMs: t0 };
    expect(ageTrash(known, t0 + 365 * dayMs)).toEqual({ wallMs: t0 + 365 * dayMs, trashMs: t0 + dayMs });
  });
  test('a clock set back ages nothing and is followed from there', () => {
    const back = ageTrash({ wallMs: t0, trashMs: t0 }, t0 - 100 * dayMs);
    expect(back).toEqual({ wallMs: t0 - 100 * dayMs, trashMs: t0 - 100 * dayMs });
    expect(ageTrash(back, t0 - 99 * dayMs).trashMs).toBe(t0 - 99 * dayMs);
  });
  test('what is put there while the clock is months behind is not of long ago, then or when it is right again', () => {
    const behind = ageTrash({ wallMs: t0, trashMs: t0 }, t0 - 100 * dayMs);
    const put = [piece('put meanwhile', 100)];
    expect(chooseExpired(put, behind, limits).expired).toEqual([]);
    expect(chooseExpired(put, ageTrash(behind, t0), limits).expired).toEqual([]);
  });
  test('a clock that was a year ahead when the trash was aged first makes nothing of now a year old', () => {
    const first = ageTrash(null, t0 + 365 * dayMs);
    expect(chooseExpired([piece('of now', 0)], ageTrash(first, t0), limits).expired).toEqual([]);
  });
  test('the trash is swept once a day and after the clock was set back', () => {
    expect(isAgingDue(null, t0)).toBe(true);
    expect(isAgingDue({ wallMs: t0, trashMs: t0 }, t0 + dayMs - 1)).toBe(false);
    expect(isAgingDue({ wallMs: t0, trashMs: t0 }, t0 + dayMs)).toBe(true);
    expect(isAgingDue({ wallMs: t0, trashMs: t0 }, t0 - 1)).toBe(true);
  });
});

describe('what leaves', () => {
  const age = { wallMs: t0, trashMs: t0 };
  test('trash older than its days is removed on both sides, and nothing younger', () => {
    const pieces = [
      piece('old', 31),
      piece('old remote', 31, 1, 'remote'),
      piece('young', 30),
      piece('new', 0),
    ];
    expect(chooseExpired(pieces, age, limits)).toEqual({ expired: ['old', 'old remote'], crowdedOut: [] });
  });
  test("above its share of the disk the oldest local trash is removed first, without counting the bucket's", () => {
    const pieces = [
      piece('c', 1, 400),
      piece('a', 3, 400),
      piece('b', 2, 400),
      piece('remote', 9, 9000, 'remote'),
    ];
    expect(chooseExpired(pieces, age, limits)).toEqual({ expired: [], crowdedOut: ['a'] });
  });
});
