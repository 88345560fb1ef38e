// S3 Access Grants as the local account keeps them.

export type GrantPermission = 'READ' | 'WRITE' | 'READWRITE';

export type GrantLocation = {
  readonly id: string;
  /** `s3://`, `s3://bucket` or `s3://bucket/prefix`. */
  readonly scope: string;
  readonly iamRoleArn: string;
};

export type Grant = {
  readonly id: string;
  readonly locationId: string;
  /** ARN of an IAM role. */
  readonly grantee: string;
  readonly permission: GrantPermission;
  /** With a star at the end where it stands for more than one key. */
  readonly scope: string;
};

/** One per account and region; null until it is made. */
export type GrantsInstance = { readonly locations: GrantLocation[]; readonly grants: Grant[] };
