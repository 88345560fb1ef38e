// Previews of files for the page: the start of a text, or a small picture made by main.
import type { RelPath } from '../../core/model/model.ts';
import type { LocalFiles } from '../../ports/local-files.port.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import { showText } from '../../../preload/locales/shown-name.ts';
import type { FilePreview } from '../../../preload/contract.ts';
import { pictureSize, scansOf } from './picture-size.ts';

/**
 * Decodes a PNG or JPEG file and returns a PNG of at most `edge` pixels a side, as base64; null for a broken one.
 * Called only for files within the limits below.
 */
export type DecodePicture = (bytes: Uint8Array, edge: number) => string | null;

/** Bytes read of a file that may be text; enough for the characters that the page shows. */
const textBytes = 4 * LIMITS.previewText;
const mostPictureBytes = 20 * 1024 * 1024;
/** A decoder takes four bytes a pixel: this many need 160 MB. */
const mostPixels = 40_000_000;
/** A progressive picture has about ten; a file of 20 MiB could have half a million, and keep the decoder busy for an hour. */
const mostScans = 100;
const edge = 480;

const none = (why: Extract<FilePreview, { kind: 'none' }>['why']): FilePreview => ({ kind: 'none', why });

/** Never follows links, and reads only regular files of the pair's folder. */
export async function previewFile(
  files: Pick<LocalFiles, 'open'>,
  path: RelPath,
  decode: DecodePicture | null,
): Promise<FilePreview> {
  const opened = await files.open(path);
  if (opened.kind !== 'open') return none('no-preview');
  const { reader } = opened;
  try {
    const { sizeBytes } = reader.fingerprint;
    if (sizeBytes === 0) return none('empty');
    const start = await readUpTo(reader, Math.min(sizeBytes, textBytes));
    if (!isPicture(start)) return textOf(start, sizeBytes);
    if (decode === null) return none('desktop-only');
    if (sizeBytes > mostPictureBytes) return none('too-large');
    const whole = await readUpTo(reader, sizeBytes);
    const size = pictureSize(whole);
    if (size === null) return none('no-preview');
    if (size.width * size.height > mostPixels) return none('too-large');
    if (isJpeg(whole) && scansOf(whole) > mostScans) return none('no-preview');
    return pictureOf(decode(whole, edge));
  } finally {
    await reader.close();
  }
}

function pictureOf(base64: string | null): FilePreview {
  const source = `data:image/png;base64,${base64 ?? ''}`;
  if (base64 === null || base64 === '') return none('no-preview');
  return source.length > LIMITS.previewImage ? none('too-large') : { kind: 'image', source };
}

type Reader = { read(position: number, length: number): Promise<Uint8Array> };

async function readUpTo(reader: Reader, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const part = await reader.read(at, length - at);
    if (part.length === 0) break;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.subarray(0, at);
}

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const jpegStart = [0xff, 0xd8, 0xff];

/** By its first bytes: a name proves nothing. */
function isPicture(bytes: Uint8Array): boolean {
  return beginsWith(bytes, pngStart) || isJpeg(bytes);
}

function isJpeg(bytes: Uint8Array): boolean {
  return beginsWith(bytes, jpegStart);
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function textOf(bytes: Uint8Array, sizeBytes: number): FilePreview {
  const isCut = bytes.length < sizeBytes;
  let text: string;
  try {
    // A character at the cut may be incomplete: as a stream the decoder waits for its rest.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return none('no-preview');
  }
  // Text has none of these, and other formats do.
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/u.test(text)) return none('no-preview');
  const start = text.slice(0, LIMITS.previewText).toWellFormed();
  // A text of another writer must not read in another order than it has, nor hide a part.
  const shown = showText(start);
  const cut = shown.slice(0, LIMITS.previewText);
  return { kind: 'text', text: cut, isCut: isCut || text.length > start.length || shown.length > cut.length };
}
