// Responses of the running engine: worded for users, and tolerant of other versions.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import { valueOfAnswer } from '../../main/control/answer.ts';
import { opKinds } from '../../main/control/op-lines.ts';
import { parsePlanAnswer } from '../../main/control/plan.ts';
import { failed } from '../../preload/lean/limits.ts';

function errorOf(raw: unknown): { code: string; message: string; fields: unknown } {
  try {
    valueOfAnswer(raw);
  } catch (error) {
    if (isSyncError(error)) return { code: error.code, message: error.message, fields: error.fields };
    throw error;
  }
  throw new Error('not refused');
}

test('an error shows its own message or the one for its code, never the bare code', () => {
  expect(errorOf(failed('root-missing', { message: 'the folder is not there' })).message).toBe(
    'the folder is not there',
  );
  for (const fields of [{}, { message: 'pair-not-running' }])
    expect(errorOf(failed('pair-not-running', fields)).message).toMatch(/paused or stopped; resume it/u);
  expect(errorOf(failed('unknown-request')).message).toMatch(/older than this command; restart it/u);
  expect(errorOf(failed('bad-request')).message).toMatch(/another version than this command/u);
  expect(errorOf(failed('strange', { message: 'strange' })).message).toBe(
    'the running engine answered strange',
  );
});

test('plain extra fields of an error are passed on', () => {
  const fields = { reason: 'no-refresh-token', retryAt: '2026-11-23T09:00:00.000Z', path: null, tries: 2 };
  const raw = { ok: false, error: { code: 'needs-sign-in', fields: { ...fields, message: 'x', deep: {} } } };
  expect(errorOf(raw)).toEqual({ code: 'needs-sign-in', message: 'x', fields });
});

const counts = { removals: 1, replacements: 0, conflicts: 0, total: 2, done: 0 };
const plan = {
  pair: 'docs',
  ops: [
    { op: 'upload', path: 'a', reason: 'new-local', bytes: 1 },
    { op: 'move-remote', path: 'b', from: 'c', reason: 'moved', bytes: 0 },
  ],
  counts: { upload: 1, 'move-remote': 1 },
  guards: [{ id: 'g', kind: 'mass-something-new', counts, examples: ['a'] }],
};

test("only published fields of a newer engine's response are passed on", () => {
  const newer = {
    ...plan,
    ops: plan.ops.map((op) => ({ ...op, eTag: 'new' })),
    guards: plan.guards.map((one) => ({ ...one, counts: { ...one.counts, renames: 1 }, since: 'new' })),
    problems: [],
  };
  expect(parsePlanAnswer({ ok: true, value: newer })).toEqual(plan);
});

test.each([
  { what: 'no counts', value: { ...plan, counts: undefined } },
  { what: 'counts that are not numbers', value: { ...plan, counts: { upload: 'many' } } },
  { what: 'an unknown operation', value: { ...plan, ops: [{ ...plan.ops[0], op: 'teleport' }] } },
  { what: 'a negative size', value: { ...plan, ops: [{ ...plan.ops[0], bytes: -1 }] } },
])('a response with $what is refused and not printed', ({ value }) => {
  expect(() => parsePlanAnswer({ ok: true, value })).toThrow(/does not know; restart it/u);
});

test('every published operation is accepted', async () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'schemas', 'plan.schema.json');
  const text = await readFile(file, 'utf8');
  const published = /"enum": (\[[^\]]*"upload"[^\]]*\])/u.exec(text)?.[1] ?? '[]';
  expect([...opKinds].sort()).toEqual((JSON.parse(published) as string[]).sort());
});
