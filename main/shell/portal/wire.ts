// D-Bus messages as bytes: the few types that a request to a portal and its answer have.
//
// Source: D-Bus Specification, "Marshaling (Wire Format)" and "Message Protocol" (dbus.freedesktop.org/doc/dbus-specification.html).

export type DbusValue = string | number | boolean | readonly DbusValue[] | DbusVariant | DbusDict;
export type DbusVariant = { readonly signature: string; readonly value: DbusValue };
export type DbusDict = ReadonlyMap<string, DbusVariant>;

export type DbusMessage = {
  readonly type: 'call' | 'return' | 'error' | 'signal';
  readonly serial: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly error?: string;
  readonly replyTo?: number;
  readonly destination?: string;
  readonly sender?: string;
  readonly signature?: string;
  readonly body?: readonly DbusValue[];
};

const types = ['call', 'return', 'error', 'signal'] as const;
const alignments: Readonly<Record<string, number>> = {
  y: 1,
  b: 4,
  u: 4,
  s: 4,
  o: 4,
  g: 1,
  v: 1,
  a: 4,
  '{': 8,
  '(': 8,
};
/** A message of a portal has some hundred bytes; the specification allows 128 MiB. */
const longestMessageBytes = 1024 * 1024;

/** Header fields by their numbers in the specification. */
const fields = [
  [1, 'path', 'o'],
  [2, 'interface', 's'],
  [3, 'member', 's'],
  [4, 'error', 's'],
  [5, 'replyTo', 'u'],
  [6, 'destination', 's'],
  [7, 'sender', 's'],
  [8, 'signature', 'g'],
] as const;

