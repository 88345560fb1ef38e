// Bucket configuration as S3 API requests: for a console, a script, or a store without CloudFormation and
// Terraform.
import type { TemplateAnswers } from './answers.ts';

export const uploadDays = 7;

/** Each value is the body of the S3 request of that name, as for `aws s3api put-...`. */
export type BucketSettings = {
  readonly PutBucketVersioning: { readonly Status: 'Enabled' };
  readonly PutBucketLifecycleConfiguration: { readonly Rules: readonly LifecycleRule[] };
  readonly PutPublicAccessBlock: Readonly<Record<string, true>>;
  readonly PutBucketOwnershipControls: {
    readonly Rules: readonly { readonly ObjectOwnership: 'BucketOwnerEnforced' }[];
  };
  readonly PutBucketEncryption: { readonly Rules: readonly Readonly<Record<string, unknown>>[] };
  readonly PutObjectLockConfiguration?: Readonly<Record<string, unknown>>;
};

type LifecycleRule = {
  readonly ID: string;
  readonly Status: 'Enabled';
  readonly Filter: { readonly Prefix: '' };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly Expiration?: { readonly ExpiredObjectDeleteMarker: true };
};

export function bucketSettings({
  kmsKeyArn,
  noncurrentDays,
  objectLockDays,
}: TemplateAnswers): BucketSettings {
  const everything = { Status: 'Enabled', Filter: { Prefix: '' } } as const;
  return {
    PutBucketVersioning: { Status: 'Enabled' },
    PutBucketLifecycleConfiguration: {
      Rules: [
        {
          ID: 'abort-unfinished-uploads',
          ...everything,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploadDays },
        },
        {
          ID: 'forget-old-versions',
          ...everything,
          NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays },
          Expiration: { ExpiredObjectDeleteMarker: true },
        },
      ],
    },
    PutPublicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    PutBucketOwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    PutBucketEncryption: {
      Rules: [
        kmsKeyArn === null
          ? { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
          : {
              BucketKeyEnabled: true,
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn },
            },
      ],
    },
    ...(objectLockDays === null
      ? {}
      : {
          PutObjectLockConfiguration: {
            ObjectLockEnabled: 'Enabled',
            Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: objectLockDays } },
          },
        }),
  };
}
