// For any subject at all: either refused, or a prefix of exactly one extra segment that no other subject gets.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolvePrefix, roleSessionName, subjectProblem } from '../../main/core/access/principal.ts';
import { runs } from '../sizes.ts';

const subject = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.constantFrom('.', '..', '/', '\\', 'a', '|', ' ', '*', '${', '}', '\u0301', 'e'), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
);

test('a resolved prefix holds the subject as its one last segment', () => {
  fc.assert(
    fc.property(subject, (sub) => {
      fc.pre(subjectProblem(sub) === null);
      const prefix = resolvePrefix('users/{sub}/', { sub, tags: {} });
      expect(prefix.split('/')).toEqual(['users', sub, '']);
      expect(
        new URL(
          `https://bucket.example/${prefix.split('/').map(encodeURIComponent).join('/')}x`,
        ).pathname.split('/'),
      ).toHaveLength(4);
    }),
    { numRuns: runs(2000) },
  );
});

test('no subject reaches into the prefix of another', () => {
  fc.assert(
    fc.property(subject, subject, (one, other) => {
      fc.pre(one !== other && subjectProblem(one) === null && subjectProblem(other) === null);
      const mine = resolvePrefix('users/{sub}/', { sub: one, tags: {} });
      const theirs = resolvePrefix('users/{sub}/', { sub: other, tags: {} });
      expect(mine.startsWith(theirs)).toBe(false);
    }),
    { numRuns: runs(2000) },
  );
});

test('a session name is always acceptable to STS', () => {
  fc.assert(
    fc.property(subject, (sub) => {
      expect(roleSessionName(sub, createHash('sha256').update(sub).digest('hex'))).toMatch(
        /^[\w+=,.@-]{2,64}$/,
      );
    }),
  );
});
