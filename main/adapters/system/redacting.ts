// Redaction of thrown errors: a service may echo what it was sent, and errors reach UIs, terminals and the
// state file.
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import type { ErrorFields } from '../../core/model/errors.ts';
import type { Redact } from '../../core/redact.ts';
import type { Credentials } from '../../ports/credentials.port.ts';
import type { Identity } from '../../ports/identity.port.ts';

const deepestCause = 4;

/** The error itself where nothing in it is secret. */
export function cleanSyncError(error: SyncError, redact: Redact, depth = 0): SyncError {
  const { code, retry, scope } = error;
  const cause = cleanError(error.cause, redact, depth + 1);
  const fields = cleanFields(error.fields, redact);
  const message = redact(error.message);
  if (message === error.message && cause === error.cause && fields === error.fields) return error;
  const clean = new SyncError({ code, retry, scope, message, fields, cause });
  clean.stack = redact(error.stack ?? '');
  return clean;
}

function cleanError(error: unknown, redact: Redact, depth = 0): unknown {
  if (!(error instanceof Error) || depth > deepestCause) return error;
  if (isSyncError(error)) return cleanSyncError(error, redact, depth);
  // An unmapped error keeps its class and stack position: only its text changes.
  for (const name of ['message', 'stack'] as const) replaceText(error, name, redact);
  cleanError(error.cause, redact, depth + 1);
  return error;
}

function replaceText(error: Error, name: 'message' | 'stack', redact: Redact): void {
  const text = error[name];
  if (text === undefined) return;
  const value = redact(text);
  // Some errors of the platform have a getter there.
  if (value !== text) Object.defineProperty(error, name, { value, configurable: true, writable: true });
}

function cleanFields(fields: ErrorFields, redact: Redact): ErrorFields {
  const entries = Object.entries(fields).map(
    ([name, value]) => [name, typeof value === 'string' ? redact(value) : value] as const,
  );
  return entries.some(([name, value]) => value !== fields[name]) ? Object.fromEntries(entries) : fields;
}

async function cleaned<T>(step: Promise<T>, redact: Redact): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw cleanError(error, redact);
  }
}

export function withCleanIdentity(identity: Identity, redact: Redact): Identity {
  return {
    state: () => identity.state(),
    restore: (signal) => cleaned(identity.restore(signal), redact),
    signIn: (options, signal) => cleaned(identity.signIn(options, signal), redact),
    currentIdToken: (signal) => cleaned(identity.currentIdToken(signal), redact),
    signOut: (openUrl, signal) => cleaned(identity.signOut(openUrl, signal), redact),
  };
}

export function withCleanCredentials(credentials: Credentials, redact: Redact): Credentials {
  return {
    get: (signal) => cleaned(credentials.get(signal), redact),
    principal: (signal) => cleaned(credentials.principal(signal), redact),
    invalidate: (accessKeyId) => {
      credentials.invalidate(accessKeyId);
    },
    renew: (accessKeyId, signal) => cleaned(credentials.renew(accessKeyId, signal), redact),
    retryNow: () => {
      credentials.retryNow();
    },
    forget: () => credentials.forget(),
  };
}
