// Small answers in XML read without the SDK where they are plain.
//
// Whatever is unusual (an attribute, an entity, a comment, a name that comes twice, white space around a value) is left to the SDK's parser:
// then the answer is null.

/** Elements by name, none of them twice. An empty element is an empty text. */
export type PlainElement = ReadonlyMap<string, string | PlainElement>;

/** Larger answers are no small ones. */
const longestChars = 64 * 1024;
const mostLevels = 6;
const declaration =
  /^<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")? ?\?>/u;
const space = /\s*/uy;
const opening = /<([A-Za-z][A-Za-z0-9]{0,63})( xmlns="[\w:/.-]*")?(\/?)>/uy;
/** Visible ASCII, with single spaces between. */
const plainText = /[\x21-\x25\x27-\x3b\x3d-\x7e]+(?: [\x21-\x25\x27-\x3b\x3d-\x7e]+)*/uy;

/** The content of the one element named `root`, which alone may name its namespace. Null: for the SDK to read. */
export function readPlainXml(text: string, root: string): PlainElement | null {
  if (text.length > longestChars) return null;
  const reader = new PlainXmlReader(text, declaration.exec(text)?.[0].length ?? 0);
  const found = reader.element(0);
  if (found?.name !== root || !reader.isAtEnd()) return null;
  return typeof found.content === 'string'
    ? found.content === ''
      ? new Map<string, string>()
      : null
    : found.content;
}

export function textIn(element: PlainElement, ...path: readonly string[]): string | undefined {
  let found: string | PlainElement | undefined = element;
  for (const name of path) found = typeof found === 'object' ? found.get(name) : undefined;
  return typeof found === 'string' ? found : undefined;
}

type Read = { readonly name: string; readonly content: string | PlainElement };

class PlainXmlReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  isAtEnd(): boolean {
    this.#take(space);
    return this.#at === this.#text.length;
  }

  element(level: number): Read | null {
    this.#take(space);
    const [, name = '', namespace, isEmpty] = this.#take(opening) ?? [];
    if (name === '' || level > mostLevels || (namespace !== undefined && level > 0)) return null;
    if (isEmpty === '/') return { name, content: '' };
    const content = this.#content(level);
    const mark = `</${name}>`;
    if (content === null || !this.#text.startsWith(mark, this.#at)) return null;
    this.#at += mark.length;
    return { name, content };
  }

  #content(level: number): string | PlainElement | null {
    const text = this.#take(plainText)?.[0];
    if (text !== undefined) return text;
    if (this.#text.startsWith('</', this.#at)) return '';
    const children = new Map<string, string | PlainElement>();
    for (;;) {
      this.#take(space);
      if (this.#text.startsWith('</', this.#at)) break;
      const child = this.element(level + 1);
      if (child === null || children.has(child.name)) return null;
      children.set(child.name, child.content);
    }
    // Nothing but white space: the SDK's reading of it is not ours to guess.
    return children.size === 0 ? null : children;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }
}
