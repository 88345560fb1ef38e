// Bucket of one pair through a plain S3 client: tree, recoverable content, edits.
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type {
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { s3Client } from '../local-cloud/client-kit.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { aliceOf, sha256 } from './machine.ts';
import type { SideTree } from './machine.ts';

export type BucketSide = {
  readonly tree: () => Promise<SideTree>;
  /** SHA-256 of everything that can be got back: objects, the remote trash, older versions. */
  readonly contents: () => Promise<Set<string>>;
  /** Unfinished multipart uploads: billed, but in no listing of objects. */
  readonly unfinishedUploads: () => Promise<readonly string[]>;
  /** Keys of ours that belong to no feature that keeps them. */
  readonly strayKeys: () => Promise<readonly string[]>;
  readonly put: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly move: (from: string, to: string) => Promise<void>;
  /** Only if it still holds what the caller saw; false if another write came first. */
  readonly replace: (path: string, seen: string, bytes: Uint8Array | null) => Promise<boolean>;
  readonly close: () => void;
};

type Marker = Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'>;

const kept = /^\.driftless\/(?:space\.json$|head$|trash\/|deleted\/|log\/)/u;

export function bucketSide(cloud: LocalCloud, place: string): BucketSide {
  const { description } = cloud;
  const client = s3Client(description, description.admin);
  const bucket = description.bucket;
  const prefix = `users/${aliceOf(description).sub}/${place}`;
  const hashes = new Map<string, string>();
  const etags = new Map<string, string>();

  async function hashOf(key: string, etag: string, versionId?: string): Promise<string | null> {
    const known = hashes.get(etag);
    if (known !== undefined) return known;
    const bytes = await read(client, {
      Bucket: bucket,
      Key: key,
      // Else a key that was written again since it was listed would give the next version's bytes to this one's ETag, for good.
      IfMatch: etag,
      ...(versionId === undefined ? {} : { VersionId: versionId }),
    });
    // Gone or replaced since it was listed: an engine is at work.
    if (bytes === null) return null;
    const hash = sha256(bytes);
    hashes.set(etag, hash);
    etags.set(hash, etag);
    return hash;
  }

  async function keys(): Promise<readonly { key: string; etag: string }[]> {
    const found: { key: string; etag: string }[] = [];
    for (let token: string | undefined; ;) {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
      );
      for (const { Key = '', ETag = '' } of page.Contents ?? []) found.push({ key: Key, etag: ETag });
      token = page.NextContinuationToken;
      if (token === undefined) return found;
    }
  }

  async function tree(): Promise<SideTree> {
    const files = new Map<string, string>();
    const folders = new Set<string>();
    for (const { key, etag } of await keys()) {
      const path = key.slice(prefix.length);
      if (path === '' || path.startsWith('.driftless/')) continue;
      const segments = path.split('/');
      for (let depth = 1; depth < segments.length; depth += 1)
        folders.add(segments.slice(0, depth).join('/'));
      if (path.endsWith('/')) continue;
      const hash = await hashOf(key, etag);
      if (hash !== null) files.set(path, hash);
    }
    return { files, folders };
  }

  return {
    tree,
    contents: async () => {
      const found = new Set<string>();
      for (let next: Marker | null = {}; next !== null;) {
        const page: ListObjectVersionsCommandOutput = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...next }),
        );
        for (const { Key = '', ETag = '', VersionId } of page.Versions ?? []) {
          const hash = await hashOf(Key, ETag, VersionId);
          if (hash !== null) found.add(hash);
        }
        next =
          page.IsTruncated === true
            ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
            : null;
      }
      return found;
    },
    unfinishedUploads: async () => {
      const page = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
      return (page.Uploads ?? []).map(({ Key = '' }) => Key);
    },
    strayKeys: async () => {
      const own = (await keys()).map(({ key }) => key.slice(prefix.length));
      return own.filter((path) => path.startsWith('.driftless/') && !kept.test(path));
    },
    put: async (path, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + path, Body: bytes }));
    },
    remove: async (path) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + path }));
    },
    move: async (from, to) => {
      const source = encodeURI(`${bucket}/${prefix}${from}`);
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: prefix + to, CopySource: source }));
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + from }));
    },
    replace: async (path, seen, bytes) => {
      const place = { Bucket: bucket, Key: prefix + path, IfMatch: etags.get(seen) };
      try {
        if (bytes === null) await client.send(new DeleteObjectCommand(place));
        else await client.send(new PutObjectCommand({ ...place, Body: bytes }));
        return true;
      } catch (error) {
        if (statusOf(error) === 412 || statusOf(error) === 404 || statusOf(error) === 409) return false;
        throw error;
      }
    },
    close: () => {
      client.destroy();
    },
  };
}

async function read(
  client: S3Client,
  place: { Bucket: string; Key: string; IfMatch: string; VersionId?: string },
): Promise<Uint8Array | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand(place));
    return Body === undefined ? new Uint8Array(0) : await Body.transformToByteArray();
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 412) return null;
    throw error;
  }
}

function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const { $metadata: info } = error;
  if (typeof info !== 'object' || info === null || !('httpStatusCode' in info)) return null;
  return typeof info.httpStatusCode === 'number' ? info.httpStatusCode : null;
}
