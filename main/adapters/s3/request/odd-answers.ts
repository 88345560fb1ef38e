// Answers in odd forms, put right before the SDK reads them: it fails a whole page for the date of one entry.
/** RFC 3339 as the SDK takes it. */
const soundTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u;
const withoutZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?$/u;
const latestMs = Date.UTC(9999, 11, 31);

/** Milliseconds since the epoch; null for what is no time. S3 keeps time in UTC, so one without a zone is read as that. */
function readTime(text: string): number | null {
  const plain = text.trim();
  if (!plain.includes(':')) return null;
  const ms = Date.parse(withoutZone.test(plain) ? `${plain.replace(' ', 'T')}Z` : plain);
  return Number.isFinite(ms) && ms >= 0 && ms <= latestMs ? ms : null;
}

/** As RFC 7231 wants it; null for what is no time. */
function httpTime(text: string): string | null {
  const ms = readTime(text);
  return ms === null ? null : new Date(ms).toUTCString();
}

/** Of the last answer: objects that were written together have the same, and small ones are asked for by the thousand. */
let lastModified: { readonly text: string; readonly mended: string | null } = { text: '', mended: null };

/** A time of last modification in another form than RFC 7231 wants is rewritten, one that cannot be read is left out. */
export function mendHeaders({ headers }: { readonly headers: Record<string, string> }): void {
  const modified = headers['last-modified'];
  if (modified !== undefined) {
    if (modified !== lastModified.text) lastModified = { text: modified, mended: httpTime(modified) };
    const { mended } = lastModified;
    if (mended === null) delete headers['last-modified'];
    else headers['last-modified'] = mended;
  }
  const lockedUntil = headers['x-amz-object-lock-retain-until-date'];
  if (lockedUntil !== undefined && !soundTime.test(lockedUntil))
    delete headers['x-amz-object-lock-retain-until-date'];
}

/** Times likewise; a size without a digit is left out, as the SDK takes it for 0; so is a byte order mark. */
function mendXml(text: string): string {
  return text
    .replace(/^\ufeff/u, '')
    .replaceAll(/<LastModified>([^<]*)<\/LastModified>|<LastModified\s*\/>/gu, (whole, time?: string) => {
      if (time !== undefined && soundTime.test(time)) return whole;
      const ms = time === undefined ? null : readTime(time);
      return ms === null ? '' : `<LastModified>${new Date(ms).toISOString()}</LastModified>`;
    })
    .replaceAll(/<Size>\s*<\/Size>|<Size\s*\/>/gu, '');
}

/** The same of a whole answer. */
export function mendedXml(bytes: Buffer): Buffer {
  const text = bytes.toString('utf8');
  const mended = mendXml(text);
  return mended === text ? bytes : Buffer.from(mended);
}