/** A value that is a string by its signature. */
export function textOf(value: DbusValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function encodeMessage(message: DbusMessage): Buffer {
  const body = new Writer();
  for (const [index, signature] of split(message.signature ?? '').entries())
    body.write(signature, message.body?.[index] ?? '');
  const content = body.bytes();
  const header = new Writer();
  header.write('y', 'l'.charCodeAt(0));
  header.write('y', types.indexOf(message.type) + 1);
  header.write('y', 0);
  header.write('y', 1);
  header.write('u', content.length);
  header.write('u', message.serial);
  const present = fields.flatMap(([number, name, signature]): [number, DbusVariant][] => {
    const value = message[name];
    return value === undefined ? [] : [[number, { signature, value }]];
  });
  header.write('a(yv)', present);
  header.align(8);
  return Buffer.concat([header.bytes(), content]);
}

/** The first message in the bytes and how many of them it took; `null` while it is not there whole. Throws for what is no message. */
export function decodeMessage(
  bytes: Buffer,
): { readonly message: DbusMessage; readonly length: number } | null {
  if (bytes.length < 16) return null;
  if (bytes[0] !== 'l'.charCodeAt(0) || bytes[3] !== 1)
    throw new Error('not a D-Bus message of this byte order');
  const bodyLength = bytes.readUInt32LE(4);
  const headerLength = alignedTo(16 + bytes.readUInt32LE(12), 8);
  const length = headerLength + bodyLength;
  if (length > longestMessageBytes) throw new Error('a D-Bus message that is too long');
  if (bytes.length < length) return null;
  const type = types[(bytes[1] ?? 0) - 1];
  if (type === undefined) throw new Error('a D-Bus message of an unknown type');
  const found: Record<string, DbusValue> = {};
  for (const field of new Reader(bytes.subarray(0, headerLength), 12).read('a(yv)') as readonly DbusValue[]) {
    const [number, variant] = field as unknown as readonly [number, DbusVariant];
    const name = fields.find(([known]) => known === number)?.[1];
    if (name !== undefined) found[name] = variant.value;
  }
  const signature = typeof found['signature'] === 'string' ? found['signature'] : '';
  const reader = new Reader(bytes.subarray(headerLength, length), 0);
  const body = split(signature).map((each) => reader.read(each));
  return { message: { type, serial: bytes.readUInt32LE(8), ...found, body }, length };
}

class Writer {
  #bytes: number[] = [];

  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  align(to: number): void {
    while (this.#bytes.length % to !== 0) this.#bytes.push(0);
  }

  write(signature: string, value: DbusValue): void {
    this.align(alignments[signature.charAt(0)] ?? 1);
    switch (signature.charAt(0)) {
      case 'y':
        this.#bytes.push(Number(value));
        return;
      case 'b':
      case 'u':
        this.#number(Number(value));
        return;
      case 's':
      case 'o':
        this.#text(textOf(value), 4);
        return;
      case 'g':
        this.#text(textOf(value), 1);
        return;
      case 'v': {
        const variant = value as DbusVariant;
        this.#text(variant.signature, 1);
        this.write(variant.signature, variant.value);
        return;
      }
      case 'a':
        this.#array(signature.slice(1), value);
        return;
      case '(':
      case '{':
        for (const [index, each] of split(signature.slice(1, -1)).entries())
          this.write(each, (value as readonly DbusValue[])[index] ?? '');
        return;
      default:
        throw new Error(`no D-Bus type ${signature}`);
    }
  }

  #number(value: number): void {
    this.#bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }

  #text(text: string, lengthBytes: 1 | 4): void {
    const bytes = Buffer.from(text);
    if (lengthBytes === 1) this.#bytes.push(bytes.length);
    else this.#number(bytes.length);
    this.#bytes.push(...bytes, 0);
  }

  /** Its length does not count what aligns the first element. */
  #array(element: string, value: DbusValue): void {
    const items = value instanceof Map ? [...value] : (value as readonly DbusValue[]);
    const at = this.#bytes.length;
    this.#number(0);
    this.align(alignments[element.charAt(0)] ?? 1);
    const start = this.#bytes.length;
    for (const item of items) this.write(element, item as DbusValue);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(this.#bytes.length - start);
    this.#bytes.splice(at, 4, ...length);
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  read(signature: string): DbusValue {
    this.#at = alignedTo(this.#at, alignments[signature.charAt(0)] ?? 1);
    switch (signature.charAt(0)) {
      case 'y':
        this.#at += 1;
        return this.#bytes.readUInt8(this.#at - 1);
      case 'b':
        return this.#number() !== 0;
      case 'u':
        return this.#number();
      case 's':
      case 'o':
        return this.#text(this.#number());
      case 'g':
        this.#at += 1;
        return this.#text(this.#bytes.readUInt8(this.#at - 1));
      case 'v': {
        const inner = this.read('g') as string;
        return { signature: inner, value: this.read(inner) };
      }
      case 'a':
        return this.#array(signature.slice(1));
      case '(':
      case '{':
        return split(signature.slice(1, -1)).map((each) => this.read(each));
      default:
        throw new Error(`no D-Bus type ${signature}`);
    }
  }

  #number(): number {
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  #text(length: number): string {
    const start = this.#at;
    this.#at += length + 1;
    return this.#bytes.toString('utf8', start, start + length);
  }

  #array(element: string): DbusValue {
    const length = this.#number();
    this.#at = alignedTo(this.#at, alignments[element.charAt(0)] ?? 1);
    const end = this.#at + length;
    const items: DbusValue[] = [];
    while (this.#at < end) items.push(this.read(element));
    return element.startsWith('{') ? new Map(items as unknown as [string, DbusVariant][]) : items;
  }
}

function alignedTo(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}

/** A signature as its complete types: `sa{sv}` has two. */
export function split(signature: string): readonly string[] {
  const parts: string[] = [];
  let at = 0;
  while (at < signature.length) {
    const end = endOfType(signature, at);
    parts.push(signature.slice(at, end));
    at = end;
  }
  return parts;
}

function endOfType(signature: string, at: number): number {
  const first = signature.charAt(at);
  if (first === 'a') return endOfType(signature, at + 1);
  if (first !== '(' && first !== '{') return at + 1;
  let depth = 0;
  for (let end = at; end < signature.length; end += 1) {
    if ('({'.includes(signature.charAt(end))) depth += 1;
    if (')}'.includes(signature.charAt(end))) depth -= 1;
    if (depth === 0) return end + 1;
  }
  throw new Error(`an open D-Bus signature ${signature}`);
}
