// Patterns of IAM policies: wildcards, policy variables, and the one-or-many shape of their fields.

export type OneOrMany<T> = T | readonly T[];

/** Context keys are looked up in lower case; a missing key is not the same as an empty one. */
export type RequestContext = ReadonlyMap<string, string>;

export function many<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Matches a pattern with wildcards and variables; a variable without a value matches nothing, a value's own `*` is literal. */
export function matchPattern(
  pattern: string,
  value: string,
  context: RequestContext,
  hasVariables: boolean,
): boolean {
  if (!hasVariables || !pattern.includes('${')) return wildcard(pattern, value);
  const source = substitute(pattern, context, (literal) =>
    literal.replace(/[*?]/g, (char) => (char === '*' ? LITERAL_STAR : LITERAL_QUESTION)),
  );
  return source !== undefined && wildcard(source, value);
}

/** Replaces `${name}` and `${name, 'default'}`; undefined when a variable has no value. */
export function substitute(
  pattern: string,
  context: RequestContext,
  protect: (value: string) => string,
): string | undefined {
  const missing: string[] = [];
  const text = pattern.replace(/\$\{([^}]*)\}/g, (_all, inner: string) => {
    if (inner === '*' || inner === '?' || inner === '$') return protect(inner);
    const comma = inner.indexOf(',');
    const name = (comma < 0 ? inner : inner.slice(0, comma)).trim().toLowerCase();
    const fallback = comma < 0 ? undefined : /'(.*)'/.exec(inner.slice(comma + 1))?.[1];
    const value = context.get(name) ?? fallback;
    if (value === undefined) missing.push(name);
    return value === undefined ? '' : protect(value);
  });
  return missing.length > 0 ? undefined : text;
}

/** What a variable's own star and question mark become, so that they match only themselves. */
const LITERAL_STAR = '\u0001';
const LITERAL_QUESTION = '\u0002';

const compiled = new Map<string, RegExp>();

/** `*` and `?` wildcards; the two literal signs stand for themselves. */
export function wildcard(pattern: string, value: string): boolean {
  if (pattern === '*') return true;
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')
      .replaceAll(LITERAL_STAR, '\\*')
      .replaceAll(LITERAL_QUESTION, '\\?');
    expression = new RegExp(`^${source}$`, 's');
    if (compiled.size > 5000) compiled.clear();
    compiled.set(pattern, expression);
  }
  return expression.test(value);
}
