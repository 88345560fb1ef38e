// Percent-encoding of text in an address (RFC 3986).

const unreserved = /^[\w.~-]*$/u;

/** As RFC 3986 and the signature want it: everything but the unreserved characters. */
export function percentEncoded(text: string): string {
  if (unreserved.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Path and query as they travel, the path being encoded already. A list repeats its name, and a name without a value stands alone, as in
 * the SDK.
 */
export function requestTarget({
  path,
  query,
}: {
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[] | null>>;
}): string {
  let target = path;
  let mark = '?';
  for (const name of Object.keys(query)) {
    const value = query[name];
    const values = typeof value === 'object' && value !== null ? value : [value];
    for (const one of values) {
      const pair = typeof one === 'string' ? `=${percentEncoded(one)}` : '';
      target += `${mark}${percentEncoded(name)}${pair}`;
      mark = '&';
    }
  }
  return target;
}
