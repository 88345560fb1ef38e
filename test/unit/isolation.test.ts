// Isolation check: its probes, and its conclusions from the responses.
import { describe, expect, test } from 'vitest';
import { judgeIsolation, probePlaces, variableSegment } from '../../main/core/access/isolation.ts';
import type { Probe, ProbeAnswer } from '../../main/core/access/isolation.ts';

const denied: ProbeAnswer = { kind: 'denied' };
const allowed: ProbeAnswer = { kind: 'allowed' };
const own: Probe = { place: 'own', action: 'list', answer: allowed };
const rootList: Probe = { place: 'root', action: 'list', answer: denied };

describe('evidence', () => {
  test.each([
    ['all refused while the own prefix answers', [own, rootList], 'no-sign'],
    ['the root lists', [own, { ...rootList, answer: allowed }], 'reaches-more'],
    [
      'a folder that begins like the own one lists',
      [own, rootList, { place: 'neighbour', action: 'list', answer: allowed }],
      'reaches-more',
    ],
    [
      'the canary can be read',
      [own, rootList, { place: 'canary', action: 'read', answer: allowed }],
      'reaches-more',
    ],
    [
      'the bucket policy can be read',
      [own, rootList, { place: 'root', action: 'read-bucket-policy', answer: { kind: 'missing' } }],
      'reaches-more',
    ],
    [
      'unfinished uploads of others are listed',
      [own, rootList, { place: 'root', action: 'list-uploads', answer: allowed }],
      'reaches-more',
    ],
    ['everything is refused, the own prefix too', [{ ...own, answer: denied }, rootList], 'unknown'],
    ['the store fails', [own, { ...rootList, answer: { kind: 'failed', code: 'SlowDown' } }], 'unknown'],
    ['nothing was asked', [], 'unknown'],
    [
      'a refused read of a key that may not exist',
      [own, { place: 'sibling', action: 'read', answer: denied }],
      'unknown',
    ],
    [
      'a canary that is not there',
      [own, rootList, { place: 'canary', action: 'read', answer: { kind: 'missing' } }],
      'no-sign',
    ],
  ] satisfies readonly (readonly [string, readonly Probe[], string])[])(
    'the isolation check concludes correctly from the case "%s"',
    (_name, probes, kind) => {
      expect(judgeIsolation(probes).kind).toBe(kind);
    },
  );
});

test("the isolation check probes above, beside and next to the user's prefix", () => {
  expect(probePlaces('users/alice/files/', variableSegment('users/{sub}/files/'))).toEqual({
    own: 'users/alice/files/',
    parent: 'users/',
    neighbour: 'users/alice-driftless-probe/',
    sibling: 'users/driftless-probe/',
  });
  expect(probePlaces('alice/', 0)).toMatchObject({ parent: null, sibling: 'driftless-probe/' });
  expect(probePlaces('', null)).toBeNull();
});
