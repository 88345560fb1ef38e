// The verbs for single files: trash, versions, restore, ls and share. Tried with and without a running
// engine.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cloudForTest, deviceForTest, logOf } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { waitFor } from '../support/wait-for.ts';

async function ask<Answer>(device: Device, ...args: readonly string[]): Promise<Answer> {
  const ended = await device.cli([...args, '--json']);
  if (ended.code !== 0)
    throw new Error(`${args.join(' ')}: ${String(ended.code)} ${ended.stderr}${ended.stdout}`);
  return JSON.parse(ended.stdout) as Answer;
}

type Versions = {
  readonly versions: readonly { versionId: string; isDeleteMarker: boolean; bytes: number }[];
};
type Trash = {
  readonly items: readonly { id: string; path: string; side: string; why: string; bytes: number }[];
};
type Counted = { readonly pairs: readonly { counts: { files: number }; state: string }[] };
type Back = {
  readonly restored: readonly { path: string; from: string }[];
  readonly failed: readonly unknown[];
};
type Listing = { readonly entries: readonly { name: string; kind: string; bytes: number | null }[] };
type Share = { readonly url: string; readonly expiresAt: string };

async function historyOfOneFile(device: Device): Promise<void> {
  await device.signIn('alice');
  await device.write('docs/plan.txt', 'first');
  await device.write('docs/deep/er.txt', 'deeper');
  await device.write('top (1).txt', 'top');
  await device.sync();
  await device.write('docs/plan.txt', 'second!');
  await device.sync();
  await rm(join(device.folder, 'docs/plan.txt'));
  await device.sync();
}

test('without an engine a removed file is listed and restored by version and from the trash', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await cloud.control.setVersioning(cloud.description.bucket, 'enabled');
  await historyOfOneFile(device);

  const { versions } = await ask<Versions>(device, 'versions', 'docs/plan.txt');
  expect(versions.map((one) => [one.isDeleteMarker, one.bytes])).toEqual([
    [true, 0],
    [false, 7],
    [false, 5],
  ]);
  const { items } = await ask<Trash>(device, 'trash', 'ls');
  expect(items.filter((item) => item.path === 'docs/plan.txt').map((item) => item.bytes)).toContain(7);

  expect(await ask(device, 'restore', 'docs/plan.txt')).toMatchObject({ ok: true, path: 'docs/plan.txt' });
  expect(await device.read('docs/plan.txt')).toBe('second!');
  const first = versions.at(-1)?.versionId ?? '';
  const older = await ask<{ path: string }>(device, 'restore', 'docs/plan.txt', '--version', first);
  expect(older.path).not.toBe('docs/plan.txt');
  expect(await device.read(older.path)).toBe('first');
  expect(await device.read('docs/plan.txt')).toBe('second!');

  const { entries } = await ask<Listing>(device, 'ls');
  expect(entries.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
    'file top (1).txt',
    'folder docs',
  ]);
  const inside = await ask<Listing>(device, 'ls', 'docs/');
  expect(inside.entries.map(({ name, kind }) => `${kind} ${name}`)).toContain('folder deep');

  const missing = await device.cli(['restore', 'never.txt', '--json']);
  expect(missing.code).toBe(1);
  expect(JSON.parse(missing.stdout)).toMatchObject({ ok: false, error: { code: 'nothing-to-restore' } });
  const outside = await device.cli(['ls', '../other', '--json']);
  expect(outside.code).toBe(2);
});

test('with an engine the same verbs use its socket, and a share link downloads, expires with the session and is not logged', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await historyOfOneFile(device);
  await device.serve();
  await waitFor(async () => (await device.cli(['status', '--wait', 'idle', '--timeout', '120'])).code === 0, {
    what: 'an idle engine',
  });

  const { url, expiresAt } = await ask<Share>(device, 'share', 'top (1).txt', '--expires', '600');
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('top');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment/u);
  const leftMs = Date.parse(expiresAt) - Date.now();
  expect(leftMs).toBeGreaterThan(500_000);
  expect(leftMs).toBeLessThanOrEqual(600_000);
  const tooLong = await device.cli(['share', 'top (1).txt', '--expires', '604800', '--json']);
  expect(tooLong.code).toBe(2);
  expect(tooLong.stderr).toContain('that is until');
  expect(JSON.stringify(await logOf(device.home))).not.toContain('X-Amz-Signature');

  const { items } = await ask<Trash>(device, 'trash', 'ls');
  const gone = items.find((item) => item.path === 'docs/plan.txt' && item.bytes === 7);
  expect(gone).toBeDefined();
  await ask(device, 'trash', 'restore', gone?.id ?? '');
  expect(await device.read('docs/plan.txt')).toBe('second!');
  expect((await ask<Trash>(device, 'trash', 'ls')).items.map((item) => item.id)).not.toContain(gone?.id);

  // Enough of them that the sync does not stop and ask.
  for (let index = 0; index < 20; index += 1) await device.write(`kept/${String(index)}.txt`, 'kept');
  await waitFor(
    async () => {
      const { pairs } = await ask<Counted>(device, 'status');
      return pairs.some(({ counts, state }) => counts.files >= 23 && state === 'in-sync');
    },
    { what: 'the files that stay' },
  );
  const names = ['docs/deep/er.txt', 'docs/plan.txt', 'top (1).txt'];
  for (const name of names) await rm(join(device.folder, name));
  await waitFor(
    async () => {
      const { items: now } = await ask<Trash>(device, 'trash', 'ls');
      return names.every((name) => now.some(({ path, why }) => path === name && why === 'removed'));
    },
    { what: 'the three removals' },
  );
  const none = await ask<Back>(device, 'trash', 'restore', '--since', new Date().toISOString());
  expect(none).toMatchObject({ restored: [], failed: [] });
  const back = await ask<Back>(device, 'trash', 'restore', '--under', 'docs', '--since', '1h');
  // Once each, and no older version beside them.
  expect(back.restored.map(({ path }) => path).sort()).toEqual(['docs/deep/er.txt', 'docs/plan.txt']);
  expect(await device.read('docs/deep/er.txt')).toBe('deeper');
  expect(await device.read('docs/plan.txt')).toBe('second!');
  const wrong = await device.cli(['trash', 'restore', '--since', 'lately']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('is not a time; try 20m');
  const both = await device.cli(['trash', 'restore', 'x', '--under', 'docs']);
  expect(both.code).toBe(2);
  const unknown = await device.cli(['trash', 'restore', 'x']);
  expect(unknown.stderr).toMatch(/"driftless trash ls --home \S+" shows what is there/u);
});
