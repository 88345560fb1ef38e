// Rows as JSON text; big integers travel as `{"$big": "..."}`.

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? { $big: String(item) } : item,
  );
}

function isBig(item: unknown): item is { readonly $big: string } {
  return typeof item === 'object' && item !== null && '$big' in item && typeof item.$big === 'string';
}

/** Our own rows, written by `toJson` from the type that is asked for. */
export function fromJson<Value>(text: unknown): Value {
  return JSON.parse(String(text), (_key, item: unknown) => (isBig(item) ? BigInt(item.$big) : item)) as Value;
}
