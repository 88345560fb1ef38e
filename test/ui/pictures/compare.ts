// Comparison of two pictures with a tolerance, done by the browser that took them.
import type { Page } from 'playwright';

type Size = { readonly width: number; readonly height: number };

export type Difference = {
  /** Pixels that have no like one in the other picture at the same place or beside it. */
  readonly pixels: number;
  /** Of them, in the square of the picture that has most. */
  readonly densest: number;
  /** Around them; null if there are none. */
  readonly box: (Size & { readonly x: number; readonly y: number }) | null;
  /** Of the reference and of what was taken. */
  readonly sizes: readonly [Size, Size];
  /** What was taken, faded, with the pixels that differ in red. PNG. */
  readonly shown: Buffer;
};

/** Of one of the three colours, out of 255: less is another rounding of the same edge. */
const COLOUR_STEP = 24;
/** A control of the browser's own may be that much higher in another version. */
const HEIGHT_STEP = 2;
/**
 * Another way to draw the same page scatters its differences along all edges: at most 36 were seen in one square, with the
 * GPU's rasterizer. What moved or went leaves them in one place: 90 for an icon, 130 for a badge moved by 4 pixels.
 */
const SQUARE = 32;
const DENSEST = 64;

export function isAlike({ densest, sizes }: Difference): boolean {
  const [reference, taken] = sizes;
  const isAsHigh = Math.abs(reference.height - taken.height) <= HEIGHT_STEP;
  return densest < DENSEST && reference.width === taken.width && isAsHigh;
}

/** Needs any page, and leaves it as it is. */
export async function compare(page: Page, reference: Buffer, taken: Buffer): Promise<Difference> {
  const both = [reference.toString('base64'), taken.toString('base64')] as const;
  const found = await page.evaluate(
    async ({ pictures, step, square }) => {
      const read = async (base64: string): Promise<ImageData> => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        canvas?.drawImage(bitmap, 0, 0);
        const data = canvas?.getImageData(0, 0, bitmap.width, bitmap.height);
        if (data === undefined) throw new Error('no canvas');
        return data;
      };
      const [a, b] = await Promise.all([read(pictures[0]), read(pictures[1])]);
      const width = Math.min(a.width, b.width);
      const height = Math.min(a.height, b.height);
      const isLike = (one: ImageData, at: number, other: ImageData, there: number): boolean => {
        for (let part = 0; part < 3; part += 1)
          if (Math.abs((one.data[at + part] ?? 0) - (other.data[there + part] ?? 0)) > step) return false;
        return true;
      };
      const hasLike = (one: ImageData, other: ImageData, x: number, y: number): boolean => {
        const at = (y * one.width + x) * 4;
        if (isLike(one, at, other, (y * other.width + x) * 4)) return true;
        for (let beside = Math.max(0, y - 1); beside <= Math.min(height - 1, y + 1); beside += 1)
          for (let next = Math.max(0, x - 1); next <= Math.min(width - 1, x + 1); next += 1)
            if (isLike(one, at, other, (beside * other.width + next) * 4)) return true;
        return false;
      };
      const shown = new ImageData(width, height);
      const edges = { left: width, top: height, right: -1, bottom: -1 };
      const across = Math.ceil(width / square);
      const inSquares = new Uint32Array(across * Math.ceil(height / square));
      let pixels = 0;
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const isSame = hasLike(a, b, x, y) && hasLike(b, a, x, y);
          const at = (y * b.width + x) * 4;
          const faded = [0, 1, 2].map((part) => 170 + (b.data[at + part] ?? 0) / 3);
          shown.data.set(isSame ? [...faded, 255] : [220, 0, 0, 255], (y * width + x) * 4);
          if (isSame) continue;
          pixels += 1;
          const inSquare = Math.floor(y / square) * across + Math.floor(x / square);
          inSquares[inSquare] = (inSquares[inSquare] ?? 0) + 1;
          edges.left = Math.min(edges.left, x);
          edges.right = Math.max(edges.right, x);
          edges.top = Math.min(edges.top, y);
          edges.bottom = Math.max(edges.bottom, y);
        }
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d')?.putImageData(shown, 0, 0);
      const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      return {
        pixels,
        densest: Math.max(...inSquares),
        box:
          pixels === 0
            ? null
            : {
                x: edges.left,
                y: edges.top,
                width: edges.right - edges.left + 1,
                height: edges.bottom - edges.top + 1,
              },
        sizes: [a, b].map((one) => ({ width: one.width, height: one.height })),
        shown: Array.from(png, (byte) => String.fromCharCode(byte)).join(''),
      };
    },
    { pictures: both, step: COLOUR_STEP, square: SQUARE },
  );
  const [before, after] = found.sizes;
  if (before === undefined || after === undefined) throw new Error('two pictures are compared');
  return { ...found, sizes: [before, after], shown: Buffer.from(found.shown, 'latin1') };
}
