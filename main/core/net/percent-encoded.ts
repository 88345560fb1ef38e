// Percent-encoding of text in an address (RFC 3986).

/** As RFC 3986 and the signature want it: everything but the unreserved characters. */
export function percentEncoded(text: string): string {
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
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = typeof value === 'object' && value !== null ? value : [value];
    return values.map((one) =>
      typeof one === 'string' ? `${percentEncoded(name)}=${percentEncoded(one)}` : percentEncoded(name),
    );
  });
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}
