// The subject of a SAML session: only a persistent NameID, with which STS answers, may name a folder.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createExchange } from '../../main/adapters/sts/select-exchange.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import type { IdToken } from '../../main/ports/identity.port.ts';
import { failure, never, testAccount } from '../support/identity-kit.ts';

let subjectType: string | null;
let asked: string[];
let base: string;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    asked.push(form.get('Action') ?? request.url ?? '');
    const isAssertion = request.url === '/assertion';
    response.setHeader('content-type', isAssertion ? 'application/json' : 'text/xml');
    response.end(
      isAssertion
        ? JSON.stringify({ access_token: Buffer.from('<samlp:Response/>').toString('base64url') })
        : samlAnswer(),
    );
  });
});

function samlAnswer(): string {
  const type = subjectType === null ? '' : `<SubjectType>${subjectType}</SubjectType>`;
  return `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult>
<Subject>alice</Subject>${type}<Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>SK</SecretAccessKey>
<SessionToken>ST</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials>
</AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>`;
}

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
});

const token: IdToken = {
  jwt: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
  subject: 'alice',
  issuer: 'https://login.example.com/',
  expiresAtMs: Date.now() + 3_600_000,
  displayName: null,
  tags: {},
};

test.each([
  'transient',
  'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  'not-persistent',
  null,
])('a NameID of the type %s names no folder, and its session is not used', async (type) => {
  subjectType = type;
  const account = testAccount(token.issuer, 'app', {
    exchange: {
      kind: 'saml',
      assertionUrl: `${base}/assertion`,
      roleArn: 'arn:aws:iam::123456789012:role/driftless',
      principalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
      stsEndpoint: base,
      durationSeconds: 3600,
    },
  });
  const clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: () => Promise.resolve(),
  };
  const exchange = createExchange(account, { clock, fetch, http: plainHttp });
  expect((await failure(exchange(token, never()))).code).toBe('subject-unsafe');
  expect(asked).toEqual(['/assertion', 'AssumeRoleWithSAML']);
});
