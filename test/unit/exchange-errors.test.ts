// What exchanges answer, as untrusted text: read in part, kept in part.
import { expect, test } from 'vitest';
import { toAwsCredentials } from '../../main/adapters/sts/client.ts';
import { mapServiceError } from '../../main/adapters/sts/errors.ts';

const service = 'STS';

test.each(['provider not ', 'no no ', 'eyJ-eyJ-', ' \n'])(
  'a message of a megabyte of "%s" is reported at once, and in part',
  { timeout: 120_000 },
  (piece) => {
    // Searched whole, the first would take hours: two parts of a pattern could begin nearly everywhere.
    const message = piece.repeat(2 ** 20 / piece.length);
    const error = mapServiceError(
      { name: 'InvalidIdentityTokenException', message, status: 400 },
      { service, offsetMs: null },
    );
    expect(error).toMatchObject({ code: 'exchange-token-rejected', retry: 'backoff', scope: 'account' });
    expect(String(error.fields['detail']).length).toBeLessThanOrEqual(300);
  },
);

test('what tells one error of STS from another is read at the beginning of its message', () => {
  const answer = (message: string) =>
    mapServiceError({ name: 'InvalidIdentityToken', message, status: 400 }, { service, offsetMs: null }).code;
  expect(answer('Incorrect token audience')).toBe('exchange-audience');
  expect(answer('No OpenIDConnect provider found in your account for https://login.example.com')).toBe(
    'exchange-role-missing',
  );
});

test.each(['AccessKeyId', 'SecretAccessKey', 'SessionToken'])(
  'credentials whose %s goes into no header are refused',
  (name) => {
    const good = { AccessKeyId: 'A', SecretAccessKey: 'B', SessionToken: 'C', Expiration: new Date(9e12) };
    const fits = toAwsCredentials({ ...good, [name]: 'x'.repeat(16_384) }, null, service);
    expect(fits.expiresAtMs).toBe(9e12);
    expect(() => toAwsCredentials({ ...good, [name]: 'x'.repeat(16_385) }, null, service)).toThrow(
      /too long/,
    );
  },
);
