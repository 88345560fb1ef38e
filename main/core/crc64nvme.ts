// CRC-64/NVME, the checksum that S3 keeps of whole objects. Reflected 0x9a6c9329ac4bc9b5, all ones in and
// out.
// Two 32-bit halves and slicing by eight: JavaScript has no 64-bit integers that are fast enough for files.

export type Crc64 = { update(bytes: Uint8Array): void; digestHex(): string };

const low = new Int32Array(8 * 256);
const high = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte += 1) {
  let lowHalf = byte;
  let highHalf = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (lowHalf & 1) === 1;
    lowHalf = (lowHalf >>> 1) | (highHalf << 31);
    highHalf >>>= 1;
    if (isOdd) {
      lowHalf ^= 0xac4bc9b5;
      highHalf ^= 0x9a6c9329;
    }
  }
  low[byte] = lowHalf;
  high[byte] = highHalf;
}
for (let at = 256; at < low.length; at += 1) {
  const lowBefore = low[at - 256] ?? 0;
  const highBefore = high[at - 256] ?? 0;
  const index = lowBefore & 0xff;
  low[at] = ((lowBefore >>> 8) | (highBefore << 24)) ^ (low[index] ?? 0);
  high[at] = (highBefore >>> 8) ^ (high[index] ?? 0);
}

export function makeCrc64(): Crc64 {
  let lowSum = -1;
  let highSum = -1;
  return {
    update: (bytes) => {
      [lowSum, highSum] = continued(bytes, lowSum, highSum);
    },
    digestHex: () => hex(~highSum) + hex(~lowSum),
  };
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}

/** Typed arrays give numbers within their bounds; the `as` saves a test per byte. */
function continued(bytes: Uint8Array, lowBefore: number, highBefore: number): [number, number] {
  let a = lowBefore;
  let b = highBefore;
  let at = 0;
  const whole = bytes.length - (bytes.length % 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; at < whole; at += 8) {
    const x = a ^ view.getInt32(at, true);
    const y = b ^ view.getInt32(at + 4, true);
    const i0 = 1792 + (x & 0xff);
    const i1 = 1536 + ((x >>> 8) & 0xff);
    const i2 = 1280 + ((x >>> 16) & 0xff);
    const i3 = 1024 + (x >>> 24);
    const i4 = 768 + (y & 0xff);
    const i5 = 512 + ((y >>> 8) & 0xff);
    const i6 = 256 + ((y >>> 16) & 0xff);
    const i7 = y >>> 24;
    a = xorOf(low, i0, i1, i2, i3) ^ xorOf(low, i4, i5, i6, i7);
    b = xorOf(high, i0, i1, i2, i3) ^ xorOf(high, i4, i5, i6, i7);
  }
  for (; at < bytes.length; at += 1) {
    const index = (a ^ (bytes[at] as number)) & 0xff;
    a = ((a >>> 8) | (b << 24)) ^ (low[index] as number);
    b = (b >>> 8) ^ (high[index] as number);
  }
  return [a, b];
}

function xorOf(table: Int32Array, i: number, j: number, k: number, l: number): number {
  return (table[i] as number) ^ (table[j] as number) ^ (table[k] as number) ^ (table[l] as number);
}
