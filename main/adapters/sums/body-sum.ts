// Checksum of one body, made here and named as the fields of a request are.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { makeCrc64 } from '../../core/crc64nvme.ts';
import type { PartChecksum, PartSum } from '../../ports/remote-objects.port.ts';

/** A checksum in the making; `end` once, after the last bytes. */
export type Summing = { update(bytes: Uint8Array): void; end(): PartSum };

/** Null for `none`. The value is base64, as the headers want it. */
export function makeSum(kind: PartChecksum): Summing | null {
  switch (kind) {
    case 'none':
      return null;
    case 'md5': {
      const md5 = createHash('md5');
      const update = (bytes: Uint8Array): void => void md5.update(bytes);
      return { update, end: () => ({ kind, value: md5.digest('base64') }) };
    }
    case 'crc32': {
      let sum = 0;
      const update = (bytes: Uint8Array): void => {
        sum = crc32(bytes, sum);
      };
      return {
        update,
        end: () => {
          const four = Buffer.alloc(4);
          four.writeUInt32BE(sum);
          return { kind, value: four.toString('base64') };
        },
      };
    }
    case 'crc64nvme': {
      const sum = makeCrc64();
      const value = (): string => Buffer.from(sum.digestHex(), 'hex').toString('base64');
      return {
        update: (bytes) => {
          sum.update(bytes);
        },
        end: () => ({ kind, value: value() }),
      };
    }
  }
}

/** Of one body, null for `none`. */
export function sumOf(kind: PartChecksum, bytes: Uint8Array): PartSum | null {
  const sum = makeSum(kind);
  sum?.update(bytes);
  return sum?.end() ?? null;
}

type SumInput = { ChecksumCRC64NVME?: string; ChecksumCRC32?: string; ContentMD5?: string };

/** As a field of PutObject and UploadPart; `Content-MD5` is none that CompleteMultipartUpload knows. */
export function sumInput(sum: PartSum | null | undefined): SumInput {
  if (sum === null || sum === undefined) return {};
  switch (sum.kind) {
    case 'crc64nvme':
      return { ChecksumCRC64NVME: sum.value };
    case 'crc32':
      return { ChecksumCRC32: sum.value };
    case 'md5':
      return { ContentMD5: sum.value };
  }
}
