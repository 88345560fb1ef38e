// Large files over the real client: interrupted, resumed, and fetched in ranges.
import { createHash, hash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import type { MultipartObjects } from '../../main/ports/remote-objects.port.ts';
import { downloadRanged } from '../../main/sync/transfer/download-ranges.ts';
import { hashHere } from '../../main/sync/ordered-hash.ts';
import { uploadResumable } from '../../main/sync/transfer/upload-parts.ts';
import type { ResumableUpload, UploadHandle } from '../../main/sync/transfer/upload-parts.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/transfer/retry.ts';
import { patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import type { CloudSubject } from '../support/cloud-subject.ts';
import { fixedRandom, instantClock } from '../support/instant-clock.ts';

const mebibyte = 1024 * 1024;
const partBytes = 5 * mebibyte;
const bytes = patternBytes(66 * mebibyte, 9);
const { signal } = new AbortController();

let made: CloudSubject | null = null;
const cloud = () => {
  if (made === null) throw new Error('no cloud');
  return made;
};
const key = (name: string) => `${cloud().alice.prefix}${name}` as ObjectKey;

beforeAll(async () => {
  made = await startCloudSubject();
});
afterEach(() => {
  cloud().cloud.control.reset();
});
afterAll(async () => {
  await made?.close();
});

function uploadOf(
  name: string,
  saved: UploadHandle[],
  overrides: Partial<ResumableUpload> = {},
): ResumableUpload {
  const retry = { clock: instantClock(), random: fixedRandom(0.5) };
  return {
    multipart: withRetryMultipart(cloud().alice.multipart, retry),
    key: key(name),
    source: sourceOf(bytes),
    options: putOptions(bytes, { condition: { kind: 'absent' } }),
    resume: saved.at(-1) ?? null,
    save: (handle) => {
      saved.push(handle);
      return Promise.resolve();
    },
    partBytes,
    concurrency: 3,
    md5: (part) => hash('md5', part, 'hex'),
    md5Etags: true,
    ...overrides,
  };
}

async function fetchAll(name: string, etag: Etag) {
  const target = new Uint8Array(bytes.length);
  const sum = createHash('sha256');
  const objects = withRetry(cloud().alice.objects, { clock: instantClock(), random: fixedRandom(0.5) });
  const outcome = await downloadRanged(
    {
      objects,
      key: key(name),
      etag,
      sizeBytes: bytes.length,
      rangeBytes: 8 * mebibyte,
      concurrency: 4,
      sink: {
        write: (chunk, position) => {
          target.set(chunk, position);
          return Promise.resolve();
        },
      },
      hasher: hashHere({
        update: (chunk) => void sum.update(chunk),
        peekHex: () => sum.copy().digest('hex'),
        digestHex: () => sum.digest('hex'),
      }),
      startAt: 0,
      onProgress: () => undefined,
    },
    signal,
  );
  return { outcome, target };
}

function countedCalls(inner: MultipartObjects, calls: string[]): MultipartObjects {
  return {
    ...inner,
    create: (...args) => {
      calls.push('create');
      return inner.create(...args);
    },
    uploadPart: (...args) => {
      calls.push('uploadPart');
      return inner.uploadPart(...args);
    },
  };
}

describe('large transfers', () => {
  test('an interrupted upload resumes, sends only the parts in flight again, and comes back whole', async () => {
    const saved: UploadHandle[] = [];
    const stop = new AbortController();
    // A retry must not meet what the first run made.
    const name = `resumed-${randomUUID()}.bin`;
    const interrupted = uploadOf(name, saved, {
      options: putOptions(bytes, {
        condition: { kind: 'absent' },
        onProgress: (sent) => {
          if (sent >= 6 * partBytes) stop.abort(new Error('power cut'));
        },
      }),
    });
    await expect(uploadResumable(interrupted, stop.signal)).rejects.toThrow('power cut');
    expect(await cloud().alice.objects.head(key(name), signal)).toEqual({ kind: 'absent' });

    // Counted where they are sent: the store may still be recording the parts that were in flight at the
    // power cut.
    const calls: string[] = [];
    const counted = countedCalls(cloud().alice.multipart, calls);
    const outcome = await uploadResumable({ ...uploadOf(name, saved), multipart: counted }, signal);
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    const count = Math.ceil(bytes.length / partBytes);
    expect(calls.filter((call) => call === 'uploadPart').length).toBeGreaterThan(0);
    expect(calls.filter((call) => call === 'uploadPart').length).toBeLessThanOrEqual(count - 6);
    expect(calls).not.toContain('create');
    const { outcome: fetched, target } = await fetchAll(name, outcome.etag);
    expect(fetched).toMatchObject({ kind: 'done', content: hash('sha256', bytes, 'hex') });
    expect(Buffer.from(target).equals(bytes)).toBe(true);
  });

  test('a large transfer survives throttling, conflicts, cut connections and expired credentials', async () => {
    const { control } = cloud().cloud;
    const name = `rough-${randomUUID()}.bin`;
    const busy = { kind: 'error', status: 409, code: 'OperationAborted', times: 1 } as const;
    control.addFault({ verb: 'CreateMultipartUpload', ...busy });
    control.addFault({ verb: 'UploadPart', ...busy, after: 1 });
    control.addFault({ verb: 'UploadPart', kind: 'error', times: 2, after: 2 });
    control.addFault({ verb: 'UploadPart', kind: 'cut-after', times: 2, after: 6 });
    control.addFault({
      verb: 'UploadPart',
      kind: 'error',
      status: 400,
      code: 'ExpiredToken',
      times: 1,
      after: 9,
    });
    const outcome = await uploadResumable(uploadOf(name, []), signal);
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    control.clearFaults();
    control.addFault({ verb: 'GetObject', kind: 'truncate', keepBytes: 3 * mebibyte, times: 3, after: 1 });
    control.addFault({ verb: 'GetObject', kind: 'error', times: 2, after: 3 });
    const { outcome: fetched } = await fetchAll(name, outcome.etag);
    expect(fetched).toMatchObject({ kind: 'done', content: hash('sha256', bytes, 'hex') });
  });

  test('a completion whose response is lost is not repeated, and the object is there', async () => {
    cloud().cloud.control.addFault({ verb: 'CompleteMultipartUpload', kind: 'cut-after', times: 1 });
    const saved: UploadHandle[] = [];
    const name = `unknown-${randomUUID()}.bin`;
    await expect(uploadResumable(uploadOf(name, saved), signal)).rejects.toMatchObject({
      code: 'outcome-unknown',
    });
    expect(cloud().cloud.control.counts()['CompleteMultipartUpload']).toBe(1);
    expect(await cloud().alice.objects.head(key(name), signal)).toMatchObject({
      kind: 'found',
      info: { sizeBytes: bytes.length },
    });
    // A resumed completion finds the name taken and scans again instead of creating a second version.
    expect(await uploadResumable(uploadOf(name, saved), signal)).toEqual({ kind: 'lost' });
  });
});
