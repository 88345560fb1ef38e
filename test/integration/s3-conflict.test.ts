// Conditional writes that meet 409 ConditionalRequestConflict: a lost race, never a success. AWS sends it when two meet.
//
// What AWS says to do after it: look at the object's ETag and send again; after a completion, begin the upload again.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
import { hash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AccountConfig } from '../../main/core/config/config.ts';
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import type { Condition, RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import { uploadResumable } from '../../main/sync/transfer/upload-parts.ts';
import type { ToldReport } from '../support/sync-told.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/transfer/retry.ts';
import { makeRealWorld } from '../scenario/real-world.ts';
import { doneBy } from '../scenario/story.ts';
import type { StoryWorld } from '../scenario/story.ts';
import { collect, patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import type { CloudSubject } from '../support/cloud-subject.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { fixedRandom, instantClock } from '../support/instant-clock.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const { signal } = new AbortController();
const mebibyte = 1024 * 1024;
let made: CloudSubject | null = null;
let admin: S3Client;
const cloud = () => {
  if (made === null) throw new Error('no cloud');
  return made;
};
const control = () => cloud().cloud.control;
const key = (name: string) => `${cloud().alice.prefix}${name}` as ObjectKey;

beforeAll(async () => {
  made = await startCloudSubject();
  const { s3, region, admin: credentials } = made.cloud.description;
  admin = new S3Client({ endpoint: s3, region, credentials, forcePathStyle: true });
});
afterEach(() => {
  control().reset();
});
afterAll(async () => {
  admin.destroy();
  await made?.close();
});

/** The store's response to the next such request, in place of its effect. */
function conflictOn(
  verb: string,
  how: { status?: number; times?: number | null; keyContains?: string } = {},
) {
  control().addFault({
    verb,
    kind: 'error',
    status: 409,
    code: 'ConditionalRequestConflict',
    times: 1,
    ...how,
  });
}

const clock = instantClock();
const retry = { clock, random: fixedRandom(0.5) };
/** As the engine has them, with its one retry loop: it must not send a lost race again by itself. */
const objects = (): RemoteObjects => withRetry(cloud().alice.objects, retry);

async function textAt(name: string): Promise<string | null> {
  const got = await objects().get(key(name), { condition: { kind: 'none' } }, signal);
  return got.kind === 'found' ? Buffer.from(await collect(got.body)).toString() : null;
}

async function putText(name: string, text: string, condition: Condition = { kind: 'none' }) {
  const bytes = Buffer.from(text);
  return await objects().put(key(name), sourceOf(bytes), putOptions(bytes, { condition }), signal);
}

async function etagOf(name: string): Promise<Etag> {
  const head = await objects().head(key(name), signal);
  if (head.kind !== 'found') throw new Error(`${name} is ${head.kind}`);
  return head.info.etag;
}

describe('the adapter', () => {
  test.each(['absent', 'etag', 'none'] as const)(
    'a PUT under the condition "%s" is lost, changes nothing, and can be sent again',
    async (kind) => {
      const name = `put-${kind}.txt`;
      if (kind !== 'absent') await putText(name, 'before');
      const condition = kind === 'etag' ? { kind, etag: await etagOf(name) } : { kind };
      control().clearLog();
      conflictOn('PutObject');
      expect(await putText(name, 'after', condition)).toEqual({ kind: 'lost' });
      expect(control().counts()['PutObject']).toBe(1);
      expect(await textAt(name)).toBe(kind === 'absent' ? null : 'before');
      expect(await putText(name, 'after', condition)).toMatchObject({ kind: 'done' });
      expect(await textAt(name)).toBe('after');
    },
  );

  test.each([409, 200])(
    'a multipart upload whose completion conflicts (status %i) is aborted, and started again by the next try',
    async (status) => {
      const name = `parts-${String(status)}.bin`;
      const bytes = patternBytes(9 * mebibyte);
      const send = () =>
        objects().put(
          key(name),
          sourceOf(bytes),
          putOptions(bytes, { condition: { kind: 'absent' } }),
          signal,
        );
      conflictOn('CompleteMultipartUpload', { status });
      expect(await send()).toEqual({ kind: 'lost' });
      expect(await objects().head(key(name), signal)).toEqual({ kind: 'absent' });
      expect(control().counts()).toMatchObject({ CompleteMultipartUpload: 1, AbortMultipartUpload: 1 });
      expect((await send()).kind).toBe('done');
      expect(control().counts()).toMatchObject({ CreateMultipartUpload: 2, UploadPart: 4 });
    },
  );

  test.each([409, 200])(
    'a journalled upload whose completion conflicts (status %i) leaves nothing in the bucket',
    async (status) => {
      const name = `journalled-${String(status)}.bin`;
      const bytes = patternBytes(11 * mebibyte, 3);
      const multipart = withRetryMultipart(cloud().alice.multipart, retry);
      const handles: string[] = [];
      const send = () =>
        uploadResumable(
          {
            multipart,
            key: key(name),
            source: sourceOf(bytes),
            options: putOptions(bytes, { condition: { kind: 'absent' } }),
            resume: null,
            save: ({ uploadId }) => {
              handles.push(uploadId);
              return Promise.resolve();
            },
            partBytes: 5 * mebibyte,
            concurrency: 3,
            md5: (part) => hash('md5', part, 'hex'),
            md5Etags: true,
          },
          signal,
        );
      conflictOn('CompleteMultipartUpload', { status });
      expect(await send()).toEqual({ kind: 'lost' });
      expect(control().counts()['CompleteMultipartUpload']).toBe(1);
      const [first = ''] = handles;
      expect(await multipart.listParts(key(name), first, signal)).toEqual({ kind: 'upload-gone' });
      expect(await objects().head(key(name), signal)).toEqual({ kind: 'absent' });
      expect((await send()).kind).toBe('done');
      expect(control().counts()).toMatchObject({ CreateMultipartUpload: 2, UploadPart: 6 });
    },
  );

  test.each([409, 200])('a copy that conflicts (status %i) is lost and creates no object', async (status) => {
    const [from, to] = [`copied-${String(status)}.txt`, `copy-${String(status)}.txt`];
    await putText(from, 'bytes');
    const options = {
      source: await etagOf(from),
      condition: { kind: 'absent' as const },
      metadata: {},
      contentType: 'text/plain',
    };
    conflictOn('CopyObject', { status });
    expect(await objects().copy(key(from), key(to), options, signal)).toEqual({ kind: 'lost' });
    expect(control().counts()['CopyObject']).toBe(1);
    expect(await textAt(to)).toBeNull();
    expect(await objects().copy(key(from), key(to), options, signal)).toMatchObject({ kind: 'done' });
    expect(await textAt(to)).toBe('bytes');
  });

  test('a DELETE that conflicts is lost, and its object is still there', async () => {
    await putText('kept.txt', 'bytes');
    const condition = { kind: 'etag' as const, etag: await etagOf('kept.txt') };
    conflictOn('DeleteObject');
    expect(await objects().delete(key('kept.txt'), condition, signal)).toEqual({ kind: 'lost' });
    expect(control().counts()['DeleteObject']).toBe(1);
    expect(await textAt('kept.txt')).toBe('bytes');
    expect(await objects().delete(key('kept.txt'), condition, signal)).toMatchObject({ kind: 'done' });
    expect(await textAt('kept.txt')).toBeNull();
  });
});

describe('the engine', () => {
  let stories = 0;

  async function newWorld(): Promise<StoryWorld & { readonly prefix: string }> {
    stories += 1;
    const { s3: s3Endpoint, region, bucket, admin: keys } = cloud().cloud.description;
    const config = {
      region,
      s3Endpoint,
      forcePathStyle: true,
      accountId: null,
      development: true,
    } as unknown as AccountConfig; // the settings that the S3 client needs; the parser has its own tests
    const prefix = `conflict-${String(stories)}/`;
    const world = makeRealWorld({
      room: await tempFolder('conflict'),
      s3: admin,
      bucket,
      prefix,
      account: { config, credentials: fixedCredentials(keys) },
    });
    return { ...world, prefix };
  }

  /** Outcomes of the operations of a kind, in order. */
  function endsOf(report: ToldReport, kind: string): readonly string[] {
    return report.ended
      .filter(({ op }) => op.kind === kind)
      .map(({ outcome }) => (outcome.kind === 'replan' ? outcome.why : outcome.kind));
  }
  const inSync = { kind: 'ended', isInSync: true, problems: [] };

  test.each([
    ['small', 'PutObject', 'text'],
    ['large', 'CompleteMultipartUpload', 'x'.repeat(9 * mebibyte)],
  ])('a conflict on a %s new file scans again and uploads in the same sync', async (size, verb, text) => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write(`${size}.txt`, text);
    conflictOn(verb, { keyContains: `${size}.txt` });
    const report = await laptop.sync();
    expect(report).toMatchObject(inSync);
    expect(endsOf(report, 'upload')).toEqual(['another writer was first', 'done']);
    expect(await world.bucket.read(`${size}.txt`)).toBe(text);
    expect(await laptop.tree()).toEqual([`${size}.txt`]);
  });

  test('both versions are kept where another writer really was first', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.sync();
    await laptop.write('both.txt', 'mine');
    control().addFault({
      verb: 'PutObject',
      kind: 'hold',
      times: 1,
      keyContains: 'both.txt',
    });
    conflictOn('PutObject', { keyContains: 'both.txt' });
    const syncing = laptop.sync();
    await waitFor(async () => {
      const asked = await fetch(cloud().cloud.description.control);
      const { faults } = (await asked.json()) as { faults: readonly unknown[] };
      return faults.length === 0;
    });
    await world.bucket.put('both.txt', 'theirs');
    control().clearFaults();
    const report = await syncing;
    expect(report).toMatchObject(inSync);
    expect(endsOf(report, 'upload')[0]).toBe('another writer was first');
    expect(doneBy(report)).toContain('set-aside');
    expect(await world.bucket.read('both.txt')).toBe('theirs');
    const [, copy = ''] = (await world.bucket.tree()).toSorted((a, b) => a.length - b.length);
    expect(await world.bucket.read(copy)).toBe('mine');
    expect(await laptop.tree()).toEqual(await world.bucket.tree());
  });

  test('an edit replaces nothing that could not be preserved first', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write('note.txt', 'first');
    await laptop.sync();
    await laptop.write('note.txt', 'second');
    control().clearLog();
    conflictOn('CopyObject', { keyContains: '.driftless/trash/' });
    const report = await laptop.sync();
    expect(report).toMatchObject(inSync);
    // One HEAD shows that nothing was written in between, so the copy is sent again.
    expect(endsOf(report, 'upload')).toEqual(['done']);
    const writes = control()
      .log()
      .filter(
        ({ verb, detail }) => verb === 'CopyObject' || (verb === 'PutObject' && detail.endsWith('note.txt')),
      );
    expect(writes.map(({ verb, status }) => `${verb} ${String(status)}`)).toEqual([
      'CopyObject 409',
      'CopyObject 200',
      'PutObject 200',
    ]);
    expect(await world.bucket.read('note.txt')).toBe('second');
    const kept = (await world.bucket.own()).filter((one) => one.startsWith('.driftless/trash/'));
    expect(await Promise.all(kept.map((one) => world.bucket.read(one)))).toEqual(['first']);
  });

  test('an edit whose PUT conflicts is sent again under the same condition', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write('note.txt', 'first');
    await laptop.sync();
    await laptop.write('note.txt', 'second');
    conflictOn('PutObject', { keyContains: 'note.txt' });
    const report = await laptop.sync();
    expect(report).toMatchObject(inSync);
    expect(endsOf(report, 'upload')).toEqual(['another writer was first', 'done']);
    expect(await world.bucket.read('note.txt')).toBe('second');
  });

  test('a removal that conflicts scans again and then removes', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write('gone.txt', 'text');
    await laptop.write('stays.txt', 'text');
    await laptop.sync();
    await laptop.remove('gone.txt');
    control().clearLog();
    conflictOn('DeleteObject', { keyContains: 'gone.txt' });
    const report = await laptop.sync({ approve: true });
    expect(report).toMatchObject(inSync);
    expect(endsOf(report, 'remove-remote')).toEqual(['done']);
    expect(control().counts()).toMatchObject({ DeleteObject: 2 });
    expect(await world.bucket.tree()).toEqual(['stays.txt']);
  });

  test('a move whose copy conflicts sends the copy again', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write('old.txt', 'text');
    await laptop.sync();
    await laptop.rename('old.txt', 'new.txt');
    conflictOn('CopyObject', { keyContains: 'new.txt' });
    const report = await laptop.sync();
    expect(report).toMatchObject(inSync);
    expect(endsOf(report, 'move-remote')).toEqual(['done']);
    expect(await world.bucket.tree()).toEqual(['new.txt']);
    expect(await world.bucket.read('new.txt')).toBe('text');
  });

  test('a move whose last step conflicts leaves no second name behind', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write('old.txt', 'text');
    await laptop.sync();
    await laptop.rename('old.txt', 'new.txt');
    conflictOn('DeleteObject', { keyContains: 'old.txt' });
    const report = await laptop.sync();
    expect(report).toMatchObject(inSync);
    expect(endsOf(report, 'move-remote')).toEqual(['done']);
    expect(await world.bucket.tree()).toEqual(['new.txt']);
    expect(await laptop.tree()).toEqual(['new.txt']);
  });

  test('a store that always reports a conflict is given up after a few scans, not called in sync, and loses no byte', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.sync();
    await laptop.write('never.txt', 'text');
    conflictOn('PutObject', { keyContains: 'never.txt', times: null });
    const report = await laptop.sync();
    expect(report).toMatchObject({ kind: 'ended', isInSync: false });
    const ends = endsOf(report, 'upload');
    expect(new Set(ends)).toEqual(new Set(['another writer was first']));
    expect(ends.length).toBeLessThan(12);
    expect(await laptop.read('never.txt')).toBe('text');
    control().clearFaults();
    expect(await laptop.sync()).toMatchObject(inSync);
    expect(await world.bucket.read('never.txt')).toBe('text');
  });

  test('a bucket marker that could not be written does not count: the pair stops and tries again', async () => {
    const world = await newWorld();
    const laptop = world.device('laptop');
    await laptop.write('a.txt', 'text');
    conflictOn('PutObject', { keyContains: 'space.json' });
    await expect(laptop.sync()).rejects.toMatchObject({
      code: 'remote-changed',
      retry: 'backoff',
      scope: 'pair',
    });
    expect(await world.bucket.tree()).toEqual([]);
    expect(await laptop.sync()).toMatchObject(inSync);
    expect(await laptop.sync()).toMatchObject(inSync);
    expect(await world.bucket.own()).toContain('.driftless/space.json');
  });
});
