// An ordered map of object keys in UTF-8 byte order: sorted leaves of a few hundred keys, so inserts and listings stay cheap at 100,000 keys.

/** S3 sorts by UTF-8 bytes; JavaScript by UTF-16 units. They differ only where a surrogate meets U+E000-U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    const leftHigh = left >= 0xd800 && left <= 0xdfff;
    const rightHigh = right >= 0xd800 && right <= 0xdfff;
    if (leftHigh === rightHigh) return left - right;
    return leftHigh ? (right >= 0xe000 ? 1 : left - right) : left >= 0xe000 ? -1 : left - right;
  }
  return a.length - b.length;
}

const LEAF_MAX = 512;

export class KeyIndex<T> {
  readonly #values = new Map<string, T>();
  #leaves: string[][] = [[]];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    const leafIndex = this.#leafFor(key);
    const leaf = this.#leaves[leafIndex];
    if (leaf === undefined) return;
    leaf.splice(lowerBound(leaf, key), 1);
    if (leaf.length === 0 && this.#leaves.length > 1) this.#leaves.splice(leafIndex, 1);
  }

  /** Keys from the first one >= `start`, in order. The index must not change while this is consumed. */
  *from(start: string): Generator<readonly [string, T]> {
    let leafIndex = this.#leafFor(start);
    let position = lowerBound(this.#leaves[leafIndex] ?? [], start);
    for (;;) {
      const leaf = this.#leaves[leafIndex];
      if (leaf === undefined) return;
      for (; position < leaf.length; position += 1) {
        const key = leaf[position] ?? '';
        const value = this.#values.get(key);
        if (value !== undefined) yield [key, value];
      }
      leafIndex += 1;
      position = 0;
    }
  }

  #insert(key: string): void {
    const leafIndex = this.#leafFor(key);
    const leaf = this.#leaves[leafIndex] ?? [];
    leaf.splice(lowerBound(leaf, key), 0, key);
    if (leaf.length > LEAF_MAX)
      this.#leaves.splice(leafIndex, 1, leaf.slice(0, LEAF_MAX / 2), leaf.slice(LEAF_MAX / 2));
  }

  /** The last leaf whose first key is not above the key. */
  #leafFor(key: string): number {
    let low = 0;
    let high = this.#leaves.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareUtf8(this.#leaves[middle]?.[0] ?? '', key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(keys[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
