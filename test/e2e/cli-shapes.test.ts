// Output of the command line with --json, compared with the published schemas.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { faultsOf } from '../support/output-shapes.ts';

test('plan, sync, status and errors have the published shapes', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const refused = await device.cli(['sync', '--once', '--json']);
  expect(await faultsOf('sync', refused)).toEqual([]);
  expect(await faultsOf('error', await device.cli(['status', '--json', '--nope']))).toEqual([]);
  expect(await faultsOf('status', await device.cli(['status', '--json']))).toEqual([]);

  await device.signIn('alice');
  for (let index = 0; index < 12; index += 1)
    await device.write(`f/${String(index)}.txt`, `file ${String(index)}`);
  const planned = await device.cli(['plan', '--json']);
  expect(await faultsOf('plan', planned)).toEqual([]);
  expect(planned.stdout).toContain('"op":"upload"');
  const first = await device.cli(['sync', '--once', '--json']);
  expect(first.code).toBe(0);
  expect(await faultsOf('sync', first)).toEqual([]);

  await rm(join(device.folder, 'f'), { recursive: true });
  const guarded = await device.cli(['sync', '--once', '--json']);
  expect(guarded.code).toBe(3);
  expect(await faultsOf('sync', guarded)).toEqual([]);
  const { pairs } = JSON.parse(guarded.stdout) as { pairs: { guards: { id: string }[] }[] };
  const id = pairs[0]?.guards[0]?.id ?? '';
  expect(guarded.stderr).toContain('All 12 files were deleted on this computer.');
  expect(guarded.stderr).toContain(`driftless answer docs ${id} remove --home `);

  // Without an engine the records supply: the approval request with its commands, the counts, and the last
  // time in sync.
  const stopped = await device.cli(['status', '--json']);
  expect(stopped.code).toBe(3);
  expect(await faultsOf('status', stopped)).toEqual([]);
  expect(JSON.parse(stopped.stdout)).toMatchObject({
    running: false,
    pairs: [
      { id: 'docs', counts: { files: 12 }, lastInSyncAtMs: expect.any(Number) as unknown, guards: [{ id }] },
    ],
  });
  for (const verb of ['status', 'doctor']) {
    const { code, stdout } = await device.cli([verb]);
    expect(code).toBe(3);
    expect(stdout).toContain('All 12 files were deleted on this computer.');
    expect(stdout).toContain(`driftless answer docs ${id} keep --home `);
  }

  const approved = await device.cli(['sync', '--once', '--json', '--approve', id]);
  expect(approved.code).toBe(0);
  expect(await faultsOf('sync', approved)).toEqual([]);

  await device.write('again.txt', 'again');
  await device.serve();
  await device.cli(['status', '--wait', 'idle']);
  const status = await device.cli(['status', '--json']);
  expect(status.code).toBe(0);
  expect(await faultsOf('status', status)).toEqual([]);
});
