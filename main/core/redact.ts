// Redaction of log fields and messages: by field name, by pattern, and by registered value.

export const redacted = '[redacted]';

/** Compared without case, `-` and `_`; a field whose name contains one of these never shows its value. */
const secretNames = [
  'password',
  'passphrase',
  'secret',
  'token',
  'jwt',
  'authorization',
  'cookie',
  'credential',
  'assertion',
  'accesskey',
  'privatekey',
  'signature',
  'codeverifier',
  'devicecode',
  'usercode',
  'apikey',
  'bearer',
  'presigned',
  'shareurl',
] as const;

/**
 * Exact names that are secret. Not `code` and `state`: we use those for errors and pairs, and in URLs the
 * patterns below catch them.
 */
const secretExactNames: ReadonlySet<string> = new Set(['nonce', 'pin']);

/** Patterns of secrets in any text: an AWS access key id, a signature or token in a query string, a bearer header. */
const secretShapes: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g,
  /(?<=[?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|code|state|id_token|access_token|refresh_token|SAMLResponse)=)[^&\s"']+/gi,
  /(?<=\bBearer\s)[\w.~+/=-]+/gi,
];

/** Shorter values are not searched for: blanking every `ab` would make the log unreadable and prove nothing. */
const shortestSecret = 8;

/** What a service sent may be megabytes; more than this of one text is of no use in a log, and the patterns take time (S22). */
const longestText = 16 * 1024;
const cutMark = ' [cut]';

/** A truncated long secret is recognised by its first characters; what follows of it is removed as well. */
const headChars = 24;

/** A secret value and its encodings: as it is, in a URL, in a JSON document, in base64. */
export type Secret = { readonly value: string; readonly forms: readonly string[] };

/** Removes the secrets registered in this run from a text. */
export type Redact = (text: string) => string;

export function asSecret(value: string): Secret {
  if (value.length < shortestSecret) return { value, forms: [] };
  const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), ...inBase64(value)];
  return { value, forms: [...new Set(forms)] };
}

function inBase64(value: string): readonly string[] {
  // Tokens and keys are ASCII; a password that is not is never sent alone in base64.
  if (!/^[\x20-\x7e]*$/.test(value)) return [];
  const text = btoa(value).replace(/=+$/, '');
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
}

export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_\s]/g, '');
  return secretExactNames.has(plain) || secretNames.some((part) => plain.includes(part));
}

/** The text without secrets; beyond its first 16 KiB nothing is kept. */
export function redactText(text: string, secrets: Iterable<Secret>): string {
  const isLong = text.length > longestText;
  // A secret that begins before the cut is found whole.
  const ranges = rangesOf(isLong ? text.slice(0, longestText + headChars) : text, secrets);
  let result = withoutRanges(isLong ? text.slice(0, longestText) : text, ranges);
  if (result.includes('eyJ')) result = result.replace(/[\w.-]+/g, withoutTokens);
  for (const shape of secretShapes) result = result.replace(shape, redacted);
  return isLong ? result + cutMark : result;
}

/**
 * Words joined by dots without the JWTs among them: a beginning `eyJ`, a second part, perhaps a third. One pattern for all of it would look
 * through the rest of the text from each of many beginnings.
 */
function withoutTokens(words: string): string {
  const parts = words.split('.');
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? '';
    const start = /\beyJ(?=[\w-]{5})/.exec(part)?.index;
    if (start === undefined || (parts[at + 1] ?? '') === '') kept.push(part);
    else {
      kept.push(part.slice(0, start) + redacted);
      at += 2;
    }
  }
  return kept.join('.');
}

type Range = { readonly start: number; readonly end: number };

/**
 * All matches are found before any is removed: tokens of one provider share a beginning, and removing one
 * must not hide another.
 */
function rangesOf(text: string, secrets: Iterable<Secret>): readonly Range[] {
  const ranges: Range[] = [];
  for (const { forms } of secrets) {
    for (const form of forms) {
      const head = form.slice(0, headChars);
      const first = text.indexOf(head);
      if (first === -1) continue;
      const lengths = matchLengths(form, text.slice(first));
      for (let start = first; start !== -1; start = text.indexOf(head, start + 1))
        ranges.push({ start, end: start + (lengths[start - first] ?? 0) });
    }
  }
  return ranges.sort((a, b) => a.start - b.start);
}

/** How much of the beginning of `form` stands at each place of the text, in time that grows with both (the Z algorithm). */
function matchLengths(form: string, text: string): Uint32Array {
  const own = form.slice(0, text.length);
  const whole = own + text;
  const found = new Uint32Array(whole.length);
  let [from, to] = [0, 0];
  for (let at = 1; at < whole.length; at += 1) {
    let length = at < to ? Math.min(to - at, found[at - from] ?? 0) : 0;
    while (at + length < whole.length && whole[length] === whole[at + length]) length += 1;
    found[at] = length;
    if (at + length > to) [from, to] = [at, at + length];
  }
  return found.subarray(own.length).map((length) => Math.min(length, own.length));
}

function withoutRanges(text: string, ranges: readonly Range[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of ranges) {
    if (start >= from && start < text.length) result += text.slice(from, start) + redacted;
    from = Math.max(from, end);
  }
  return result + text.slice(from);
}

/** A copy that is safe to log; depth is limited so that a cyclic value cannot hang the logger. */
export function redactValue(value: unknown, secrets: Iterable<Secret>, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, secrets);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value;
  if (depth >= 6) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, depth + 1));
  if (value instanceof Error) return redactError(value, secrets, depth);
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    result[name] =
      isSecretName(name) && item !== null && item !== undefined && typeof item !== 'boolean'
        ? redacted
        : redactValue(item, secrets, depth + 1);
  }
  return result;
}

function redactError(error: Error, secrets: Iterable<Secret>, depth: number): Record<string, unknown> {
  const own = redactValue(Object.fromEntries(Object.entries(error)), secrets, depth + 1);
  return {
    ...(typeof own === 'object' ? own : {}),
    name: error.name,
    message: redactText(error.message, secrets),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack, secrets) }),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, secrets, depth + 1) }),
  };
}
