// Text of one element in a small answer, read without the SDK.
import { refusal } from '../request/refusal.ts';

const characters: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
};

const longestText = 4096;

/** Undefined where the answer is another one than that of `root`, because it is not S3 that answers. */
export function elementText(text: string, root: string, name: string): string | undefined {
  if (!text.includes(`<${root}>`) && !text.includes(`<${root} `)) return undefined;
  const opening = `<${name}>`;
  const at = text.indexOf(opening) + opening.length;
  const found = text.slice(at, text.indexOf('<', at));
  const isThere = at >= opening.length && text.startsWith(`</${name}>`, at + found.length);
  if (!isThere || found === '' || found.length > longestText) return undefined;
  if (!found.includes('&')) return found;
  return found.replace(/&(?:quot|#34|apos|lt|gt|amp);/gu, (one) => characters[one] ?? one);
}

export function escapedText(text: string): string {
  return text.replace(/[&<>"']/gu, (one) => entities[one] ?? one);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What takes long is begun with status 200 before the store knows how it ends; the SDK takes an error after it for this one. */
const lateErrorStatus = 503;

/** Throws the error that stands in an answer with status 200. */
export function throwLateError(text: string, headers: Readonly<Record<string, string>>): void {
  if (text === '' || text.trimEnd().endsWith('</Error>'))
    throw refusal({ statusCode: lateErrorStatus, headers }, text || '<Code>InternalError</Code>');
}
