/** The one way to skip: a test says what it needs, and the run's summary says what was missing. */

import type {} from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    skipReason?: string;
    /** True where even a continuous integration run on Linux may go without. */
    skipAllowed?: boolean;
  }
}

export type SkipOptions = {
  readonly skip: boolean;
  readonly meta: { readonly skipReason?: string; readonly skipAllowed?: boolean };
};

/**
 * Options for `describe` or `test`: `describe('Ceph', skipUnless(hasCeph(), 'radosgw is not installed'), () => ...)`.
 * With CI=true on Linux such a skip is a failure, so that a broken set-up cannot pass as a green run.
 */
export function skipUnless(condition: boolean, reason: string): SkipOptions {
  return condition ? { skip: false, meta: {} } : { skip: true, meta: { skipReason: reason } };
}

/** For the suites that need the Electron binary and nothing else: its download may fail, so a CI run may have this skip. */
export function skipUnlessElectron(condition: boolean, reason: string): SkipOptions {
  return allowedSkip(condition, reason);
}

/** For programs that check what we generate (cfn-lint, Terraform with its AWS provider, appstreamcli) and may be missing. */
export function skipUnlessChecker(condition: boolean, reason: string): SkipOptions {
  return allowedSkip(condition, reason);
}

/** For real file systems, which take root, kernel modules and programs of their own. */
export function skipUnlessMounted(condition: boolean, reason: string): SkipOptions {
  return allowedSkip(condition, reason);
}

function allowedSkip(condition: boolean, reason: string): SkipOptions {
  return condition
    ? { skip: false, meta: {} }
    : { skip: true, meta: { skipReason: reason, skipAllowed: true } };
}
