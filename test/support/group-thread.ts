// The worker for groups with a disk, a client and a byte-wise server.
import { onTestFinished } from 'vitest';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { makeHeldObjects, openGroupThread, smallFilesOn } from '../../main/adapters/groups/held-objects.ts';
import type { HeldOptions } from '../../main/adapters/groups/held-objects.ts';
import { makeS3Access } from '../../main/adapters/s3/access.ts';
import { makeS3Objects } from '../../main/adapters/s3/objects.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import { fixedCredentials } from './fixed-credentials.ts';
import { rawServer } from './raw-server.ts';
import { tempFolder } from './temp.ts';

type Answers = Readonly<Record<string, string | null>>;

/** One answer by key; null never answers. */
export async function opened(
  answers: Answers,
  options: Partial<HeldOptions> = {},
  { protocol = 'http', at }: { readonly protocol?: 'http' | 'https'; readonly at?: number } = {},
) {
  const requests: string[] = [];
  const { port } = await rawServer((socket, request) => {
    requests.push(request);
    const key = /^(?:GET|PUT) \/bucket\/(\S+)\?/u.exec(request)?.[1] ?? '';
    const answer = answers[key];
    if (typeof answer === 'string') socket.write(answer);
  });
  const keys = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'secret-example',
    sessionToken: 'token-example',
  };
  const startedMs = Date.now();
  const s3 = {
    bucket: 'bucket',
    region: 'us-east-1',
    endpoint: `${protocol}://127.0.0.1:${String(at ?? port)}`,
    forcePathStyle: true,
    expectedBucketOwner: null,
    development: true,
    credentials: fixedCredentials(keys),
    // One moment: what is sent at it is signed alike.
    nowMs: () => startedMs,
  };
  const { sdk, direct, destroy } = makeS3Access(s3);
  if (direct === null) throw new Error('no direct way');
  const thread = openGroupThread();
  const root = await tempFolder('groups');
  const disk = openNodeFiles({ root, nowMs: () => Date.now(), small: smallFilesOn(thread) });
  onTestFinished(async () => {
    await disk.close();
    destroy();
  });
  await disk.room.learnDisk();
  const seen = { slowDowns: 0 };
  const held = makeHeldObjects(thread, {
    direct,
    http: plainHttp,
    paces: [],
    abilities: () => null,
    onSlowDown: () => {
      seen.slowDowns += 1;
    },
    ...options,
  });
  const objects = makeS3Objects({ sdk, direct, bucket: 'bucket', abilities: () => null, nowMs: s3.nowMs });
  return { held, disk, root, requests, seen, objects };
}
