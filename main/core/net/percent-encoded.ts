// Percent-encoding of text in an address (RFC 3986).

/** As RFC 3986 and the signature want it: everything but the unreserved characters. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
