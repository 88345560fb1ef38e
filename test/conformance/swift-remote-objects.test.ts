// The S3 adapter against OpenStack Swift's S3 interface: an independent implementation of S3.
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { createBucket, s3Subject } from '../support/s3-subject.ts';
import { skipUnless } from '../support/skip.ts';
import { startSwift, swiftIsMissing } from '../support/swift.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-kit.ts';

const missing = swiftIsMissing();

async function subject(): Promise<Subject> {
  const swift = await startSwift();
  const place = { endpoint: swift.s3Endpoint, region: swift.region, bucket: 'conformance' };
  await createBucket(place, swift.adminCredentials, false);
  const mine = s3Subject(place, fixedCredentials(swift.adminCredentials));
  const theirs = s3Subject(place, fixedCredentials(swift.strangerCredentials));
  return {
    ...mine,
    denied: theirs.objects,
    prefix: 'users/a b+ü/',
    close: async () => {
      mine.close();
      theirs.close();
      await swift.stop();
    },
  };
}

const abilities: EndpointAbilities = {
  putIfNoneMatch: false,
  putIfMatch: false,
  deleteIfMatch: true,
  completeIfNoneMatch: false,
  copyConditions: false,
  sha256: false,
  crc64nvme: false,
  md5Etag: true,
  partMd5: true,
  partChecksum: 'md5',
  versioned: false,
};

describeRemoteObjects(
  'OpenStack Swift',
  subject,
  { abilities, versioning: 'unversioned', deletesNothing: true, overtakesTwins: true },
  skipUnless(missing === null, missing ?? ''),
);
