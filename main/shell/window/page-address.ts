// Address of the page, and the check that a URL is that address.

export const PAGE_SCHEME = 'app';
const PAGE_HOST = 'driftless';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`;

/** Compared part by part with a parser: a prefix test would let `app://driftless.evil/` through. */
export function isPageUrl(raw: string): boolean {
  if (!URL.canParse(raw)) return false;
  const url = new URL(raw);
  // `origin` is the string "null" for schemes that Node does not know as standard.
  return (
    url.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST && url.username === '' && url.password === ''
  );
}
