// Part sizes of a multipart upload, within the store's limits for every file size.

const mebibyte = 1024 * 1024;
const minPartUnits = 5;
const maxPartBytes = 5 * 1024 * mebibyte;
const maxParts = 10_000;
/**
 * 48.8 TiB: the maximum under the part limits. @see
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const maxObjectBytes = maxParts * maxPartBytes;

export type PartLayout =
  | { readonly kind: 'parts'; readonly partBytes: number; readonly count: number }
  | { readonly kind: 'too-large' };

/** Whole units, at least the wanted size, and large enough that 10,000 parts hold the file. */
export function layOutParts(sizeBytes: number, wantedBytes: number, unitBytes = mebibyte): PartLayout {
  if (sizeBytes > maxObjectBytes) return { kind: 'too-large' };
  const needed = Math.max(Math.ceil(sizeBytes / maxParts), wantedBytes, minPartUnits * unitBytes);
  const partBytes = Math.min(Math.ceil(needed / unitBytes) * unitBytes, maxPartBytes);
  return { kind: 'parts', partBytes, count: Math.max(1, Math.ceil(sizeBytes / partBytes)) };
}
