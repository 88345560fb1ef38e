// Errors from identity, exchange and store lose the secrets of the run. This holds for any response of a service.
import { expect, test } from 'vitest';
import { withCleanCredentials, withCleanIdentity } from '../../main/adapters/system/redacting.ts';
import { mapServiceError } from '../../main/adapters/sts/errors.ts';
import { SecretRegistry } from '../../main/adapters/system/log.ts';
import { ask } from '../../main/adapters/s3/request/calls.ts';
import type { S3Bucket } from '../../main/adapters/s3/request/calls.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { redactText } from '../../main/core/redact.ts';
import type { Credentials } from '../../main/ports/credentials.port.ts';
import type { Identity } from '../../main/ports/identity.port.ts';

const refreshToken = 'opaque-Refresh_token-0f9a8b7c6d5e4f';
const sessionToken = `FwoG${'planted/session+token'.repeat(40)}`;
const signal = new AbortController().signal;
const secrets = new SecretRegistry(() => 0);
for (const secret of [refreshToken, sessionToken]) secrets.add(secret, null);
const redact = (text: string): string => redactText(text, secrets.values());

function credentialsThatThrow(error: Error): Credentials {
  const fails = (): Promise<never> => Promise.reject(error);
  return withCleanCredentials(
    {
      get: fails,
      principal: fails,
      renew: fails,
      invalidate: () => undefined,
      retryNow: () => undefined,
      forget: () => ({ issuedUntilMs: null }),
    },
    redact,
  );
}

function identityThatThrows(error: Error): Identity {
  const fails = (): Promise<never> => Promise.reject(error);
  const state = { kind: 'signed-out', reason: 'signed-out', clockOffsetMs: null } as const;
  return withCleanIdentity(
    { state: () => state, restore: fails, signIn: fails, currentIdToken: fails, signOut: fails },
    redact,
  );
}

/** Everything that can be printed of it. */
function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = JSON.stringify(Object.entries(error));
  return `${error.name} ${error.message} ${error.stack ?? ''} ${own} ${everythingOf(error.cause)}`;
}

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test.each(['get', 'principal'] as const)('an exchange that answers with secrets: %s', async (method) => {
  const mapped = mapServiceError(
    { name: refreshToken, message: `no: ${sessionToken}, ${btoa(sessionToken)}`, status: 400 },
    { service: 'STS', offsetMs: 0, cause: new Error(`from ${sessionToken}`) },
  );
  expect(everythingOf(mapped)).toContain(sessionToken.slice(0, 200));
  const error = await caught(credentialsThatThrow(mapped)[method](signal));
  expect(error).toMatchObject({ code: 'exchange-request-invalid', retry: 'slow', scope: 'account' });
  expect(error).toMatchObject({ fields: { answer: '[redacted]', status: 400 } });
  expect(everythingOf(error)).not.toMatch(/opaque-Refresh|planted\/session|cGxhbnRlZ/);
});

test.each(['restore', 'signIn', 'currentIdToken', 'signOut'] as const)(
  'a provider or a keychain that answers with the refresh token: %s',
  async (method) => {
    const thrown = new SyncError({
      code: 'issuer-invalid',
      retry: 'slow',
      scope: 'account',
      message: `the identity provider answered "${refreshToken}"`,
      fields: { oauthError: refreshToken, attempts: 2 },
    });
    const call = identityThatThrows(thrown)[method] as (...args: unknown[]) => Promise<unknown>;
    const error = await caught(call({}, signal));
    expect(error).toMatchObject({
      code: 'issuer-invalid',
      fields: { oauthError: '[redacted]', attempts: 2 },
    });
    expect(everythingOf(error)).not.toContain('opaque-Refresh');
  },
);

test('an unmapped error keeps its class and loses the secret', async () => {
  const thrown = new TypeError(`cannot read ${refreshToken}`, { cause: new Error(refreshToken) });
  const error = await caught(credentialsThatThrow(thrown).get(signal));
  expect(error).toBe(thrown);
  expect(everythingOf(error)).not.toContain('opaque-Refresh');
  const aborted = new DOMException(`aborted ${refreshToken}`, 'AbortError');
  expect(everythingOf(await caught(identityThatThrows(aborted).restore(signal)))).not.toContain(
    'opaque-Refresh',
  );
});

test('an error without a secret is handed on as it is', async () => {
  const thrown = new SyncError({ code: 'exchange-denied', retry: 'slow', scope: 'account' });
  expect(await caught(credentialsThatThrow(thrown).get(signal))).toBe(thrown);
});

test('a store that answers with the session token', async () => {
  const bucket = { nowMs: () => 0, redact } as unknown as S3Bucket;
  const answer = Object.assign(new Error(`no ${sessionToken}`), {
    name: sessionToken,
    $metadata: { httpStatusCode: 400 },
    $response: { headers: { 'x-amz-bucket-region': refreshToken } },
  });
  const options = { writes: true, deniedScope: 'item' } as const;
  const error = await caught(ask(bucket, () => Promise.reject(answer), options, signal));
  expect(error).toMatchObject({ code: 'remote-refused', fields: { status: 400, serviceCode: '[redacted]' } });
  expect(error).toMatchObject({ message: 'remote-refused: no [redacted]' });
  const { message, fields } = error as SyncError;
  expect(message + JSON.stringify(fields)).not.toMatch(/opaque-Refresh|planted\/session/);
});
