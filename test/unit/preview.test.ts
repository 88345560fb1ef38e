// Previews of files: text or picture by their bytes, within limits that hold before anything is decoded.
import { expect, test } from 'vitest';
import { pictureSize } from '../../main/app/conflicts/picture-size.ts';
import { previewFile } from '../../main/app/conflicts/preview.ts';
import type { DecodePicture } from '../../main/app/conflicts/preview.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalFiles } from '../../main/ports/local-files.port.ts';
import { createDecodePicture } from '../../main/shell/decode-picture.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A PNG as far as its header says; nothing after it. */
function png(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33);
  const view = new DataView(bytes.buffer);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

/** A JPEG up to its frame header, after a segment of another kind and a fill byte. */
function jpeg(width: number, height: number): Uint8Array {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const bytes = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xff, 0xc2, 0, 11, 8, ...size, 3, 1, 2, 3, 4];
  return Uint8Array.from(bytes);
}

/** Reads in short parts, as a disk may. */
function fileOf(bytes: Uint8Array, sizeBytes = bytes.length): Pick<LocalFiles, 'open'> {
  const reader = {
    fingerprint: { sizeBytes },
    read: (at: number, length: number) =>
      Promise.resolve(bytes.subarray(at, Math.min(at + length, at + 5000))),
    close: () => Promise.resolve(),
  };
  return { open: () => Promise.resolve({ kind: 'open', reader } as never) };
}

const path = relPath('a');
const decode: DecodePicture = () => 'AAAA';
const preview = (bytes: Uint8Array, sizeBytes?: number, by: DecodePicture | null = decode) =>
  previewFile(fileOf(bytes, sizeBytes), path, by);

test('a text is shown, and cut between characters where it is long', async () => {
  expect(await preview(utf8('Grüße'))).toEqual({ kind: 'text', text: 'Grüße', isCut: false });
  const long = await preview(utf8('ü'.repeat(50_000)));
  expect(long).toEqual({ kind: 'text', text: 'ü'.repeat(20_000), isCut: true });
  expect(await preview(utf8(`a${'€'.repeat(40_000)}`))).toMatchObject({ kind: 'text', isCut: true });
});

test('what a text hides, and what would turn its order round, is written out', async () => {
  const trojan =
    'isAdmin\u202e \u2066// only\u2069\u2066\n\tend\u200b\r\n\u001b[2J \u0646\u0627\u0645\u0647\u200c\u0647\u0627';
  expect(await preview(utf8(trojan))).toEqual({
    kind: 'text',
    text: 'isAdmin\\u202E \\u2066// only\\u2069\\u2066\n\tend\\u200B\r\n\\u001B[2J \u0646\u0627\u0645\u0647\u200c\u0647\u0627',
    isCut: false,
  });
  const many = await preview(utf8('\u202e'.repeat(19_000)));
  expect(many).toEqual({ kind: 'text', text: '\\u202E'.repeat(3334).slice(0, 20_000), isCut: true });
});

test.each([
  ['bytes that are no UTF-8', Uint8Array.from([0x61, 0xff, 0x61]), 'no-preview'],
  ['text with a NUL', utf8('a\u0000b'), 'no-preview'],
  ['nothing', new Uint8Array(0), 'empty'],
  ['a picture without a size', png(0, 10), 'no-preview'],
  ['a picture of more pixels than are decoded', png(40_000, 40_000), 'too-large'],
  ['a JPEG of more pixels than are decoded', jpeg(60_000, 60_000), 'too-large'],
])('%s has no preview', async (_what, bytes, why) => {
  const asked = { hasDecoded: false };
  const by: DecodePicture = () => {
    asked.hasDecoded = true;
    return 'AAAA';
  };
  expect(await preview(bytes, undefined, by)).toEqual({ kind: 'none', why });
  expect(asked.hasDecoded).toBe(false);
});

test('a picture is shown as what the decoder returns, where there is one', async () => {
  expect(await preview(png(10, 10))).toEqual({ kind: 'image', source: 'data:image/png;base64,AAAA' });
  expect(await preview(jpeg(10, 10))).toMatchObject({ kind: 'image' });
  expect(await preview(png(10, 10), undefined, null)).toEqual({ kind: 'none', why: 'desktop-only' });
  expect(await preview(png(10, 10), undefined, () => null)).toEqual({ kind: 'none', why: 'no-preview' });
  expect(await preview(png(10, 10), 21 * 1024 * 1024)).toEqual({ kind: 'none', why: 'too-large' });
});

test('a JPEG of more scans than any picture has is not decoded', async () => {
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x80];
  const withScans = (count: number) =>
    preview(Uint8Array.from([...jpeg(6000, 6000), ...Array.from({ length: count }, () => scan).flat()]));
  expect(await withScans(100)).toMatchObject({ kind: 'image' });
  expect(await withScans(101)).toEqual({ kind: 'none', why: 'no-preview' });
});

test('the size that a picture states is read, and only from whole headers', () => {
  expect(pictureSize(png(640, 480))).toEqual({ width: 640, height: 480 });
  expect(pictureSize(jpeg(640, 480))).toEqual({ width: 640, height: 480 });
  for (let length = 0; length < 18; length += 1) {
    expect(pictureSize(jpeg(640, 480).subarray(0, length))).toBeNull();
  }
  expect(pictureSize(utf8('GIF89a, which is not decoded'))).toBeNull();
});

test.each([0x00, 0x01, 0x02, 0xc8, 0xd0, 0xde, 0xf0])(
  'a marker %d, which decoders pass over without a length, hides no frame header from us',
  (marker) => {
    const frame = [...jpeg(60_000, 60_000).subarray(9)];
    const decoy = [...jpeg(8, 8).subarray(9)];
    // As a segment it would reach up to the decoy.
    const length = [0, 2 + frame.length];
    expect(
      pictureSize(Uint8Array.from([0xff, 0xd8, 0xff, marker, ...length, ...frame, ...decoy])),
    ).toBeNull();
  },
);

test('the segments of a usual JPEG before its frame header are passed over', () => {
  const frame = [...jpeg(640, 480).subarray(9)];
  const segments = [0xe1, 0xdb, 0xc4, 0xdd, 0xfe].flatMap((marker) => [0xff, marker, 0, 4, 0, 0]);
  expect(pictureSize(Uint8Array.from([0xff, 0xd8, ...segments, ...frame]))).toEqual({
    width: 640,
    height: 480,
  });
  // A length that does not hold itself.
  expect(pictureSize(Uint8Array.from([0xff, 0xd8, 0xff, 0xfe, 0, 0, ...frame]))).toBeNull();
});

test('the shell reduces a picture to fit, and never enlarges one', () => {
  const resized: unknown[] = [];
  const image = (width: number, height: number) => ({
    isEmpty: () => width === 0,
    getSize: () => ({ width, height }),
    toPNG: () => Buffer.from('png'),
    resize: (to: unknown) => {
      resized.push(to);
      return image(1, 1) as never;
    },
  });
  const decoded = (width: number, height: number) =>
    createDecodePicture({ createFromBuffer: () => image(width, height) })(utf8('x'), 480);
  expect(decoded(960, 400)).toBe(Buffer.from('png').toString('base64'));
  expect(decoded(100, 100)).not.toBeNull();
  expect(decoded(0, 0)).toBeNull();
  expect(decoded(5000, 1)).not.toBeNull();
  expect(resized).toEqual([
    { width: 480, height: 200 },
    { width: 480, height: 1 },
  ]);
});
