// Credential cache: single flight, pauses after failures, and callers that leave.
import { expect, test } from 'vitest';
import { CredentialBroker, type Exchange } from '../../main/adapters/sts/credential-cache.ts';
import { mapServiceError } from '../../main/adapters/sts/errors.ts';
import { isSessionOfRole } from '../../main/adapters/sts/confirm-role.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { IdToken, SignInReason } from '../../main/ports/identity.port.ts';
import { fixedRandom, keptLog, shiftedClock } from '../fakes/shifted-clock.ts';

const signal = new AbortController().signal;
const token: IdToken = {
  jwt: 'x',
  subject: 'alice',
  issuer: 'https://i',
  expiresAtMs: Infinity,
  displayName: null,
  tags: {},
};

function setUp(
  exchange: (call: number, signal: AbortSignal) => Promise<{ lifeMs: number } | SyncError>,
  random = 0.5,
) {
  const clock = shiftedClock();
  let calls = 0;
  const trade: Exchange = async (_token, flight) => {
    calls += 1;
    const result = await exchange(calls, flight);
    if (result instanceof SyncError) throw result;
    return {
      credentials: {
        accessKeyId: `ASIA${String(calls)}`,
        secretAccessKey: 's',
        sessionToken: 't',
        expiresAtMs: clock.nowMs() + result.lifeMs,
        clockOffsetMs: 0,
      },
      principal: { sub: 'alice', issuer: 'https://i', qualifier: null, tags: {}, arn: null },
    };
  };
  const log = keptLog();
  const broker = new CredentialBroker({
    identity: { currentIdToken: () => Promise.resolve({ kind: 'token', token }) },
    exchange: trade,
    clock,
    random: fixedRandom(random),
    log,
  });
  return { broker, clock, log, calls: () => calls };
}

const down = new SyncError({ code: 'exchange-unreachable', retry: 'backoff', scope: 'account' });

test('50 concurrent callers cause one exchange', async () => {
  const { broker, calls } = setUp(() => Promise.resolve({ lifeMs: 3_600_000 }));
  await Promise.all(Array.from({ length: 50 }, () => broker.get(signal)));
  expect(calls()).toBe(1);
});

test('a session is renewed in time although the clock, hours ahead when it came, was put right since', async () => {
  const { broker, clock, calls } = setUp(() => Promise.resolve({ lifeMs: 3_600_000 }));
  clock.setOffset(7_200_000);
  await broker.get(signal);
  clock.setOffset(0);
  await broker.get(signal);
  expect(calls()).toBe(1);
  clock.advance(3_600_000);
  await broker.get(signal);
  expect(calls()).toBe(2);
});

test('a failing service receives ever fewer requests regardless of the demand', async () => {
  const { broker, clock, calls } = setUp(() => Promise.resolve(down), 0.999);
  const attemptsAt: number[] = [];
  for (let second = 0; second < 600; second += 1) {
    const before = calls();
    await expect(broker.get(signal)).rejects.toBe(down);
    if (calls() > before) attemptsAt.push(second);
    clock.advance(1_000);
  }
  const gaps = attemptsAt.slice(1).map((at, index) => at - (attemptsAt[index] ?? 0));
  expect(calls()).toBeLessThanOrEqual(13);
  expect(gaps.slice(0, 5)).toEqual([...gaps.slice(0, 5)].sort((a, b) => a - b));
});

test('a pause remains even with the least favourable jitter', async () => {
  const { broker, calls } = setUp(() => Promise.resolve(down), 0);
  for (let i = 0; i < 100; i += 1) await expect(broker.get(signal)).rejects.toBe(down);
  expect(calls()).toBeLessThan(5);
});

test('a caller that leaves does not abort the exchange for the others; the last one to leave does', async () => {
  const started = Promise.withResolvers<AbortSignal>();
  const result = Promise.withResolvers<{ lifeMs: number }>();
  const { broker, calls } = setUp((_call, flight) => {
    started.resolve(flight);
    return result.promise;
  });
  const leaving = new AbortController();
  const [left, stays] = [broker.get(leaving.signal), broker.get(signal)];
  const flight = await started.promise;
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(flight.aborted).toBe(false);
  result.resolve({ lifeMs: 3_600_000 });
  expect((await stays).accessKeyId).toBe('ASIA1');
  expect(calls()).toBe(1);

  const alone = setUp(
    (_call, inner) =>
      new Promise((_resolve, reject) => {
        inner.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      }),
  );
  const only = new AbortController();
  const waiting = alone.broker.get(only.signal);
  await Promise.resolve();
  only.abort(new Error('left'));
  await expect(waiting).rejects.toThrow('left');
  expect(alone.log.lines).toEqual([]);
});

test('credentials that arrive after the sign-out are discarded', async () => {
  const result = Promise.withResolvers<{ lifeMs: number }>();
  const started = Promise.withResolvers<undefined>();
  const { broker } = setUp(() => {
    started.resolve(undefined);
    return result.promise;
  });
  const waiting = broker.get(signal);
  await started.promise;
  expect(broker.forget()).toEqual({ issuedUntilMs: null });
  result.resolve({ lifeMs: 3_600_000 });
  await expect(waiting).rejects.toMatchObject({ code: 'needs-sign-in' });
});

