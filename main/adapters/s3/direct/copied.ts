// What a store answers to a copy, read without the SDK.
import { refusal } from '../request/refusal.ts';

/** A copy that takes long is begun with status 200 before the store knows how it ends; the SDK takes an error after it for this one. */
const lateErrorStatus = 503;

const result = /<CopyObjectResult[\s>]/u;
const etag = /<ETag>([^<]{1,300})<\/ETag>/u;
const characters: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
};

/** ETag of the copy; undefined where the answer names none, because it is not S3 that answers. Throws what stands in it where that is an error. */
export function copiedEtag(text: string, headers: Readonly<Record<string, string>>): string | undefined {
  if (text === '' || text.trimEnd().endsWith('</Error>'))
    throw refusal({ statusCode: lateErrorStatus, headers }, text || '<Code>InternalError</Code>');
  const found = result.test(text) ? etag.exec(text)?.[1] : undefined;
  return found?.replace(/&(?:quot|#34|apos|lt|gt|amp);/gu, (name) => characters[name] ?? name);
}
