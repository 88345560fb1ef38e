// The S3 adapter against a real Ceph RADOS Gateway: an independent implementation of S3.
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { createBucket, s3Subject } from '../support/s3-subject.ts';
import { skipUnless } from '../support/skip.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-kit.ts';

const missing = cephIsMissing();

function subjectWith(isVersioned: boolean): () => Promise<Subject> {
  return async () => {
    const ceph = await startCeph();
    const place = { endpoint: ceph.s3Endpoint, region: ceph.region, bucket: 'conformance' };
    await createBucket(place, ceph.adminCredentials, isVersioned);
    const mine = s3Subject(place, fixedCredentials(ceph.adminCredentials));
    const theirs = s3Subject(place, fixedCredentials(await ceph.createUser('stranger')));
    return {
      ...mine,
      denied: theirs.objects,
      prefix: 'users/a b+ü/',
      close: async () => {
        mine.close();
        theirs.close();
        await ceph.stop();
      },
    };
  };
}

// Ceph 16: no condition on DELETE, COPY or CompleteMultipartUpload; checksums are taken but not kept.
const pacific: EndpointAbilities = {
  putIfNoneMatch: true,
  putIfMatch: true,
  deleteIfMatch: false,
  completeIfNoneMatch: false,
  copyConditions: false,
  sha256: false,
  crc64nvme: false,
  md5Etag: true,
  partMd5: true,
  partChecksum: 'md5',
  versioned: false,
};
const skip = skipUnless(missing === null, missing ?? '');

describeRemoteObjects(
  'Ceph without versions',
  subjectWith(false),
  { abilities: pacific, versioning: 'unversioned' },
  skip,
);
// With versions it looks for the condition on the new version, which is not there yet: `If-None-Match: *` always wins
// and `If-Match` never.
describeRemoteObjects(
  'Ceph with versions',
  subjectWith(true),
  {
    abilities: { ...pacific, putIfNoneMatch: false, putIfMatch: false, versioned: true },
    versioning: 'enabled',
  },
  skip,
);
