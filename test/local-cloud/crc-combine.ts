// Combines CRCs of parts into the CRC of the whole (zlib's method, on BigInt).
import type { ChecksumAlgorithm } from './checksums.ts';

type Field = { readonly bits: bigint; readonly polynomial: bigint };

const FIELDS: Readonly<Partial<Record<ChecksumAlgorithm, Field>>> = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
};

export type PartCrc = { readonly value: string; readonly sizeBytes: number };

/** Base64 CRC of the concatenation; undefined for algorithms that cannot be combined. */
export function combineCrcs(algorithm: ChecksumAlgorithm, parts: readonly PartCrc[]): string | undefined {
  const field = FIELDS[algorithm];
  if (field === undefined) return undefined;
  const shifts = new Map<number, bigint>();
  let whole = 0n;
  for (const part of parts) {
    const shift = shifts.get(part.sizeBytes) ?? powerOfX(field, BigInt(part.sizeBytes) * 8n);
    shifts.set(part.sizeBytes, shift);
    whole = multiply(field, whole, shift) ^ BigInt(`0x${Buffer.from(part.value, 'base64').toString('hex')}`);
  }
  return Buffer.from(whole.toString(16).padStart(Number(field.bits / 4n), '0'), 'hex').toString('base64');
}

/** Product of two reflected polynomials modulo the CRC's. */
function multiply(field: Field, a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let mask = 1n << (field.bits - 1n); mask > 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= factor;
    factor = (factor & 1n) === 1n ? (factor >> 1n) ^ field.polynomial : factor >> 1n;
  }
  return product;
}

function powerOfX(field: Field, exponent: bigint): bigint {
  let result = 1n << (field.bits - 1n);
  let square = 1n << (field.bits - 2n);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(field, result, square);
    square = multiply(field, square, square);
  }
  return result;
}
