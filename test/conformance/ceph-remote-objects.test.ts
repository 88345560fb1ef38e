// The S3 adapter against a real Ceph RADOS Gateway: an independent implementation of S3.
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { createBucket, s3Subject } from '../support/s3-subject.ts';
import { skipUnless } from '../support/skip.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-objects.ts';

const missing = cephIsMissing();

async function makeSubject(): Promise<Subject> {
  const ceph = await startCeph();
  const place = { endpoint: ceph.s3Endpoint, region: ceph.region, bucket: 'conformance' };
  await createBucket(place, ceph.adminCredentials, true);
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
}

// Ceph 16: no DELETE If-Match, no condition on CompleteMultipartUpload, checksums taken but not kept.
describeRemoteObjects(
  'Ceph',
  makeSubject,
  {
    putIfNoneMatch: true,
    putIfMatch: true,
    deleteIfMatch: false,
    completeIfNoneMatch: false,
    copyConditions: false,
    sha256: false,
    versioning: 'enabled',
  },
  skipUnless(missing === null, missing ?? ''),
);
