// A font that draws every letter as the same block.
//
// No two machines draw letters alike, and a font of the machine decides where lines break. With this one a picture shows how
// much text stands where, and the same on every machine.

const UNITS_PER_EM = 1000;
const ASCENT = 900;
const DESCENT = -250;
const BLOCK = { left: 40, right: 480, bottom: 0, top: 520 };
/** Nothing (missing glyph), space, block. */
const advances = [540, 300, 540] as const;
const SPACE = 1;
const LETTER = 2;

/** Characters up to and with `last`, from the one after the group before. */
const groups: readonly { readonly last: number; readonly glyph: number }[] = [
  { last: 0x1f, glyph: 0 },
  { last: 0x20, glyph: SPACE },
  { last: 0x9f, glyph: LETTER },
  { last: 0xa0, glyph: SPACE },
  { last: 0x10ffff, glyph: LETTER },
];

/** A TrueType file. */
export function blockFont(): Buffer {
  const tables: readonly (readonly [string, Buffer])[] = [
    ['OS/2', os2()],
    ['cmap', cmap()],
    ['glyf', glyph()],
    ['head', head()],
    ['hhea', hhea()],
    ['hmtx', shorts(...advances.flatMap((advance, at) => [advance, at === LETTER ? BLOCK.left : 0]))],
    // Halves of the offsets: only the last glyph has an outline.
    ['loca', shorts(0, 0, 0, glyph().length / 2)],
    [
      'maxp',
      Buffer.concat([longs(0x00010000), shorts(advances.length, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)]),
    ],
    ['name', nameTable()],
    ['post', longs(0x00030000, 0, 0, 0, 0, 0, 0, 0)],
  ];
  const header = [longs(0x00010000), shorts(tables.length, 128, 3, tables.length * 16 - 128)];
  const bodies: Buffer[] = [];
  let at = 12 + tables.length * 16;
  for (const [tag, body] of tables) {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    header.push(Buffer.from(tag, 'latin1'), longs(checksum(padded), at, body.length));
    bodies.push(padded);
    at += padded.length;
  }
  return Buffer.concat([...header, ...bodies]);
}

function glyph(): Buffer {
  const { left, right, bottom, top } = BLOCK;
  const frame = shorts(1, left, bottom, right, top, 3, 0);
  // Four points on the line, each with both coordinates as a difference of two bytes.
  const points = Buffer.from([1, 1, 1, 1]);
  const xs = shorts(left, right - left, 0, left - right);
  const ys = shorts(bottom, 0, top - bottom, 0);
  return Buffer.concat([frame, points, xs, ys]);
}

/** Format 13: one glyph for many characters. */
function cmap(): Buffer {
  const rows = groups.map(({ last, glyph: drawn }, at) =>
    longs((groups[at - 1]?.last ?? -1) + 1, last, drawn),
  );
  const table = Buffer.concat([shorts(13, 0), longs(16 + rows.length * 12, 0, rows.length), ...rows]);
  return Buffer.concat([shorts(0, 1, 3, 10), longs(12), table]);
}

function head(): Buffer {
  const { left, right, bottom, top } = BLOCK;
  return Buffer.concat([
    longs(0x00010000, 0x00010000, 0, 0x5f0f3cf5),
    shorts(3, UNITS_PER_EM),
    longs(0, 0, 0, 0),
    shorts(left, bottom, right, top, 0, 8, 2, 0, 0),
  ]);
}

function hhea(): Buffer {
  const metrics = shorts(
    ASCENT,
    DESCENT,
    0,
    Math.max(...advances),
    0,
    0,
    BLOCK.right,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
  return Buffer.concat([longs(0x00010000), metrics, shorts(advances.length)]);
}

function os2(): Buffer {
  return Buffer.concat([
    shorts(4, advances[LETTER], 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0),
    Buffer.alloc(10 + 16),
    Buffer.from('NONE', 'latin1'),
    shorts(0x40, 0x20, 0xffff, ASCENT, DESCENT, 0, ASCENT, -DESCENT),
    longs(1, 0),
    shorts(BLOCK.top, 700, 0, 0x20, 1),
  ]);
}

function nameTable(): Buffer {
  const wide = Buffer.from('Blocks', 'utf16le').swap16();
  const kinds = [1, 2, 4, 6];
  const records = kinds.map((kind) => shorts(3, 1, 0x409, kind, wide.length, 0));
  return Buffer.concat([shorts(0, kinds.length, 6 + kinds.length * 12), ...records, wide]);
}

function shorts(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, at) => bytes.writeUInt16BE(value & 0xffff, at * 2));
  return bytes;
}

function longs(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => bytes.writeUInt32BE(value >>> 0, at * 4));
  return bytes;
}

function checksum(padded: Buffer): number {
  let sum = 0;
  for (let at = 0; at < padded.length; at += 4) sum = (sum + padded.readUInt32BE(at)) >>> 0;
  return sum;
}
