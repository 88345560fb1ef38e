// SHA-256 of bytes in order: on the calling thread, in the disk's worker and in the one for groups.
import { createHash, hash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { feederOn } from '../../main/adapters/disk/worker/thread-hasher.ts';
import { openGroupThread } from '../../main/adapters/groups/held-objects.ts';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import type { NodeFilesOptions } from '../../main/adapters/disk/files.ts';
import type { OrderedHasher } from '../../main/ports/local-files.port.ts';
import { hashHere } from '../../main/sync/ordered-hash.ts';
import { patternBytes } from '../support/byte-source.ts';
import { tempFolder } from '../support/temp.ts';

type Subject = { readonly open: () => OrderedHasher; readonly close: () => Promise<void> };

async function onDisk(options: Partial<NodeFilesOptions> = {}): Promise<Subject> {
  const root = await tempFolder('hashers');
  const { openHasher, close } = openNodeFiles({ root, nowMs: () => Date.now(), ...options });
  return { open: () => openHasher(), close };
}

async function onGroupThread(): Promise<Subject> {
  const thread = openGroupThread();
  const { open, close } = await onDisk({ feeder: feederOn(thread) });
  return {
    open,
    close: async () => {
      await Promise.all([close(), thread.close()]);
    },
  };
}

function here(): Promise<Subject> {
  const open = (): OrderedHasher => {
    const sum = createHash('sha256');
    return hashHere({
      update: (bytes) => void sum.update(bytes),
      peekHex: () => sum.copy().digest('hex'),
      digestHex: () => sum.digest('hex'),
    });
  };
  return Promise.resolve({ open, close: () => Promise.resolve() });
}

const bytes = patternBytes(300_000);
const sha256 = (end: number): string => hash('sha256', bytes.subarray(0, end), 'hex');

const { signal } = new AbortController();

describe.each([
  ['the calling thread', here],
  ["the disk's worker", onDisk],
  ['the worker for groups', onGroupThread],
] as const)('a hasher on %s', (_where, make) => {
  async function made(): Promise<Subject> {
    const subject = await make();
    onTestFinished(() => subject.close());
    return subject;
  }

  test('answers each update with the hash of all until then', async () => {
    const hasher = (await made()).open();
    const inMemory = async (from: number, to: number): Promise<Uint8Array> => {
      const memory = await hasher.take(to - from, signal);
      expect(memory).toHaveLength(to - from);
      memory.set(bytes.subarray(from, to));
      return memory;
    };
    const [first, last] = [await inMemory(0, 100_000), await inMemory(100_001, 300_000)];
    const pieces = [
      hasher.update(first),
      hasher.update(bytes.subarray(100_000, 100_001)),
      hasher.update(new Uint8Array(0)),
      hasher.update(last),
    ];
    expect(await Promise.all(pieces)).toEqual([100_000, 100_001, 100_001, 300_000].map(sha256));
    expect(await hasher.update(new Uint8Array(0))).toBe(sha256(300_000));
    hasher.end();
  });

  test('keeps two hashes apart', async () => {
    const { open } = await made();
    const [one, other] = [open(), open()];
    await one.update(bytes.subarray(0, 10));
    await other.update(bytes.subarray(0, 20));
    expect(await one.update(bytes.subarray(10, 50))).toBe(sha256(50));
    expect(await other.update(bytes.subarray(20, 50))).toBe(sha256(50));
    one.end();
    other.end();
  });

  test('takes memory again that was given back', async () => {
    const hasher = (await made()).open();
    const memory = await hasher.take(1000, signal);
    hasher.giveBack(memory);
    const next = await hasher.take(500, signal);
    expect(next).toHaveLength(500);
    expect(next.buffer).toBe(memory.buffer);
    hasher.end();
  });

  test('begins with no bytes', async () => {
    const hasher = (await made()).open();
    expect(await hasher.update(new Uint8Array(0))).toBe(sha256(0));
    hasher.end();
  });
});

describe.each([
  ["the disk's worker", onDisk],
  ['the worker for groups', onGroupThread],
] as const)('a hasher on %s, which is another thread,', (_where, make) => {
  test('rejects what it will not answer', async () => {
    const subject = await make();
    onTestFinished(() => subject.close());
    const hasher = subject.open();
    const open = hasher.update(bytes);
    hasher.end();
    const failed = { code: 'local-worker-failed' };
    await expect(open).rejects.toMatchObject(failed);
    await expect(hasher.update(bytes)).rejects.toMatchObject(failed);
  });

  test('gives back what it took once it is ended', async () => {
    const subject = await make();
    onTestFinished(() => subject.close());
    for (let round = 0; round < 3; round += 1) {
      const hasher = subject.open();
      const all = await Promise.all(Array.from({ length: 12 }, () => hasher.take(10, signal)));
      expect(new Set(all.map(({ buffer }) => buffer)).size).toBe(12);
      hasher.end();
    }
  });

  test('rejects where the thread has ended, also what comes later', async () => {
    const { open, close } = await make();
    const hasher = open();
    await hasher.update(bytes);
    const late = hasher.update(patternBytes(20_000_000));
    const failed = expect(late).rejects.toMatchObject({ code: 'local-worker-failed' });
    await close();
    await failed;
    await expect(hasher.update(bytes)).rejects.toMatchObject({ code: 'local-worker-failed' });
    hasher.end();
    const next = open();
    await expect(next.update(bytes)).rejects.toMatchObject({ code: 'local-worker-failed' });
    next.end();
  });
});
