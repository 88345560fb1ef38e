// Readable unique id for a new account or pair.

/** `docs`, `docs-2`, ...: lower-case letters, digits and "-", at most 43 characters. */
export function freeId(from: string, taken: readonly string[]): string {
  const name = from
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  const base = name === '' ? 'folder' : name;
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}-${String(count)}`;
    if (!taken.includes(id)) return id;
  }
}
