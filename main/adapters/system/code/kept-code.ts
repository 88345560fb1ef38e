// File of compiled code: what V8 made of each file of a bundle, with what tells whether that file is still the same.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

export type KeptCode = {
  readonly name: string;
  /**
   * Size and CRC-32 of the file: its code holds for these only. V8 itself compares no more than the length, and packages give the
   * files of all their versions one time.
   */
  readonly sizeBytes: number;
  readonly sum: number;
  /** How many runs have added what they used. */
  readonly runs: number;
  readonly code: Buffer;
};

type Entry = Omit<KeptCode, 'code'> & { readonly codeBytes: number; readonly codeSum: number };

const lengthBytes = 4;

/** Empty where there is no such file, or a damaged one. */
export function readKept(path: string): ReadonlyMap<string, KeptCode> {
  const kept = new Map<string, KeptCode>();
  try {
    const whole = readFileSync(path);
    let at = lengthBytes + whole.readUInt32LE(0);
    const entries = JSON.parse(whole.toString('utf8', lengthBytes, at)) as readonly Entry[];
    const codeBytes = entries.reduce((sum, entry) => sum + entry.codeBytes, 0);
    if (at + codeBytes !== whole.length) return kept;
    for (const { codeBytes: bytes, codeSum, ...entry } of entries) {
      const code = whole.subarray(at, at + bytes);
      at += bytes;
      if (crc32(code) === codeSum) kept.set(entry.name, { ...entry, code });
    }
  } catch {
    // Compiled again, and kept at the end of this run.
    kept.clear();
  }
  return kept;
}

/** Durable before it has its name: V8 believes what it reads, and damaged code would end each start. */
export function writeKept(path: string, kept: readonly KeptCode[]): void {
  const entries = kept.map(({ code, ...entry }): Entry => ({
    ...entry,
    codeBytes: code.length,
    codeSum: crc32(code),
  }));
  const head = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(head.length);
  // Threads of one process may keep the same at one time.
  const unfinished = `${path}.${String(process.pid)}-${process.hrtime.bigint().toString(36)}`;
  try {
    const descriptor = openSync(unfinished, 'wx', 0o600);
    try {
      for (const part of [length, head, ...kept.map(({ code }) => code)]) writeWhole(descriptor, part);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, path);
  } catch {
    // A full disk, for one: the next start compiles again.
    removeUnfinished(unfinished);
  }
}

/** A disk that has become read-only lets nothing be removed either; thrown at the end of a run, that would be the run's failure. */
function removeUnfinished(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays.
  }
}

function writeWhole(descriptor: number, part: Buffer): void {
  for (let at = 0; at < part.length;) at += writeSync(descriptor, part, at);
}

/** The text of a file in ASCII, with what it is known by. */
export function readSource(path: string): Pick<KeptCode, 'sizeBytes' | 'sum'> & { readonly text: string } {
  const bytes = readFileSync(path);
  return { text: bytes.toString('latin1'), sizeBytes: bytes.length, sum: crc32(bytes) };
}
