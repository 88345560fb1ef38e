// A bucket whose marker is another one at each look: the pair asks instead of looking for ever.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bindSpace } from '../../main/sync/bucket/bind-space.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { ObjectKey, RelPath } from '../../main/core/model/model.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import { baseOf, row } from '../support/plan-rows.ts';

test('one that is gone, and is a stranger’s once it is written again', async () => {
  const fake = makeFakeRemote();
  const { etag } = fake.write('p/file', new Uint8Array(1));
  let looks = 0;
  const remote: typeof fake.objects = {
    ...fake.objects,
    get: async (key, how, stop) => {
      looks += 1;
      if (looks > 100) throw new Error('looked for ever');
      if (looks % 2 === 1) return { kind: 'absent' };
      fake.write(key, new TextEncoder().encode(JSON.stringify({ spaceId: String(looks).padStart(32, '0') })));
      return fake.objects.get(key, how, stop);
    },
    put: () => Promise.resolve({ kind: 'lost' }),
  };
  const entry = { ...row('file', {}), base: { ...baseOf('x'), etag } };
  const context = {
    remote,
    settings: { mode: 'two-way', binding: { prefix: 'p/' } },
    store: {
      meta: (key: string) => (key === 'spaceId' ? 'f'.repeat(32) : null),
      counts: () => ({ files: 1, folders: 0, bytes: 1 }),
      sequence: () => [{ id: 2, entry }],
      entry: (path: RelPath) => row(path, {}),
      record: () => undefined,
    },
    random: { hex: (bytes: number) => '0'.repeat(bytes * 2) },
    hashBytes: (bytes: Uint8Array) => ({ sha256: createHash('sha256').update(bytes).digest('hex'), md5: '' }),
    log: { info: () => undefined, warn: () => undefined },
    reached: () => undefined,
    abilities: { putIfNoneMatch: true },
  } as unknown as PairContext;
  const bound = await bindSpace(context, true, new Set(), new AbortController().signal);
  expect(bound).toMatchObject({ kind: 'guard', guard: { kind: 'bucket-marker-foreign' } });
  expect((await fake.objects.head('p/file' as ObjectKey, new AbortController().signal)).kind).toBe('found');
});
