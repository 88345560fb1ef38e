// JSON text of long lists, made item by item and printed in pieces.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { jsonText } from '../../core/json-text.ts';

const itemsInPiece = 1000;
const writtenAtOnce = 65_536;

/**
 * Takes items one by one and keeps their text, compressed: of a hundred thousand a hundredth of the objects' memory. Compressing
 * takes about a second for each million.
 */
export class JsonList {
  readonly #pieces: Buffer[] = [];
  #open: string[] = [];

  add(item: unknown): void {
    this.#open.push(jsonText(item));
    if (this.#open.length >= itemsInPiece) this.#close();
  }

  #close(): void {
    if (this.#open.length > 0) this.#pieces.push(deflateRawSync(this.#open.join(','), { level: 1 }));
    this.#open = [];
  }

  *text(): Iterable<string> {
    this.#close();
    yield '[';
    for (const [index, piece] of this.#pieces.entries()) {
      if (index > 0) yield ',';
      yield inflateRawSync(piece).toString();
    }
    yield ']';
  }
}

/** As `JSON.stringify`, with lists in pieces. Not for values with a `toJSON` of their own. */
function* piecesOf(value: unknown): Iterable<string> {
  if (value instanceof JsonList) yield* value.text();
  else if (Array.isArray(value)) {
    yield '[';
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      if (index > 0) yield ',';
      yield* piecesOf(item ?? null);
    }
    yield ']';
  } else if (typeof value === 'object' && value !== null) {
    yield '{';
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    for (const [index, [name, field]] of fields.entries()) {
      yield `${index > 0 ? ',' : ''}${jsonText(name)}:`;
      yield* piecesOf(field);
    }
    yield '}';
  } else yield jsonText(value);
}

/** Hands `write` the text of `value` and `end` after it, never the whole of a long list at once. */
export function writeJson(value: unknown, end: string, write: (text: string) => void): void {
  let waiting = '';
  for (const piece of piecesOf(value)) {
    waiting += piece;
    if (waiting.length < writtenAtOnce) continue;
    write(waiting);
    waiting = '';
  }
  write(waiting + end);
}
