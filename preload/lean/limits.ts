// Sizes and errors of the contract, which the engine needs without its schemas.
// Apart from them, because making the schemas takes a start 15 ms of CPU, and a command without a page needs none.
import type { Coded } from '../schema-parts.ts';

/** Limits on what main sends; the publisher trims to them, newest or most severe first. */
export const LIMITS = {
  activity: 100,
  problems: 200,
  transfers: 8,
  examples: 20,
  guards: 20,
  notices: 20,
  planOps: 500,
  trash: 500,
  trashGroups: 50,
  trashFolders: 3,
  ignoreRules: 500,
  folderChoices: 500,
  history: 500,
  files: 10_000,
  found: 500,
  versions: 200,
  pairs: 200,
  conflicts: 200,
  /** Characters of a text preview, and of a picture as a data address. */
  previewText: 20_000,
  previewImage: 2_000_000,
  facts: 60,
  reached: 30,
  authorities: 20,
  /** Maximum text of a profile from the page; a typical one has 1,000 characters. */
  profileChars: 8192,
  /** Characters of a template; a typical one has 8,000. */
  template: 100_000,
} as const;

/** Makes an error result. */
export function failed(
  errorCode: string,
  errorFields: Coded['fields'] = {},
): { readonly ok: false; readonly error: Coded } {
  return { ok: false, error: { code: errorCode, fields: errorFields } };
}
