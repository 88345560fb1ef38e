// Pages of a listing read without the SDK where they are plain.
//
// The SDK's parser makes an object of each element and takes a third of the CPU of a look at a bucket in which nothing changed. Whatever
// is unusual (an attribute, an entity, a comment, a missing element, white space in a value) is left to it: then the answer is null.

/** Of one object, as it stands in the answer. */
export type PlainEntry = {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
};

export type PlainListing = {
  readonly entries: readonly PlainEntry[];
  /** Keys are written as in an address. */
  readonly isEncoded: boolean;
  /** Token of the next page; null after the last one. */
  readonly next: string | null;
};

const opening =
  /^(?:<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")? ?\?>\s*)?<ListBucketResult(?: xmlns="[\w:/.-]*")?>/u;
const closing = /^<\/ListBucketResult>\s*$/u;
/** With a slash at its end the element is empty. */
const plainName = /^[A-Za-z]{1,64}\/?$/u;
/** Of values that are looked at. What is more than visible ASCII without a space is written as in an address, or not plain. */
const plainText = /^[\x21-\x25\x27-\x7e]{1,4096}$/u;
const timeForm = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z`;
const sizeForm = String.raw`\d{1,15}`;
const plainTime = new RegExp(`^${timeForm}$`, 'u');
const plainSize = new RegExp(`^${sizeForm}$`, 'u');
const mostLevels = 4;
/** An object as most stores write it, with nothing between its elements: the same as the reader below makes of it, in one step. */
const usualEntry = new RegExp(
  [
    String.raw`<Contents><Key>([\x21-\x25\x27-\x3b\x3d-\x7e]{1,4096})</Key>`,
    `<LastModified>(${timeForm})</LastModified>`,
    String.raw`<ETag>(?:&quot;|&#34;|")([\w-]{1,200})(?:&quot;|&#34;|")</ETag><Size>(${sizeForm})</Size>`,
    '(?:<StorageClass>[A-Z_]{1,40}</StorageClass>)?</Contents>',
  ].join(''),
  'uy',
);

/** Null: for the SDK to read. */
export function readPlainListing(bytes: Uint8Array): PlainListing | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const begun = opening.exec(text);
  // The SDK makes one line end of it.
  if (begun === null || text.includes('\r')) return null;
  return new PlainReader(text, begun[0].length).listing();
}

/** Values of the children that are asked for, by name. */
type Found = Map<string, string>;

const ofListing: ReadonlySet<string> = new Set(['EncodingType', 'IsTruncated', 'NextContinuationToken']);
const ofEntry: ReadonlySet<string> = new Set(['Key', 'ETag', 'Size', 'LastModified']);

class PlainReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  listing(): PlainListing | null {
    const found: Found = new Map();
    const entries: PlainEntry[] = [];
    for (;;) {
      this.#usualEntries(entries);
      const name = this.#begin();
      if (name === null) break;
      if (name === 'Contents') {
        const entry = this.#entry();
        if (entry === null) return null;
        entries.push(entry);
      } else if (!this.#child(name, ofListing, found, 1)) return null;
    }
    if (!closing.test(this.#text.slice(this.#at))) return null;
    const isTruncated = found.get('IsTruncated');
    const next = found.get('NextContinuationToken');
    const encoding = found.get('EncodingType');
    if (encoding !== undefined && encoding !== 'url') return null;
    // One of the two without the other is for the checks of the ordinary way.
    if (isTruncated !== (next === undefined ? 'false' : 'true')) return null;
    return { entries, isEncoded: encoding !== undefined, next: next ?? null };
  }

  #usualEntries(entries: PlainEntry[]): void {
    usualEntry.lastIndex = this.#at;
    for (let found = usualEntry.exec(this.#text); found !== null; found = usualEntry.exec(this.#text)) {
      const [, key = '', time = '', etag = '', size = ''] = found;
      const modifiedMs = Date.parse(time);
      if (Number.isNaN(modifiedMs)) return;
      entries.push({ key, etag: `"${etag}"`, sizeBytes: Number(size), modifiedMs });
      this.#at = usualEntry.lastIndex;
    }
  }

  #entry(): PlainEntry | null {
    const found: Found = new Map();
    for (let name = this.#begin(); name !== null; name = this.#begin())
      if (!this.#child(name, ofEntry, found, 2)) return null;
    if (!this.#end('Contents')) return null;
    const key = found.get('Key');
    const etag = found.get('ETag');
    const size = found.get('Size') ?? '';
    const time = found.get('LastModified') ?? '';
    if (key === undefined || etag === undefined || !plainSize.test(size) || !plainTime.test(time))
      return null;
    const modifiedMs = Date.parse(time);
    return Number.isNaN(modifiedMs) ? null : { key, etag, sizeBytes: Number(size), modifiedMs };
  }

  /** The name of the element that begins here, read past; null at anything else. */
  #begin(): string | null {
    const text = this.#text;
    while (text.charCodeAt(this.#at) <= 0x20) this.#at += 1;
    const end = text.indexOf('>', this.#at);
    const name = text.charAt(this.#at) === '<' ? text.slice(this.#at + 1, end) : '';
    if (end < 0 || !plainName.test(name)) return null;
    this.#at = end + 1;
    return name;
  }

  #end(name: string): boolean {
    const mark = `</${name}>`;
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  /** The rest of a child after its name. False for the SDK to read it all. */
  #child(name: string, asked: ReadonlySet<string>, found: Found, level: number): boolean {
    if (name.endsWith('/')) return !asked.has(name.slice(0, -1));
    const end = this.#text.indexOf('<', this.#at);
    if (end < 0 || level > mostLevels) return false;
    if (asked.has(name)) {
      const value = withQuotes(this.#text.slice(this.#at, end));
      this.#at = end;
      if (found.has(name) || !plainText.test(value)) return false;
      found.set(name, value);
      return this.#end(name);
    }
    // Owners and storage classes: nothing of them is used.
    this.#at = end;
    for (let inner = this.#begin(); inner !== null; inner = this.#begin())
      if (!this.#child(inner, noNames, found, level + 1)) return false;
    return this.#end(name);
  }
}

const noNames: ReadonlySet<string> = new Set();

/** As they come around etags; any other entity is not plain. */
function withQuotes(text: string): string {
  return text.includes('&') ? text.replaceAll(/&(?:quot|#34);/gu, '"') : text;
}
