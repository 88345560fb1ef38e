// What exchanges answer, as untrusted text: read in part, kept in part.
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { toAwsCredentials } from '../../main/adapters/sts/asking.ts';
import { mapServiceError } from '../../main/adapters/sts/errors.ts';
import { postToken } from '../../main/adapters/sts/http.ts';
import { samlExchange } from '../../main/adapters/sts/saml-exchange.ts';
import { instantClock } from '../support/instant-clock.ts';

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

test('an answer of an exchange server is read up to 512 KiB, and refused beyond', async () => {
  const answerOf = (length: number) =>
    postToken(
      {
        url: 'https://exchange.example.com/',
        fields: {},
        answer: z.object({ pad: z.string() }),
        service: 'the delegation endpoint',
        development: false,
        fetch: () => Promise.resolve(new Response(JSON.stringify({ pad: 'x'.repeat(length - 10) }))),
        clock: instantClock(),
      },
      new AbortController().signal,
    );
  expect((await answerOf(512 * 1024)).value.pad).toHaveLength(512 * 1024 - 10);
  await expect(answerOf(512 * 1024 + 1)).rejects.toMatchObject({
    code: 'exchange-response-invalid',
    retry: 'backoff',
    message: 'the delegation endpoint sends an answer larger than 524288 bytes',
  });
});

test('a SAML assertion is read up to 100,000 characters, and refused beyond', async () => {
  const outcomeOf = async (length: number): Promise<string> => {
    const handed: string[] = [];
    const exchange = samlExchange(
      { clientId: 'app', development: false, region: 'eu-central-1' } as AccountConfig,
      { assertionUrl: 'https://saml.example.com/' } as Parameters<typeof samlExchange>[1],
      {
        clock: instantClock(),
        http: {} as Parameters<typeof samlExchange>[2]['http'],
        fetch: () => Promise.resolve(new Response(JSON.stringify({ access_token: '<a>'.padEnd(length) }))),
        onSecret: (value) => {
          handed.push(value);
          throw new Error('read');
        },
      },
    );
    const token = { jwt: 'j' } as Parameters<typeof exchange>[0];
    const ended = await exchange(token, new AbortController().signal).catch((error: unknown) => error);
    return handed.length > 0 ? 'read' : String(ended);
  };
  expect(await outcomeOf(100_000)).toBe('read');
  expect(await outcomeOf(100_001)).toMatch(/answer without access_token/);
});
