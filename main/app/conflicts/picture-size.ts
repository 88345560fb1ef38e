// Width and height that a PNG or JPEG file states, read without decoding it.

export type PictureSize = { readonly width: number; readonly height: number };

/** Null where the file is neither, or states no size. (PNG 3rd edition, 11.2.1; ITU-T T.81, B.2.2) */
export function pictureSize(bytes: Uint8Array): PictureSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4) return null;
  // The header chunk comes first: its type at 12, width at 16, height at 20.
  if (view.getUint32(0) === 0x89_50_4e_47)
    return view.byteLength >= 24 && view.getUint32(12) === 0x49_48_44_52
      ? sized(view.getUint32(16), view.getUint32(20))
      : null;
  return view.getUint16(0) === 0xff_d8 ? jpegSize(view) : null;
}

/**
 * Scans of a JPEG file, for each of which a decoder goes over the whole picture. A marker cannot stand within the data of a scan
 * (ITU-T T.81, B.1.1.5); what looks like one in a segment, such as those of a thumbnail, counts as well.
 */
export function scansOf(jpeg: Uint8Array): number {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let scans = 0;
  for (let at = bytes.indexOf(startOfScan); at >= 0; at = bytes.indexOf(startOfScan, at + 2)) scans += 1;
  return scans;
}

const startOfScan = Buffer.from([0xff, 0xda]);

/** Walks the segments up to the first frame header. */
function jpegSize(view: DataView): PictureSize | null {
  for (let at = 2; at + 9 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (isFrame(marker)) return sized(view.getUint16(at + 7), view.getUint16(at + 5));
    const length = view.getUint16(at + 2);
    if (!hasLength(marker) || length < 2) return null;
    at += 2 + length;
  }
  return null;
}

/**
 * Of what may precede a frame header: DHT, DAC, DQT, DRI, the applications' and comments. A decoder passes over some others without
 * reading a length, and would so find another frame header than we do.
 */
function hasLength(marker: number): boolean {
  return [0xc4, 0xcc, 0xdb, 0xdd, 0xfe].includes(marker) || (marker >= 0xe0 && marker <= 0xef);
}

/** SOF0 to SOF15 without the three tables among them: DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function sized(width: number, height: number): PictureSize | null {
  return width > 0 && height > 0 ? { width, height } : null;
}
