// Answers of STS to the doctor's question whose credentials it has.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readCallerIdentity } from '../../main/adapters/sts/caller-identity.ts';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';

async function asked(body: string) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/xml' }).end(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const stsEndpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const account = {
    region: 'us-east-1',
    s3Endpoint: null,
    development: true,
    exchange: { kind: 'web-identity', roleArn: 'arn:aws:iam::123456789012:role/r', stsEndpoint },
  } as unknown as AccountConfig;
  const credentials = {
    ...{ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' },
    ...{ expiresAtMs: Number.MAX_SAFE_INTEGER, clockOffsetMs: 0 },
  };
  return await readCallerIdentity(account, { credentials, http: plainHttp }, new AbortController().signal);
}

const arn = 'arn:aws:sts::123456789012:assumed-role/r/alice';
const answer = (more = ''): string =>
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
  `<Arn>${arn}</Arn><Account>123456789012</Account></GetCallerIdentityResult>${more}</GetCallerIdentityResponse>`;

test('the caller is named', async () => {
  expect(await asked(answer())).toEqual({ kind: 'caller', arn, account: '123456789012' });
});

test.each([
  ['of more than 1 MiB', answer(' '.repeat(1024 * 1024))],
  ['with a document type', `<!DOCTYPE a>${answer()}`],
])('an answer %s is none', async (_what, body) => {
  expect((await asked(body)).kind).toBe('no-answer');
});
