// Deep replacement of one text by another value in a JSON document.

/** The type is unchanged for the caller: templates are written, never read back. */
export function replaceDeep<T>(value: T, text: string, by: unknown): T {
  return replaced(value, text, by) as T; // a copy of the same shape
}

function replaced(value: unknown, text: string, by: unknown): unknown {
  if (value === text) return by;
  if (Array.isArray(value)) return value.map((item) => replaced(item, text, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, text, by)]));
}

/** Every string of a JSON document, except the keys. */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
