// User subjects as folder names, prefixes and STS session names.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  prefixProblem,
  resolvePrefix,
  roleSessionName,
  subjectProblem,
} from '../../main/core/access/principal.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('subjects', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['empty', '', 'empty'],
    ['a dot', '.', 'dot'],
    ['two dots', '..', 'dot'],
    ['climbing', 'a/../b', 'forbidden-character'],
    ['a path', 'google/alice', 'forbidden-character'],
    ['a backslash', 'CORP\\alice', 'forbidden-character'],
    ['an IAM wildcard', 'ali*', 'forbidden-character'],
    ['an IAM single wildcard', 'alic?', 'forbidden-character'],
    ['an IAM variable', '${aws:username}', 'forbidden-character'],
    ['a brace', 'a{b', 'forbidden-character'],
    ['a NUL', 'alice\u0000', 'control-character'],
    ['a line break', 'alice\nbob', 'control-character'],
    ['a C1 control', 'alice\u0085', 'control-character'],
    ['a line separator', 'alice\u2028', 'control-character'],
    ['decomposed', 'e\u0301', 'not-nfc'],
    ['half a surrogate pair', 'alice\ud800', 'not-unicode'],
    ['256 characters', 'x'.repeat(256), 'too-long'],
    ['our own folder', '.driftless', 'reserved'],
    ['our own folder in capitals', '.DriftLess', 'reserved'],
    ['our own folder with a zero-width joiner', '.drift\u200dless', 'reserved'],
    ['our own folder with a soft hyphen', '\u00ad.driftless', 'reserved'],
    ['our own folder in full width', '\uff0edriftless', 'reserved'],
    ['our own folder with a trailing dot', '.driftless.', 'reserved'],
    ['our own folder by its short name', 'DRIFTL~1', 'reserved'],
  ];
  test.each(refused)('the subject "%s" is refused', (_name, subject, problem) => {
    expect(subjectProblem(subject)).toBe(problem);
    const unsafe: unknown = expect.objectContaining({ code: 'subject-unsafe' });
    expect(() => resolvePrefix('users/{sub}/', { sub: subject, tags: {} })).toThrow(unsafe);
    const tags = { team: subject };
    expect(() => resolvePrefix('teams/{tag:team}/', { sub: 'alice', tags })).toThrow(unsafe);
  });

  const kept: readonly string[] = [
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'google-oauth2|115015401343387192604',
    'alice smith',
    ' alice',
    'alice@example.com',
    '00u1a2b3:c',
    '%2e%2e',
    '..a',
    '...',
    'naïve',
    '日本語',
    '😀',
    'a#b',
    'a+b=c',
    "o'brien",
    'x'.repeat(255),
    'eu-central-1:11111111-2222-3333-4444-555555555555',
  ];
  test.each(kept)('the subject "%s" is kept byte for byte', (subject) => {
    expect(subjectProblem(subject)).toBeNull();
    expect(resolvePrefix('users/{sub}/', { sub: subject, tags: {} })).toBe(`users/${subject}/`);
  });
});

describe('prefixes', () => {
  test.each([
    ['', null],
    ['{sub}/', null],
    ['users/{sub}/', null],
    ['a/{tag:team}/{sub}/', null],
    ['backup/', null],
    ['users/{sub}', 'must end with "/"'],
    ['/users/', 'must not start with "/"'],
    ['a//b/', 'has an empty segment ("//")'],
    ['../b/', 'escapes with a ".." segment'],
    ['a/./b/', 'escapes with a "." segment'],
    ['x{sub}/', 'knows only {sub} and {tag:NAME}, each as a whole segment'],
    ['{email}/', 'knows only {sub} and {tag:NAME}, each as a whole segment'],
    ['{sub}{sub}/', 'knows only {sub} and {tag:NAME}, each as a whole segment'],
    ['${aws:username}/', 'knows only {sub} and {tag:NAME}, each as a whole segment'],
    ['a*/', 'must not contain \\ * ? or $'],
    ['.driftless/', 'must not contain ".driftless", which is ours'],
    ['a\u0000/', 'must not contain control characters'],
    ['e\u0301/', 'must be in Unicode form NFC'],
    [`${'x'.repeat(600)}/`, 'must be at most 512 bytes'],
  ] as const)('the prefix of %j is checked', (template, problem) => {
    expect(prefixProblem(template)).toBe(problem);
  });

  test('prefix tags come from the provider, and a missing or inherited name is an error and never an empty segment', () => {
    expect(resolvePrefix('{tag:team}/{sub}/', { sub: 'alice', tags: { team: 'blue' } })).toBe('blue/alice/');
    expect(() => resolvePrefix('{tag:team}/', { sub: 'alice', tags: {} })).toThrow(
      expect.objectContaining({ code: 'prefix-unsafe' }),
    );
    expect(() => resolvePrefix('{tag:constructor}/', { sub: 'alice', tags: {} })).toThrow(
      expect.objectContaining({ code: 'prefix-unsafe' }),
    );
    expect(() => resolvePrefix('{tag:team}/', { sub: 'alice', tags: { team: '..' } })).toThrow(
      expect.objectContaining({ code: 'subject-unsafe' }),
    );
  });
});

describe('session names', () => {
  const subjects = [
    'a',
    'auth0|x',
    'auth0-x',
    'alice smith',
    'alice-smith',
    '😀',
    '/../',
    'x'.repeat(255),
    `${'x'.repeat(254)}y`,
    '',
  ];
  test('session names satisfy STS for every subject', () => {
    for (const subject of subjects)
      expect(roleSessionName(subject, sha256(subject))).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
  test('session names of different subjects never collide', () => {
    expect(new Set(subjects.map((subject) => roleSessionName(subject, sha256(subject)))).size).toBe(
      subjects.length,
    );
  });
});