test.each<[SignInReason, string]>([
  ['signed-out', 'sign in to go on'],
  ['refresh-rejected', 'sign in again to go on'],
  ['no-refresh-token', 'this provider does not renew a sign-in without you: sign in again to go on'],
])('a missing sign-in (%s) asks to %s', async (reason, message) => {
  const broker = new CredentialBroker({
    identity: { currentIdToken: () => Promise.resolve({ kind: 'needs-sign-in', reason }) },
    exchange: () => Promise.reject(new Error('exchanged without a token')),
    clock: shiftedClock(),
    random: fixedRandom(0.5),
    log: keptLog(),
  });
  await expect(broker.get(signal)).rejects.toMatchObject({ code: 'needs-sign-in', message });
});

test.each([
  [
    'arn:aws:sts::123456789012:assumed-role/driftless/alice',
    'arn:aws:iam::123456789012:role/driftless',
    true,
  ],
  [
    'arn:aws:sts::123456789012:assumed-role/driftless/alice',
    'arn:aws:iam::123456789012:role/team/driftless',
    true,
  ],
  [
    'arn:aws:sts::999999999999:assumed-role/driftless/alice',
    'arn:aws:iam::123456789012:role/driftless',
    false,
  ],
  ['arn:aws:sts::123456789012:assumed-role/other/alice', 'arn:aws:iam::123456789012:role/driftless', false],
  [
    'arn:aws-cn:sts::123456789012:assumed-role/driftless/alice',
    'arn:aws:iam::123456789012:role/driftless',
    false,
  ],
  ['arn:aws:iam::123456789012:user/driftless', 'arn:aws:iam::123456789012:role/driftless', false],
])('the session %s belongs to the role %s: %s', (session, role, expected) => {
  expect(isSessionOfRole(session, role)).toBe(expected);
});

test.each([
  [{ name: 'ExpiredTokenException', message: '', status: 400 }, 'token-expired', 'slow'],
  [
    { name: 'InvalidIdentityToken', message: 'Incorrect token audience', status: 400 },
    'exchange-audience',
    'slow',
  ],
  [
    {
      name: 'InvalidIdentityTokenException',
      message: 'No OpenIDConnect provider found in your account for https://i',
      status: 400,
    },
    'exchange-role-missing',
    'slow',
  ],
  [
    {
      name: 'InvalidIdentityToken',
      message: 'Couldn’t retrieve verification key from your identity provider',
      status: 400,
    },
    'exchange-token-rejected',
    'backoff',
  ],
  [
    { name: 'IDPCommunicationErrorException', message: '', status: 400 },
    'exchange-provider-unreachable',
    'backoff',
  ],
  [{ name: 'IDPRejectedClaimException', message: '', status: 403 }, 'exchange-token-rejected', 'backoff'],
  [
    { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity', status: 403 },
    'exchange-denied',
    'slow',
  ],
  [
    {
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration',
      status: 400,
    },
    'exchange-request-invalid',
    'slow',
  ],
  [{ name: 'Throttling', message: '', status: 400 }, 'exchange-throttled', 'backoff'],
  [{ name: 'Unknown', message: 'UnknownError', status: 403 }, 'exchange-denied', 'slow'],
  [{ name: 'Unknown', message: 'UnknownError', status: 401 }, 'exchange-token-rejected', 'backoff'],
  [{ name: 'Unknown', message: 'UnknownError', status: 404 }, 'exchange-role-missing', 'backoff'],
  [{ name: 'Unknown', message: 'UnknownError', status: 400 }, 'exchange-request-invalid', 'slow'],
  [{ name: 'Unknown', message: 'UnknownError', status: 503 }, 'exchange-unreachable', 'backoff'],
  [{ name: 'Unknown', message: '', status: 302 }, 'exchange-response-invalid', 'backoff'],
  [{ name: 'temporarily_unavailable', message: '', status: 400 }, 'exchange-unreachable', 'backoff'],
  [{ name: 'server_error', message: '', status: 400 }, 'exchange-unreachable', 'backoff'],
  [{ name: 'Unknown', message: '', status: 408 }, 'exchange-unreachable', 'backoff'],
  [{ name: 'TimeoutError', message: '', status: null }, 'exchange-unreachable', 'backoff'],
] as const)('the service error %j maps to %s with retry %s', (answer, code, retry) => {
  expect(mapServiceError(answer, { service: 'STS', offsetMs: 0 })).toMatchObject({
    code,
    retry,
    scope: 'account',
  });
});

test('a token refused on a machine with a wrong clock is reported with the clock offset', () => {
  const error = mapServiceError(
    { name: 'ExpiredTokenException', message: 'eyJhbGciOiJ9.eyJzdWIiOiJ9.c2ln', status: 400 },
    { service: 'STS', offsetMs: 7_200_000 },
  );
  expect(error.code).toBe('clock-skew');
  expect(error.message).toContain("this computer's clock is 2 hours behind");
  expect(JSON.stringify(error.fields)).not.toContain('eyJ');
});
