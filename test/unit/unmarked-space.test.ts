// A bucket that a download-only folder was synced from, without a marker: a folder that then also uploads gives it one.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bindSpace } from '../../main/sync/bucket/bind-space.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import { baseOf, row } from '../support/plan-rows.ts';

test.each(['two-way', 'upload-only'] as const)('a marker that every device can read: %s', async (mode) => {
  const fake = makeFakeRemote();
  const { etag } = fake.write('p/file', new Uint8Array(1));
  const entry = { ...row('file', {}), base: { ...baseOf('x'), etag } };
  const context = {
    remote: fake.objects,
    settings: { mode, binding: { prefix: 'p/' } },
    store: {
      meta: (key: string) => (key === 'spaceId' ? 'unmarked' : null),
      counts: () => ({ files: 1, folders: 0, bytes: 1 }),
      sequence: () => [{ id: 2, entry }],
      entry: (path: RelPath) => row(path, {}),
      record: () => undefined,
    },
    random: { hex: (bytes: number) => 'a'.repeat(bytes * 2) },
    hashBytes: (bytes: Uint8Array) => ({ sha256: createHash('sha256').update(bytes).digest('hex'), md5: '' }),
    log: { info: () => undefined, warn: () => undefined },
    reached: () => undefined,
    abilities: { putIfNoneMatch: true },
  } as unknown as PairContext;
  const bind = () => bindSpace(context, true, new Set(), new AbortController().signal);
  const made = { kind: 'space', spaceId: 'a'.repeat(32), isForeign: false };
  expect(await bind()).toEqual(made);
  // As another device, or the next start, finds it.
  expect(await bind()).toEqual(made);
});
