// CRC-64/NVME compared with published values and another implementation.
import { describe, expect, test } from 'vitest';
import { makeCrc64 } from '../../main/core/crc64nvme.ts';
import { createHasher } from '../local-cloud/checksums.ts';
import { patternBytes } from '../support/byte-source.ts';

function sum(...pieces: readonly Uint8Array[]): string {
  const crc = makeCrc64();
  for (const piece of pieces) crc.update(piece);
  return crc.digestHex();
}

describe('CRC-64/NVME', () => {
  test('CRC-64/NVME has the check value of the catalogue of CRCs', () => {
    expect(sum(new TextEncoder().encode('123456789'))).toBe('ae8b14860a799888');
    expect(sum()).toBe('0000000000000000');
  });

  test.each([1, 7, 8, 9, 1000, 70_001])(
    'CRC-64/NVME of %i bytes, in pieces of any length, agrees with another implementation',
    (size) => {
      const bytes = patternBytes(size);
      const other = createHasher('CRC64NVME');
      other.update(bytes);
      const expected = other.digest().toString('hex');
      expect(sum(bytes)).toBe(expected);
      expect(sum(bytes.subarray(0, size >> 1), bytes.subarray(size >> 1))).toBe(expected);
    },
  );
});
