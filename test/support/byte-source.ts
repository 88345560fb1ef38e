// In-memory ByteSource with matching PUT options.
import { hash } from 'node:crypto';
import type { ByteSource, PutOptions } from '../../main/ports/remote-objects.port.ts';

export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (position, length) => Promise.resolve(bytes.slice(position, position + length)),
  };
}

export function putOptions(bytes: Uint8Array, overrides: Partial<PutOptions> = {}): PutOptions {
  return {
    condition: { kind: 'none' },
    contentType: 'application/octet-stream',
    metadata: {},
    sha256: hash('sha256', bytes, 'hex'),
    beforeSend: () => Promise.resolve(true),
    onProgress: () => undefined,
    ...overrides,
  };
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** The same bytes for the same seed; incompressible enough to show a mix-up of pieces. */
export function patternBytes(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}
