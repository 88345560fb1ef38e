// What an operation ends in. Lost preconditions are normal: the state has been corrected and the next plan decides.
import type { ErrorFields } from '../../core/errors.ts';
import type { RelPath } from '../../core/model.ts';

export type OpOutcome =
  | { readonly kind: 'done'; readonly bytesUp: number; readonly bytesDown: number }
  /** What the plan assumed is not so any more. `why` is for the log. */
  | { readonly kind: 'replan'; readonly why: string }
  /** Left alone with a reason; retried with back-off, or not by itself. */
  | {
      readonly kind: 'problem';
      readonly path: RelPath;
      readonly code: string;
      readonly fields: ErrorFields;
      readonly retry: 'backoff' | 'slow';
    };

export const done: OpOutcome = { kind: 'done', bytesUp: 0, bytesDown: 0 };

export function replan(why: string): OpOutcome {
  return { kind: 'replan', why };
}

export function problem(
  path: RelPath,
  code: string,
  retry: 'backoff' | 'slow',
  fields: ErrorFields = {},
): OpOutcome {
  return { kind: 'problem', path, code, fields, retry };
}
