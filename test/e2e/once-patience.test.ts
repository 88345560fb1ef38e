// Moments at which the storage fails `sync --once` before it has begun.
import { expect, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';

test.each([
  ['is lost', { kind: 'cut-before' }],
  ['is lost after its effect', { kind: 'cut-after' }],
  ['is answered 503', { kind: 'error', status: 503, code: 'SlowDown' }],
] as const)('a first pass continues when one request of the probe %s', async (_how, fault) => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  await device.write('a.txt', 'text of a');
  cloud.control.addFault({ verb: 'PutObject', keyContains: '/probe/', after: 3, times: 1, ...fault });
  const ended = await device.cli(['sync', '--once', '--json']);
  expect(ended.stderr).toContain('docs: tries again in 1 s');
  expect(ended.code).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, pairs: [{ counts: { upload: 1 } }] });
});
