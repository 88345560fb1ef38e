// The catalogue of stories on an in-memory disk and four kinds of store.
import { describe, test } from 'vitest';
import type { FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { makeFakeWorld } from './fake-world.ts';
import { sampleOf, tier } from '../sizes.ts';
import { stories } from './stories/all.ts';

const stores: readonly (readonly [string, FakeRemoteOptions])[] = [
  ['a store with versions', {}],
  ['a store without versions', { versioning: 'unversioned' }],
  [
    'a store with opaque etags and no checksums',
    { versioning: 'suspended', opaqueEtags: true, sha256: false },
  ],
  [
    'a weak store that ignores conditions',
    {
      versioning: 'unversioned',
      ignores: ['put-if-match', 'delete-if-match', 'complete', 'copy-source', 'copy-target'],
    },
  ],
];

const told = tier === 'fast' ? sampleOf(stories) : stories;

describe.each(stores)('on %s', (_name, options) => {
  test.each(told.map((story) => [story.name, story] as const))('%s', async (_title, story) => {
    await story.tell(makeFakeWorld(options));
  });
});
