// Digests of the parts of an open file, on a real disk and in memory.
import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { sumOf } from '../../main/adapters/sums/body-sum.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalFiles } from '../../main/ports/local-files.port.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';

type Subject = { readonly files: LocalFiles; readonly write: (text: string) => void };

function onDisk(): Subject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-digests-')));
  const { files, close } = openNodeFiles({ root, nowMs: () => Date.now() });
  onTestFinished(async () => {
    await close();
    rmSync(root, { recursive: true });
  });
  const write = (text: string): void => {
    writeFileSync(join(root, 'a'), text);
  };
  return { files, write };
}

function inMemory(): Subject {
  const disk = new FakeDisk({ nowMs: () => 1_790_000_000_000 });
  const write = (text: string): void => {
    disk.write('a', text);
  };
  return { files: openFakeLocalFiles(disk).files, write };
}

const partBytes = 700_000;
const text = Array.from({ length: 300_000 }, (_, index) => String(index)).join(' ');
const bytes = new TextEncoder().encode(text);

async function readerOf({ files, write }: Subject) {
  write(text);
  const opened = await files.open(relPath('a'));
  if (opened.kind !== 'open') throw new Error(opened.kind);
  onTestFinished(() => opened.reader.close());
  return opened.reader;
}

for (const [name, subjectOf] of [
  ['a real disk', onDisk],
  ['memory', inMemory],
] as const) {
  test(`${name}: parts are digested one after the other, but for those that are asked for too soon`, async () => {
    const reader = await readerOf(subjectOf());
    for (const checksum of ['crc64nvme', 'crc32', 'md5', 'none'] as const) {
      const digests = reader.digestParts?.({ partBytes, checksum });
      expect(digests).toMatchObject({ partBytes, checksum });
      expect(await digests?.of(2)).toBe(null);
      for (const number of [1, 3]) {
        const part = bytes.subarray((number - 1) * partBytes, number * partBytes);
        const sha256 = createHash('sha256').update(part).digest('hex');
        expect(await digests?.of(number)).toEqual({ sha256, sum: sumOf(checksum, part) });
      }
      digests?.end();
    }
  });

  test(`${name}: a file that became shorter has no digest of what is gone, and the reader notices`, async () => {
    const subject = subjectOf();
    const reader = await readerOf(subject);
    subject.write('short');
    const digests = reader.digestParts?.({ partBytes, checksum: 'none' });
    for (const number of [1, 2, 3]) expect(await digests?.of(number)).toBe(null);
    expect(await reader.isUnchanged()).toBe(false);
  });

  test(`${name}: bytes are read into memory that is given, or elsewhere`, async () => {
    const reader = await readerOf(subjectOf());
    const into = new Uint8Array(100);
    for (const given of [into, undefined])
      expect(Buffer.from(await reader.read(10, 50, given))).toEqual(Buffer.from(bytes.subarray(10, 60)));
    expect(await reader.read(bytes.length, 50, into)).toHaveLength(0);
  });

  test(`${name}: once they are ended, none is begun`, async () => {
    const reader = await readerOf(subjectOf());
    const digests = reader.digestParts?.({ partBytes, checksum: 'none' });
    digests?.end();
    await digests?.of(1);
    expect(await digests?.of(2)).toBe(null);
  });
}
