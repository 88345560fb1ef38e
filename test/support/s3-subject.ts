// Conformance subject: the real S3 adapter on a given endpoint and bucket.
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import type { Paces } from '../../main/adapters/limits/pace.ts';
import { makeS3Access } from '../../main/adapters/s3/access.ts';
import type { S3Access } from '../../main/adapters/s3/access.ts';
import { sdkOf } from '../../main/adapters/s3/sdk/client.ts';
import { makeS3Multipart } from '../../main/adapters/s3/multipart.ts';
import { makeS3Objects } from '../../main/adapters/s3/objects.ts';
import type { S3Bucket } from '../../main/adapters/s3/request/calls.ts';
import { makeS3Versions } from '../../main/adapters/s3/versions.ts';
import type { Credentials } from '../../main/ports/credentials.port.ts';
import type {
  EndpointAbilities,
  MultipartObjects,
  ObjectVersions,
  RemoteObjects,
} from '../../main/ports/remote-objects.port.ts';
import type { FixedKeys } from './fixed-credentials.ts';

export type S3Place = { readonly endpoint: string; readonly region: string; readonly bucket: string };

export type S3Subject = {
  readonly objects: RemoteObjects;
  readonly multipart: MultipartObjects;
  readonly versions: ObjectVersions;
  readonly learn: (abilities: EndpointAbilities) => void;
  readonly close: () => void;
};

export function s3Subject(place: S3Place, credentials: Credentials, paces: readonly Paces[] = []): S3Subject {
  const options = {
    ...place,
    forcePathStyle: true,
    expectedBucketOwner: null,
    development: true,
    credentials,
    paces,
    nowMs: () => Date.now(),
  };
  return subjectBy(makeS3Access(options), place.bucket);
}

/** By a client of the SDK alone. */
export function subjectOf(client: S3Client, bucketName: string): S3Subject {
  const destroy = (): void => {
    client.destroy();
  };
  return subjectBy({ sdk: sdkOf(client), direct: null, destroy }, bucketName);
}

function subjectBy(
  { sdk, direct, destroy }: Pick<S3Access, 'direct' | 'destroy'> & Pick<S3Bucket, 'sdk'>,
  bucketName: string,
): S3Subject {
  const known: { abilities: EndpointAbilities | null } = { abilities: null };
  const bucket = {
    sdk,
    direct,
    bucket: bucketName,
    abilities: () => known.abilities,
    nowMs: () => Date.now(),
  };
  return {
    objects: makeS3Objects(bucket),
    multipart: makeS3Multipart(bucket),
    versions: makeS3Versions(bucket),
    learn: (abilities) => {
      known.abilities = abilities;
    },
    close: destroy,
  };
}

export async function createBucket(place: S3Place, keys: FixedKeys, isVersioned: boolean): Promise<void> {
  const admin = new S3Client({
    region: place.region,
    endpoint: place.endpoint,
    forcePathStyle: true,
    credentials: keys,
  });
  try {
    await admin.send(new CreateBucketCommand({ Bucket: place.bucket }));
    if (isVersioned)
      await admin.send(
        new PutBucketVersioningCommand({
          Bucket: place.bucket,
          VersioningConfiguration: { Status: 'Enabled' },
        }),
      );
  } finally {
    admin.destroy();
  }
}
