// Short stable hash of a text, for identifying plans; not for security.

type StableHasher = { readonly add: (text: string) => void; readonly digest: () => string };

/**
 * Two 32-bit multiplicative lanes over UTF-16 code units; fed line by line, so that a large plan is never one
 * string.
 */
function makeStableHasher(): StableHasher {
  let left = 0xdeadbeef;
  let right = 0x41c6ce57;
  return {
    add(text) {
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        left = Math.imul(left ^ unit, 0x9e3779b1);
        right = Math.imul(right ^ unit, 0x5f356495);
      }
      left = Math.imul(left ^ (left >>> 15), 0x85ebca6b);
      right = Math.imul(right ^ (right >>> 13), 0xc2b2ae35);
    },
    digest() {
      const a = Math.imul(left ^ (left >>> 16), 0x85ebca6b) ^ Math.imul(right ^ (right >>> 13), 0xc2b2ae35);
      const b = Math.imul(right ^ (right >>> 16), 0x85ebca6b) ^ Math.imul(left ^ (left >>> 13), 0xc2b2ae35);
      return hex(a) + hex(b);
    },
  };
}

/** 16 hex digits for a list of lines; line boundaries count. */
export function stableHash(lines: Iterable<string>): string {
  const hasher = makeStableHasher();
  for (const line of lines) hasher.add(line);
  return hasher.digest();
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
