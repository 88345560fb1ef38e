// Exit codes for scripts, how errors and results map to one, and when ends come.
import type { SyncError } from '../core/model/errors.ts';
import { isForUser } from '../core/status.ts';
import type { Need } from '../core/status.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, person: 3, some: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What is in flight after a signal is finished or journalled within that (docs/cli.md, "Stopping"). */
export const stopMs = 5000;

const usageCodes = new Set([
  'config-invalid',
  'config-missing',
  'prefix-unsafe',
  'usage',
  'profile-invalid',
  'credentials-disabled',
  'aws-profile-taken',
]);
/** Ends that only the user can change, beside the failures of core/status.ts. */
const personCodes = new Set(['engine-running', 'guarded']);

const codeByNeed = {
  user: exitCodes.person,
  recovery: exitCodes.failed,
  files: exitCodes.some,
  nothing: exitCodes.ok,
} as const satisfies Record<Need, ExitCode>;

export function exitCodeOfNeed(need: Need): ExitCode {
  return codeByNeed[need];
}

const severity: readonly ExitCode[] = [exitCodes.usage, exitCodes.person, exitCodes.failed, exitCodes.some];

export function exitCodeOf(error: SyncError): ExitCode {
  if (usageCodes.has(error.code)) return exitCodes.usage;
  return personCodes.has(error.code) || isForUser(error.code) ? exitCodes.person : exitCodes.failed;
}

/** The most severe of 2 > 3 > 1 > 4 > 0. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return severity.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
