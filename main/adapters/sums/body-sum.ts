// Checksum of one body, made here and named as the fields of a request are.
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { makeCrc64 } from '../../core/crc64nvme.ts';
import type { PartChecksum, PartSum } from '../../ports/remote-objects.port.ts';

/** Null for `none`. The value is base64, as the headers want it. */
export function sumOf(kind: PartChecksum, bytes: Uint8Array): PartSum | null {
  switch (kind) {
    case 'none':
      return null;
    case 'md5':
      return { kind, value: hash('md5', bytes, 'base64') };
    case 'crc32': {
      const four = Buffer.alloc(4);
      four.writeUInt32BE(crc32(bytes));
      return { kind, value: four.toString('base64') };
    }
    case 'crc64nvme': {
      const sum = makeCrc64();
      sum.update(bytes);
      return { kind, value: Buffer.from(sum.digestHex(), 'hex').toString('base64') };
    }
  }
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
