// Requests by the SDK's client, which is loaded with the first of them: most runs make none.
import type {
  AbortMultipartUploadCommandInput,
  AbortMultipartUploadCommandOutput,
  CompleteMultipartUploadCommandInput,
  CompleteMultipartUploadCommandOutput,
  CopyObjectCommandInput,
  CopyObjectCommandOutput,
  CreateMultipartUploadCommandInput,
  CreateMultipartUploadCommandOutput,
  DeleteObjectCommandInput,
  DeleteObjectCommandOutput,
  GetBucketVersioningCommandInput,
  GetBucketVersioningCommandOutput,
  GetObjectCommandInput,
  GetObjectCommandOutput,
  GetObjectTaggingCommandInput,
  GetObjectTaggingCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  ListPartsCommandInput,
  ListPartsCommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
  UploadPartCommandInput,
  UploadPartCommandOutput,
  UploadPartCopyCommandInput,
  UploadPartCopyCommandOutput,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';

/** What is sent and answered, by the names of the S3 API. */
export type S3Operations = {
  readonly AbortMultipartUpload: readonly [
    AbortMultipartUploadCommandInput,
    AbortMultipartUploadCommandOutput,
  ];
  readonly CompleteMultipartUpload: readonly [
    CompleteMultipartUploadCommandInput,
    CompleteMultipartUploadCommandOutput,
  ];
  readonly CopyObject: readonly [CopyObjectCommandInput, CopyObjectCommandOutput];
  readonly CreateMultipartUpload: readonly [
    CreateMultipartUploadCommandInput,
    CreateMultipartUploadCommandOutput,
  ];
  readonly DeleteObject: readonly [DeleteObjectCommandInput, DeleteObjectCommandOutput];
  readonly GetBucketVersioning: readonly [GetBucketVersioningCommandInput, GetBucketVersioningCommandOutput];
  readonly GetObject: readonly [GetObjectCommandInput, GetObjectCommandOutput];
  readonly GetObjectTagging: readonly [GetObjectTaggingCommandInput, GetObjectTaggingCommandOutput];
  readonly HeadObject: readonly [HeadObjectCommandInput, HeadObjectCommandOutput];
  readonly ListObjectsV2: readonly [ListObjectsV2CommandInput, ListObjectsV2CommandOutput];
  readonly ListObjectVersions: readonly [ListObjectVersionsCommandInput, ListObjectVersionsCommandOutput];
  readonly ListParts: readonly [ListPartsCommandInput, ListPartsCommandOutput];
  readonly PutObject: readonly [PutObjectCommandInput, PutObjectCommandOutput];
  readonly UploadPart: readonly [UploadPartCommandInput, UploadPartCommandOutput];
  readonly UploadPartCopy: readonly [UploadPartCopyCommandInput, UploadPartCopyCommandOutput];
};

/** An upload whose parts lib-storage cuts from a stream and sends, some at once. */
export type StreamUpload = {
  readonly params: CreateMultipartUploadCommandInput & {
    readonly Body: Readable;
    readonly ContentLength: number;
  };
  readonly partBytes: number;
  readonly partsInFlight: number;
  /** Each part carries `Content-MD5`. */
  readonly isPartMd5Wanted: boolean;
  readonly onProgress: (bytes: number) => void;
};

export type S3Sdk = {
  send<Name extends keyof S3Operations>(
    name: Name,
    input: S3Operations[Name][0],
  ): Promise<S3Operations[Name][1]>;
  upload(upload: StreamUpload): Promise<CompleteMultipartUploadCommandOutput>;
};

/**
 * @returns also what loads it ahead: an update of the program replaces its files, those of a process that runs on as well
 */
export function lateSdk(load: () => Promise<S3Sdk>): S3Sdk & { load(): Promise<void> } {
  let loading: Promise<S3Sdk> | null = null;
  const loaded = async (): Promise<S3Sdk> => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      // It may have been for want of a descriptor.
      loading = null;
      throw error;
    }
  };
  return {
    load: async () => {
      await loaded();
    },
    send: async (name, input) => (await loaded()).send(name, input),
    upload: async (upload) => (await loaded()).upload(upload),
  };
}
