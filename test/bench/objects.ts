// The bench's own access to a bucket: compares what arrived, and removes it.
import { createWriteStream } from 'node:fs';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NotFound,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

/** Keys are relative to a prefix of the bench. */
export type Objects = {
  readonly keys: (below: string) => Promise<readonly string[]>;
  readonly fetch: (key: string, path: string) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  /** When the store received the object, by its clock; null where there is none. */
  readonly writtenAtMs: (key: string) => Promise<number | null>;
};

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** A request without a signature, which the light store does not ask for. */
export function ask(endpoint: string, method: string, target: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(`${endpoint}${target}`, { method, agent }, resolve);
    asked.once('error', reject);
    asked.end();
  });
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

/** Without signatures: a tenth of the time that the SDK takes for a hundred thousand objects. */
export function plainObjects(endpoint: string, bucket: string): Objects {
  const list = (query: string): Promise<string> =>
    ask(endpoint, 'GET', `/${bucket}?list-type=2&${query}`).then(textOf);
  return {
    keys: async (below) => {
      const keys: string[] = [];
      for (let after = ''; ;) {
        const xml = await list(
          `prefix=${encodeURIComponent(below)}&start-after=${encodeURIComponent(after)}`,
        );
        const page = [...xml.matchAll(/<Key>([^<]*)<\/Key>/gu)].map(([, key = '']) => key);
        for (const key of page) keys.push(key.slice(below.length));
        if (!xml.includes('<IsTruncated>true')) return keys;
        after = page.at(-1) ?? '';
      }
    },
    fetch: async (key, path) =>
      pipeline(await ask(endpoint, 'GET', `/${bucket}/${key}`), createWriteStream(path)),
    remove: async (key) => {
      await textOf(await ask(endpoint, 'DELETE', `/${bucket}/${key}`));
    },
    writtenAtMs: async (key) => {
      const at = /<LastModified>([^<]*)</u.exec(await list(`max-keys=1&prefix=${encodeURIComponent(key)}`));
      return at?.[1] === undefined ? null : Date.parse(at[1]);
    },
  };
}

/** For stores that check signatures. `root` is what every key begins with. */
export function signedObjects(config: S3ClientConfig, bucket: string, root: string): Objects {
  const client = new S3Client({ ...config, forcePathStyle: true });
  const at = (key: string): { readonly Bucket: string; readonly Key: string } => ({
    Bucket: bucket,
    Key: `${root}${key}`,
  });
  return {
    keys: async (below) => {
      const prefix = `${root}${below}`;
      const keys: string[] = [];
      for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: next }),
        );
        for (const { Key = '' } of page.Contents ?? []) keys.push(Key.slice(prefix.length));
        next = page.NextContinuationToken;
      }
      return keys;
    },
    fetch: async (key, path) => {
      const { Body } = await client.send(new GetObjectCommand(at(key)));
      await pipeline(Body as Readable, createWriteStream(path)); // a stream of Node's, as this is Node
    },
    remove: async (key) => {
      await client.send(new DeleteObjectCommand(at(key)));
    },
    writtenAtMs: async (key) => {
      try {
        const { LastModified } = await client.send(new HeadObjectCommand(at(key)));
        return LastModified?.getTime() ?? null;
      } catch (error) {
        if (error instanceof NotFound) return null;
        throw error;
      }
    },
  };
}
