// The S3 adapter against the local cloud, as full S3 and as weaker stores.
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-kit.ts';

type Setting = {
  readonly profile: 'full' | 'ceph-pacific' | 'weak';
  readonly versioning: 'enabled' | 'suspended' | 'off';
};

function subjectWith(setting: Setting): () => Promise<Subject> {
  return async () => {
    const made = await startCloudSubject();
    made.cloud.control.patch({ store: { profile: setting.profile } });
    await made.cloud.control.setVersioning(made.cloud.description.bucket, setting.versioning);
    return { ...made.alice, denied: made.bob.objects, close: made.close };
  };
}

const full: EndpointAbilities = {
  putIfNoneMatch: true,
  putIfMatch: true,
  deleteIfMatch: true,
  completeIfNoneMatch: true,
  copyConditions: true,
  sha256: true,
  crc64nvme: true,
  md5Etag: true,
  partMd5: true,
  partChecksum: 'crc64nvme',
  versioned: true,
};

describeRemoteObjects('local cloud, versioned', subjectWith({ profile: 'full', versioning: 'enabled' }), {
  abilities: full,
  versioning: 'enabled',
});
describeRemoteObjects(
  'local cloud, suspended versions',
  subjectWith({ profile: 'full', versioning: 'suspended' }),
  { abilities: { ...full, versioned: false }, versioning: 'suspended' },
);
describeRemoteObjects(
  'local cloud, as Ceph 16, unversioned',
  subjectWith({ profile: 'ceph-pacific', versioning: 'off' }),
  {
    abilities: {
      ...full,
      deleteIfMatch: false,
      completeIfNoneMatch: false,
      sha256: false,
      crc64nvme: false,
      partChecksum: 'md5',
      versioned: false,
    },
    versioning: 'unversioned',
    lacksPartCopies: true,
  },
);
describeRemoteObjects(
  'local cloud, weak and unversioned',
  subjectWith({ profile: 'weak', versioning: 'off' }),
  {
    abilities: {
      ...full,
      putIfNoneMatch: false,
      putIfMatch: false,
      deleteIfMatch: false,
      completeIfNoneMatch: false,
      copyConditions: false,
      sha256: false,
      crc64nvme: false,
      partChecksum: 'md5',
      versioned: false,
    },
    versioning: 'unversioned',
  },
);
