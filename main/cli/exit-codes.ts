// The exit codes that scripts rely on, and how errors and several pairs' ends become one.
import type { SyncError } from '../core/model/errors.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, person: 3, some: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const usageCodes = new Set([
  'config-invalid',
  'config-missing',
  'prefix-unsafe',
  'usage',
  'profile-invalid',
  'credentials-disabled',
  'aws-profile-taken',
]);
const personCodes = new Set([
  'needs-sign-in',
  'sign-in-cancelled',
  'sign-in-timeout',
  'sign-in-denied',
  'engine-running',
  'other-principal',
  'principal-changed',
  'guarded',
]);
const severity: readonly ExitCode[] = [exitCodes.usage, exitCodes.person, exitCodes.failed, exitCodes.some];

export function exitCodeOf(error: SyncError): ExitCode {
  if (usageCodes.has(error.code)) return exitCodes.usage;
  return personCodes.has(error.code) ? exitCodes.person : exitCodes.failed;
}

/** The most severe of 2 > 3 > 1 > 4 > 0. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return severity.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
