// The checksums of S3: CRC32, CRC32C, CRC64NVME, SHA-1 and SHA-256, as streams of updates ending in base64.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export type Checksum = {
  readonly algorithm: ChecksumAlgorithm;
  /** FULL_OBJECT: of the bytes. COMPOSITE: of the parts' checksums, with `-<parts>` at the end. */
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  readonly value: string;
};

export type Hasher = { readonly update: (bytes: Uint8Array) => void; readonly digest: () => Buffer };

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (checksumAlgorithms as readonly string[]).includes(name);
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  switch (algorithm) {
    case 'CRC32': {
      let value = 0;
      return { update: (bytes) => void (value = crc32(bytes, value)), digest: () => uint32(value) };
    }
    case 'CRC32C': {
      let value = 0;
      return { update: (bytes) => void (value = crc32c(bytes, value)), digest: () => uint32(value) };
    }
    case 'CRC64NVME': {
      const state = { high: 0xffffffff | 0, low: 0xffffffff | 0 };
      return {
        update: (bytes) => {
          crc64Update(state, bytes);
        },
        digest: () => Buffer.concat([uint32(~state.high), uint32(~state.low)]),
      };
    }
    case 'SHA1':
    case 'SHA256': {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
  }
}

/** The composite checksum of a multipart object: the algorithm over the parts' raw checksums. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const hasher = createHasher(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part, 'base64'));
  return `${hasher.digest().toString('base64')}-${String(parts.length)}`;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

// --- CRC32C (Castagnoli), slicing by eight.

const CRC32C_TABLES = makeCrc32cTables();

function makeCrc32cTables(): readonly Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  const first = tables[0] ?? new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    first[byte] = value >>> 0;
  }
  for (let level = 1; level < 8; level += 1) {
    const previous = tables[level - 1] ?? first;
    const table = tables[level] ?? first;
    for (let byte = 0; byte < 256; byte += 1) {
      const value = previous[byte] ?? 0;
      table[byte] = ((value >>> 8) ^ (first[value & 0xff] ?? 0)) >>> 0;
    }
  }
  return tables;
}

function crc32c(bytes: Uint8Array, previous: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC32C_TABLES as unknown as readonly [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const at = (table: Uint32Array, index: number): number => table[index & 0xff] as number;
  let value = ~previous;
  let index = 0;
  const aligned = bytes.length - 7;
  for (; index < aligned; index += 8) {
    const low =
      value ^
      ((bytes[index] as number) |
        ((bytes[index + 1] as number) << 8) |
        ((bytes[index + 2] as number) << 16) |
        ((bytes[index + 3] as number) << 24));
    value =
      at(t7, low) ^
      at(t6, low >>> 8) ^
      at(t5, low >>> 16) ^
      at(t4, low >>> 24) ^
      at(t3, bytes[index + 4] as number) ^
      at(t2, bytes[index + 5] as number) ^
      at(t1, bytes[index + 6] as number) ^
      at(t0, bytes[index + 7] as number);
  }
  for (; index < bytes.length; index += 1) value = (value >>> 8) ^ at(t0, value ^ (bytes[index] as number));
  return ~value >>> 0;
}

// --- CRC64NVME (reflected 0x9a6c9329ac4bc9b5), slicing by eight on pairs of 32-bit halves: BigInt would be a hundred times slower.

const CRC64 = makeCrc64Tables();

function makeCrc64Tables(): { readonly high: Int32Array; readonly low: Int32Array } {
  const high = new Int32Array(8 * 256);
  const low = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1)
      value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    high[byte] = Number(value >> 32n) | 0;
    low[byte] = Number(value & 0xffffffffn) | 0;
  }
  for (let index = 256; index < 8 * 256; index += 1) {
    const h = high[index - 256] ?? 0;
    const l = low[index - 256] ?? 0;
    high[index] = (h >>> 8) ^ (high[l & 0xff] ?? 0);
    low[index] = ((l >>> 8) | (h << 24)) ^ (low[l & 0xff] ?? 0);
  }
  return { high, low };
}

function crc64Update(state: { high: number; low: number }, bytes: Uint8Array): void {
  const tableHigh = CRC64.high;
  const tableLow = CRC64.low;
  let high = state.high;
  let low = state.low;
  let index = 0;
  const aligned = bytes.length - 7;
  for (; index < aligned; index += 8) {
    const l =
      low ^
      ((bytes[index] as number) |
        ((bytes[index + 1] as number) << 8) |
        ((bytes[index + 2] as number) << 16) |
        ((bytes[index + 3] as number) << 24));
    const h =
      high ^
      ((bytes[index + 4] as number) |
        ((bytes[index + 5] as number) << 8) |
        ((bytes[index + 6] as number) << 16) |
        ((bytes[index + 7] as number) << 24));
    const a = 1792 + (l & 0xff);
    const b = 1536 + ((l >>> 8) & 0xff);
    const c = 1280 + ((l >>> 16) & 0xff);
    const d = 1024 + (l >>> 24);
    const e = 768 + (h & 0xff);
    const f = 512 + ((h >>> 8) & 0xff);
    const g = 256 + ((h >>> 16) & 0xff);
    const i = h >>> 24;
    high =
      (tableHigh[a] as number) ^
      (tableHigh[b] as number) ^
      (tableHigh[c] as number) ^
      (tableHigh[d] as number) ^
      (tableHigh[e] as number) ^
      (tableHigh[f] as number) ^
      (tableHigh[g] as number) ^
      (tableHigh[i] as number);
    low =
      (tableLow[a] as number) ^
      (tableLow[b] as number) ^
      (tableLow[c] as number) ^
      (tableLow[d] as number) ^
      (tableLow[e] as number) ^
      (tableLow[f] as number) ^
      (tableLow[g] as number) ^
      (tableLow[i] as number);
  }
  for (; index < bytes.length; index += 1) {
    const t = (low ^ (bytes[index] as number)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (tableLow[t] as number);
    high = (high >>> 8) ^ (tableHigh[t] as number);
  }
  state.high = high;
  state.low = low;
}
