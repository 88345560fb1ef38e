// Uploads of many small files and of one large file: ours beside rclone and the AWS CLI, same server, same run.
import { createHash, hash } from 'node:crypto';
import { open, readdir, readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { ObjectKey } from '../../main/core/model.ts';
import { layOutParts } from '../../main/core/parts.ts';
import { runLimited } from '../../main/sync/limit.ts';
import { uploadResumable } from '../../main/sync/resumable-upload.ts';
import { patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { awsCliAt, awsCliIsMissing, rcloneAt, rcloneIsMissing } from '../support/referees.ts';
import type { Referee, RefereeAccess } from '../support/referees.ts';
import type { S3Subject } from '../support/s3-subject.ts';

export type BenchPlace = {
  readonly subject: S3Subject;
  readonly access: RefereeAccess;
  readonly bucket: string;
  readonly folder: string;
};

export type BenchRow = {
  readonly what: string;
  readonly who: string;
  readonly seconds: number;
  readonly rate: number;
  readonly unit: 'files/s' | 'MiB/s';
};

const mebibyte = 1024 * 1024;
const { signal } = new AbortController();

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

async function succeed(referee: Referee, ...args: readonly string[]): Promise<void> {
  const output = await referee.run(...args);
  if (output.code !== 0) throw new Error(`${args.join(' ')}: ${output.stderr}`);
}

type Others = readonly { readonly who: string; readonly run: (from: string, to: string) => Promise<void> }[];

async function others(place: BenchPlace): Promise<Others> {
  const found: { who: string; run: (from: string, to: string) => Promise<void> }[] = [];
  if (rcloneIsMissing() === null) {
    const rclone = await rcloneAt(place.access);
    const target = (to: string) => `s3:${place.bucket}/${to}`;
    found.push(
      { who: 'rclone', run: (from, to) => succeed(rclone, 'copy', from, target(to)) },
      {
        who: 'rclone, 64 transfers',
        run: (from, to) => succeed(rclone, 'copy', '--transfers', '64', from, target(`${to}-64`)),
      },
    );
  }
  if (awsCliIsMissing() === null) {
    const aws = await awsCliAt(place.access);
    const target = (to: string) => `s3://${place.bucket}/${to}`;
    found.push({
      who: 'aws-cli',
      run: (from, to) => succeed(aws, 's3', 'cp', '--quiet', '--recursive', from, target(to)),
    });
  }
  return found;
}

async function sendSmall(place: BenchPlace, folder: string, prefix: string, atOnce: number): Promise<void> {
  const send = async (name: string): Promise<void> => {
    const bytes = await readFile(join(folder, name));
    const outcome = await place.subject.objects.put(
      `${prefix}/${name}` as ObjectKey,
      sourceOf(bytes),
      putOptions(bytes, { condition: { kind: 'absent' } }),
      signal,
    );
    if (outcome.kind !== 'done') throw new Error(`${name}: ${outcome.kind}`);
  };
  await runLimited(await readdir(folder), atOnce, send, signal);
}

/** `count` files of 4 KiB. */
export async function benchSmallFiles(place: BenchPlace, count: number): Promise<readonly BenchRow[]> {
  const folder = join(place.folder, 'small');
  await mkdir(folder);
  for (let index = 0; index < count; index += 1)
    await writeFile(join(folder, `file-${String(index).padStart(6, '0')}.bin`), patternBytes(4096, index + 1));
  const rows: BenchRow[] = [];
  const add = (who: string, seconds: number): void => {
    rows.push({ what: `${String(count)} files of 4 KiB up`, who, seconds, rate: count / seconds, unit: 'files/s' });
  };
  for (const atOnce of [16, 64])
    add(`driftless adapter x${String(atOnce)}`, await timed(() => sendSmall(place, folder, `ours-${String(atOnce)}`, atOnce)));
  for (const other of await others(place))
    add(other.who, await timed(() => other.run(folder, `small-${other.who.split(',')[0] ?? ''}`)));
  return rows;
}

async function sendLargeFile(place: BenchPlace, file: string): Promise<void> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const layout = layOutParts(size, 16 * mebibyte);
    if (layout.kind !== 'parts') throw new Error(layout.kind);
    const read = async (position: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    const outcome = await uploadResumable(
      {
        multipart: place.subject.multipart,
        key: 'large/ours.bin' as ObjectKey,
        source: { sizeBytes: size, read },
        options: putOptions(new Uint8Array()),
        resume: null,
        save: () => Promise.resolve(),
        partBytes: layout.partBytes,
        concurrency: 4,
        md5: (bytes) => hash('md5', bytes, 'hex'),
        md5Etags: true,
      },
      signal,
    );
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
  } finally {
    await handle.close();
  }
}

/** The first pass over the bytes that the engine makes to know what it sends; the others send without knowing. */
async function hashFile(file: string): Promise<void> {
  const handle = await open(file);
  const sum = createHash('sha256');
  for await (const chunk of handle.createReadStream({ highWaterMark: mebibyte })) sum.update(chunk as Buffer);
  sum.digest('hex');
}

export async function benchLargeFile(place: BenchPlace, mebibytes: number): Promise<readonly BenchRow[]> {
  const folder = join(place.folder, 'large');
  await mkdir(folder);
  const file = join(folder, 'large.bin');
  const handle = await open(file, 'w');
  for (let index = 0; index < mebibytes; index += 16)
    await handle.write(patternBytes(Math.min(16, mebibytes - index) * mebibyte, index + 1));
  await handle.close();
  const rows: BenchRow[] = [];
  const add = (who: string, seconds: number): void => {
    rows.push({ what: `${String(mebibytes)} MiB up`, who, seconds, rate: mebibytes / seconds, unit: 'MiB/s' });
  };
  add('driftless parts', await timed(() => sendLargeFile(place, file)));
  add('driftless hash, then parts', await timed(() => hashFile(file).then(() => sendLargeFile(place, file))));
  for (const other of await others(place))
    if (!other.who.includes(',')) add(other.who, await timed(() => other.run(folder, `large-${other.who}`)));
  return rows;
}
