// The in-memory S3 earns its place in simulations by passing the conformance suite.
import { SyncError } from '../../main/core/model/errors.ts';
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-kit.ts';

function subject(options: FakeRemoteOptions): Subject {
  const fake = makeFakeRemote(options);
  const denial = new SyncError({ code: 'remote-denied', retry: 'slow', scope: 'pair' });
  const denied = makeFakeRemote({ hooks: { beforeCall: () => ({ kind: 'refused', error: denial }) } });
  return { ...fake, denied: denied.objects, prefix: 'users/a b/', close: () => Promise.resolve() };
}

const all: EndpointAbilities = {
  putIfNoneMatch: true,
  putIfMatch: true,
  deleteIfMatch: true,
  completeIfNoneMatch: true,
  copyConditions: true,
  sha256: true,
  crc64nvme: false,
  md5Etag: true,
  partMd5: true,
  partChecksum: 'none',
  versioned: true,
};

describeRemoteObjects('fake, versioned', () => Promise.resolve(subject({})), {
  abilities: all,
  versioning: 'enabled',
});
describeRemoteObjects(
  'fake, suspended versions',
  () => Promise.resolve(subject({ versioning: 'suspended', pageSize: 100 })),
  { abilities: { ...all, versioned: false }, versioning: 'suspended' },
);
describeRemoteObjects(
  'fake, weak and unversioned',
  () =>
    Promise.resolve(
      subject({
        versioning: 'unversioned',
        ignores: [
          'put-if-none-match',
          'put-if-match',
          'delete-if-match',
          'complete',
          'copy-source',
          'copy-target',
        ],
        sha256: false,
        opaqueEtags: true,
      }),
    ),
  {
    abilities: {
      putIfNoneMatch: false,
      putIfMatch: false,
      deleteIfMatch: false,
      completeIfNoneMatch: false,
      copyConditions: false,
      sha256: false,
      crc64nvme: false,
      md5Etag: false,
      partMd5: false,
      partChecksum: 'none',
      versioned: false,
    },
    versioning: 'unversioned',
  },
);
