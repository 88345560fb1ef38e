// Isolation probe: sends the requests of core/access/isolation.ts. Lists and reads only; nothing is written
// beyond the own prefix.
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { probePlaces } from '../../core/access/isolation.ts';
import type { Probe, ProbeAction, ProbeAnswer, ProbePlace } from '../../core/access/isolation.ts';

export type IsolationQuestions = {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly variableIndex: number | null;
  /** The key of an object that the administrator put outside all prefixes, or `null`. */
  readonly canaryKey: string | null;
};

type Ask = {
  readonly place: ProbePlace;
  readonly action: ProbeAction;
  /** Resolves to whether the answer is what was asked for: a gateway answers anything with a page of its own. */
  readonly run: () => Promise<boolean>;
};

/** Empty for a prefix that is the whole bucket. Throws only what `signal` was aborted with. */
export async function probeIsolation(
  questions: IsolationQuestions,
  signal: AbortSignal,
): Promise<readonly Probe[]> {
  const probes: Probe[] = [];
  for (const { place, action, run } of asksOf(questions, signal)) {
    probes.push({ place, action, answer: await answerOf(run, signal) });
  }
  return probes;
}

function asksOf(
  { client, bucket, prefix, variableIndex, canaryKey }: IsolationQuestions,
  abortSignal: AbortSignal,
): readonly Ask[] {
  const places = probePlaces(prefix, variableIndex);
  if (places === null) return [];
  const Bucket = bucket;
  const listAt = (place: ProbePlace, Prefix: string): readonly Ask[] => [
    {
      place,
      action: 'list',
      run: async () =>
        isList(await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), { abortSignal })),
    },
    {
      place,
      action: 'list-versions',
      run: async () =>
        isList(
          await client.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys: 1 }), { abortSignal }),
        ),
    },
    {
      place,
      action: 'list-uploads',
      run: async () =>
        isList(
          await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads: 1 }), {
            abortSignal,
          }),
        ),
    },
  ];
  return [
    {
      place: 'own',
      action: 'list',
      run: async () =>
        isList(
          await client.send(new ListObjectsV2Command({ Bucket, Prefix: places.own, MaxKeys: 1 }), {
            abortSignal,
          }),
        ),
    },
    ...listAt('root', ''),
    ...(places.parent === null ? [] : listAt('parent', places.parent)),
    ...listAt('neighbour', places.neighbour),
    ...listAt('sibling', places.sibling),
    {
      place: 'root',
      action: 'read-bucket-policy',
      run: async () =>
        isPolicy((await client.send(new GetBucketPolicyCommand({ Bucket }), { abortSignal })).Policy),
    },
    ...(canaryKey === null
      ? []
      : [
          {
            place: 'canary' as const,
            action: 'read' as const,
            run: async () => {
              const got = await client.send(
                new GetObjectCommand({ Bucket, Key: canaryKey, Range: 'bytes=0-0' }),
                { abortSignal },
              );
              // The answer to the request is enough; a store that pays no regard to the range sends all of it.
              if (got.Body instanceof Readable) got.Body.destroy();
              return got.ETag !== undefined;
            },
          },
        ]),
  ];
}

/** Every listing says whether there is more of it. */
function isList(answer: { readonly IsTruncated?: boolean | undefined }): boolean {
  return answer.IsTruncated !== undefined;
}

function isPolicy(text: string | undefined): boolean {
  try {
    const policy: unknown = JSON.parse(text ?? '');
    return typeof policy === 'object' && policy !== null && 'Statement' in policy;
  } catch {
    return false;
  }
}

async function answerOf(run: Ask['run'], signal: AbortSignal): Promise<ProbeAnswer> {
  try {
    return (await run()) ? { kind: 'allowed' } : { kind: 'failed', code: 'remote-invalid-answer' };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof S3ServiceException))
      return { kind: 'failed', code: error instanceof Error ? error.name : 'unknown' };
    const status = error.$metadata.httpStatusCode;
    if (status === 403) return { kind: 'denied' };
    // An empty canary has no first byte, which only a permitted reader learns.
    if (status === 416) return { kind: 'allowed' };
    if (error.name === 'NoSuchBucket') return { kind: 'failed', code: error.name };
    if (status === 404) return { kind: 'missing' };
    return status === 501 || status === 405 ? { kind: 'unsupported' } : { kind: 'failed', code: error.name };
  }
}
