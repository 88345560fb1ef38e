// Independent clients and our adapter, reading each other's objects with the same credentials.
import { hash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { uploadResumable } from '../../main/sync/transfer/upload-parts.ts';
import { collect, patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { awsCliAt, awsCliIsMissing, rcloneAt, rcloneIsMissing } from '../support/independent-clients.ts';
import type { IndependentClient, ClientAccess } from '../support/independent-clients.ts';
import { createBucket, s3Subject } from '../support/s3-subject.ts';
import type { S3Subject } from '../support/s3-subject.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder, tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();
const mebibyte = 1024 * 1024;

type Place = {
  readonly subject: S3Subject;
  readonly access: ClientAccess;
  readonly bucket: string;
  readonly prefix: string;
  readonly close: () => Promise<void>;
};

/** Names that both clients and every disk can hold, and bytes through each of the three upload methods. */
const files: ReadonlyMap<string, Uint8Array> = new Map([
  ['plain.txt', new TextEncoder().encode('plain')],
  ['empty.bin', new Uint8Array()],
  ['with space/and + plus %25.txt', patternBytes(100)],
  ['ümläut/日本語 🦊.txt', patternBytes(3000)],
  ['single-put.bin', patternBytes(8 * mebibyte, 2)],
  ['lib-storage.bin', patternBytes(40 * mebibyte, 3)],
  ['journalled.bin', patternBytes(65 * mebibyte, 4)],
]);

async function writeAll(place: Place): Promise<void> {
  for (const [name, bytes] of files) {
    const key = `${place.prefix}ours/${name}` as ObjectKey;
    const options = putOptions(bytes, { metadata: { mtime: '1700000000.5' }, contentType: 'text/plain' });
    const outcome =
      name === 'journalled.bin'
        ? await uploadResumable(
            {
              multipart: place.subject.multipart,
              key,
              source: sourceOf(bytes),
              options,
              resume: null,
              save: () => Promise.resolve(),
              partBytes: 16 * mebibyte,
              concurrency: 3,
              md5: (part) => hash('md5', part, 'hex'),
              md5Etags: true,
            },
            signal,
          )
        : await place.subject.objects.put(key, sourceOf(bytes), options, signal);
    expect(outcome.kind).toBe('done');
  }
}

async function atCloud(): Promise<Place> {
  const made = await startCloudSubject();
  const { description } = made.cloud;
  const keys = await made.alice.credentials.now();
  return {
    subject: made.alice,
    access: { s3Endpoint: description.s3, region: description.region, ...keys },
    bucket: description.bucket,
    prefix: made.alice.prefix,
    close: made.close,
  };
}

async function atCeph(): Promise<Place> {
  const ceph = await startCeph();
  const place = { endpoint: ceph.s3Endpoint, region: ceph.region, bucket: 'independent-clients' };
  await createBucket(place, ceph.adminCredentials, false);
  const subject = s3Subject(place, fixedCredentials(ceph.adminCredentials));
  return {
    subject,
    access: { s3Endpoint: ceph.s3Endpoint, region: ceph.region, ...ceph.adminCredentials },
    bucket: place.bucket,
    prefix: 'users/alice/',
    close: async () => {
      subject.close();
      await ceph.stop();
    },
  };
}

type Client = {
  readonly name: string;
  readonly missing: string | null;
  readonly at: (access: ClientAccess) => Promise<IndependentClient>;
  readonly download: (place: Place, from: string, folder: string) => readonly string[];
  readonly upload: (place: Place, folder: string, to: string) => readonly string[];
  readonly list: (place: Place, from: string) => readonly string[];
};

const clients: readonly Client[] = [
  {
    name: 'rclone',
    missing: rcloneIsMissing(),
    at: rcloneAt,
    download: (place, from, folder) => ['copy', `s3:${place.bucket}/${place.prefix}${from}`, folder],
    upload: (place, folder, to) => ['copy', folder, `s3:${place.bucket}/${place.prefix}${to}`],
    list: (place, from) => ['lsf', '-R', '--files-only', `s3:${place.bucket}/${place.prefix}${from}`],
  },
  {
    name: 'the AWS CLI',
    missing: awsCliIsMissing(),
    at: awsCliAt,
    download: (place, from, folder) => [
      's3',
      'cp',
      '--recursive',
      `s3://${place.bucket}/${place.prefix}${from}/`,
      folder,
    ],
    upload: (place, folder, to) => [
      's3',
      'cp',
      '--recursive',
      folder,
      `s3://${place.bucket}/${place.prefix}${to}/`,
    ],
    list: (place, from) => [
      's3api',
      'list-objects-v2',
      '--bucket',
      place.bucket,
      '--prefix',
      `${place.prefix}${from}/`,
      '--query',
      'Contents[].Key',
      '--output',
      'json',
    ],
  },
];

function listedNames(client: Client, place: Place, from: string, stdout: string): readonly string[] {
  if (client.name === 'rclone') return stdout.split('\n').filter((line) => line !== '');
  const keys = JSON.parse(stdout) as readonly string[];
  return keys.map((key) => key.slice(`${place.prefix}${from}/`.length));
}

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');

function describeIndependentClients(
  name: string,
  makePlace: () => Promise<Place>,
  missing: string | null,
): void {
  describe(`independent clients at ${name}`, skipUnless(missing === null, missing ?? ''), () => {
    let made: Place | null = null;
    const place = () => {
      if (made === null) throw new Error('no place');
      return made;
    };
    beforeAll(async () => {
      made = await makePlace();
      await writeAll(made);
    });
    afterAll(async () => {
      await made?.close();
    });

    for (const client of clients)
      describe(client.name, skipUnless(client.missing === null, client.missing ?? ''), () => {
        test('an independent client lists and reads what we wrote', async () => {
          const independentClient = await client.at(place().access);
          const folder = await makeTempFolder('independent-client');
          const listed = await independentClient.run(...client.list(place(), 'ours'));
          expect(listed.stderr).toBe('');
          expect(listedNames(client, place(), 'ours', listed.stdout).toSorted()).toEqual(
            [...files.keys()].toSorted(),
          );
          const copied = await independentClient.run(...client.download(place(), 'ours', folder.path));
          expect(copied).toMatchObject({ code: 0 });
          for (const [file, bytes] of files)
            expect([file, sha256(await readFile(join(folder.path, file)))]).toEqual([file, sha256(bytes)]);
          await folder.remove();
          await independentClient.remove();
        });

        test('our adapter lists and reads what an independent client wrote', async () => {
          const independentClient = await client.at(place().access);
          const folder = await tempFolder('independent-client');
          const theirs = [...files].filter(([, bytes]) => bytes.length < 60 * mebibyte);
          for (const [file, bytes] of theirs) {
            await mkdir(dirname(join(folder, file)), { recursive: true });
            await writeFile(join(folder, file), bytes);
          }
          const to = client.name === 'rclone' ? 'rclone' : 'aws';
          expect(await independentClient.run(...client.upload(place(), folder, to))).toMatchObject({
            code: 0,
          });
          const { objects } = place().subject;
          const seen: string[] = [];
          for await (const page of objects.list(`${place().prefix}${to}/`, null, signal))
            seen.push(...page.objects.map((object) => object.key.slice(`${place().prefix}${to}/`.length)));
          expect(seen.toSorted()).toEqual(theirs.map(([file]) => file).toSorted());
          for (const [file, bytes] of theirs) {
            const key = `${place().prefix}${to}/${file}` as ObjectKey;
            const got = await objects.get(key, { condition: { kind: 'none' } }, signal);
            if (got.kind !== 'found') throw new Error(`${file}: ${got.kind}`);
            expect([file, sha256(await collect(got.body))]).toEqual([file, sha256(bytes)]);
          }
          await independentClient.remove();
        });
      });

    test.skipIf(clients[0]?.missing !== null)('rclone sees the mtime that we wrote', async () => {
      const independentClient = await rcloneAt(place().access);
      const shown = await independentClient.run(
        'lsjson',
        `s3:${place().bucket}/${place().prefix}ours/plain.txt`,
      );
      expect(shown.stdout).toContain('"ModTime":"2023-11-14T22:13:20.5');
      await independentClient.remove();
    });
  });
}

describeIndependentClients('the local cloud', atCloud, null);
describeIndependentClients('Ceph', atCeph, cephIsMissing());
