// Contents of the simulated bucket and of the disks, as the oracle compares them.
import type { FakeBucket } from '../fakes/fake-remote-state.ts';

const texts = new WeakMap<Uint8Array, string>();
const decoder = new TextDecoder();

/** The bytes of both fakes are never changed in place. */
export function textOf(bytes: Uint8Array): string {
  const known = texts.get(bytes);
  if (known !== undefined) return known;
  const text = decoder.decode(bytes);
  texts.set(bytes, text);
  return text;
}

/** Keys of the user's files, with what they hold. */
export function userObjects(bucket: FakeBucket, prefix: string): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const key of bucket.liveKeys()) {
    const current = bucket.current(key);
    if (current === null || !key.startsWith(prefix) || key.startsWith(`${prefix}.driftless/`)) continue;
    found.set(key.slice(prefix.length), current.bytes);
  }
  return found;
}
