// AssumeRoleWithWebIdentity without the SDK, compared with the SDK's request and its reading of answers.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { AskingContext, AwsEndpoint } from '../../main/adapters/sts/asking.ts';
import { callAws, makeStsClient } from '../../main/adapters/sts/client.ts';
import { askForSession, readSession } from '../../main/adapters/sts/web-identity.ts';
import type { WebIdentityRequest } from '../../main/adapters/sts/web-identity.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';

type Answer = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };
type Sent = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

const { signal } = new AbortController();
const context: AskingContext = { service: 'STS', clock: systemClock, http: plainHttp };
const usual: WebIdentityRequest = {
  RoleArn: 'arn:aws:iam::123456789012:role/sync/driftless',
  RoleSessionName: 'alice@example.com',
  WebIdentityToken: 'head.claims-with_both.sign',
  DurationSeconds: 3600,
};

async function stsThatAnswers(answer: () => Answer): Promise<{ sent: Sent[]; target: AwsEndpoint }> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      sent.push({ method, url, headers, body });
      const { status, body: text, headers: given = {} } = answer();
      response.writeHead(status, { date: new Date().toUTCString(), ...given }).end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    sent,
    target: { service: 'sts', region: 'eu-central-1', endpoint, development: true, form: {} },
  };
}

function bySdk(target: AwsEndpoint, asked: WebIdentityRequest) {
  return callAws(
    (handler) => makeStsClient(target, null, handler),
    (client) => client.send(new AssumeRoleWithWebIdentityCommand(asked), { abortSignal: signal }),
    context,
    signal,
  );
}

/** What the engine uses of an answer, or the error that it meets. */
async function outcomeOf(asked: ReturnType<typeof askForSession>): Promise<unknown> {
  try {
    const { value } = await asked;
    const { Credentials: given, SubjectFromWebIdentityToken: subject, AssumedRoleUser: user } = value;
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
    return { AccessKeyId, SecretAccessKey, SessionToken, Expiration, subject, arn: user?.Arn };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const { code, retry, scope, message } = error;
    const { offsetMs: _offset, ...fields } = error.fields;
    return { code, retry, scope, message, fields };
  }
}

/** What the SDK says of itself, and the connection, which each client has of its own. */
const own = /^(?:amz-sdk-|x-amz-user-agent$|user-agent$|connection$)/u;

function essential({ method, url, headers, body }: Sent) {
  const kept = Object.entries(headers).filter(([name]) => !own.test(name));
  return { method, url, body, headers: Object.fromEntries(kept.sort()) };
}

const credentials =
  '<Credentials>\n      <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret/+=</SecretAccessKey>' +
  '<SessionToken>token/+==</SessionToken><Expiration>2126-01-02T03:04:05Z</Expiration></Credentials>';

function session(inside: string, attributes = ' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'): string {
  return (
    `<AssumeRoleWithWebIdentityResponse${attributes}>\n  <AssumeRoleWithWebIdentityResult>\n${inside}` +
    '</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>\n'
  );
}

const subject = '<SubjectFromWebIdentityToken>alice smith</SubjectFromWebIdentityToken>';
const user =
  '<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>';
const whole = `${subject}<Audience>app</Audience>${user}${credentials}<Provider/>`;

test.for([
  ['the usual one', '', usual],
  ['with a session policy', '', { ...usual, Policy: '{"Version": "2012-10-17", "Statement": []}' }],
  ['below a path', '/sts', usual],
  ['below a path and a query', '/sts/?a=b', usual],
] as const)('asks as the SDK does: %s', async ([, path, asked]) => {
  const { sent, target } = await stsThatAnswers(() => ({ status: 200, body: session(whole) }));
  const place = { ...target, endpoint: `${target.endpoint ?? ''}${path}` };
  await bySdk(place, asked);
  await askForSession(place, asked, context, signal);
  const [theirs, ours] = sent;
  if (theirs === undefined || ours === undefined) throw new Error('nothing was sent');
  expect(essential(ours)).toEqual(essential(theirs));
  expect(ours.headers).not.toHaveProperty('authorization');
});

test('writes any text into the form as the SDK does', async () => {
  const { sent, target } = await stsThatAnswers(() => ({ status: 200, body: session(whole) }));
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (text) => {
      sent.length = 0;
      const asked = { ...usual, RoleSessionName: text, Policy: text };
      await bySdk(target, asked);
      await askForSession(target, asked, context, signal);
      expect(sent[1]?.body).toBe(sent[0]?.body);
    }),
    { numRuns: 20 },
  );
});

const answers: readonly (readonly [string, Answer])[] = [
  ['a session', { status: 200, body: session(whole) }],
  ['a session after a declaration', { status: 200, body: `<?xml version="1.0"?>\n${session(whole, '')}` }],
  ['a session without a role', { status: 200, body: session(subject + credentials) }],
  ['a session without a subject', { status: 200, body: session(credentials) }],
  ['a subject with entities', { status: 200, body: session(whole.replace('alice', '&lt;al&#105;ce&gt;')) }],
  ['a subject between spaces', { status: 200, body: session(whole.replace('alice smith', '  alice ')) }],
  [
    'a subject in a CDATA section',
    { status: 200, body: session(whole.replace('alice', '<![CDATA[alice]]>')) },
  ],
  ['a subject beyond ASCII', { status: 200, body: session(whole.replace('alice', 'älice')) }],
  ['a comment', { status: 200, body: session(`<!-- none -->${whole}`) }],
  ['an attribute', { status: 200, body: session(whole.replace('<Arn>', '<Arn kind="role">')) }],
  ['two subjects', { status: 200, body: session(`${subject}${whole}`) }],
  ['a time with a zone', { status: 200, body: session(whole.replace('05Z', '05+02:00')) }],
  ['a time with a fraction', { status: 200, body: session(whole.replace('05Z', '05.250Z')) }],
  ['no such day', { status: 200, body: session(whole.replace('2126-01-02', '2126-02-30')) }],
  ['no time', { status: 200, body: session(whole.replace('2126-01-02T03:04:05Z', 'soon')) }],
  ['no token', { status: 200, body: session(whole.replace(/<SessionToken>.*<\/SessionToken>/u, '')) }],
  ['an empty token', { status: 200, body: session(whole.replace('token/+==', '')) }],
  ['no credentials', { status: 200, body: session(subject) }],
  ['nothing', { status: 200, body: '' }],
  ['a page', { status: 200, body: '<html><body>Sign in</body></html>' }],
  ['a page with a document type', { status: 200, body: '<!DOCTYPE html><html></html>' }],
  ['half an answer', { status: 200, body: session(whole).slice(0, -40) }],
  ['another root', { status: 200, body: session(whole).replaceAll('WebIdentityResponse', 'SAMLResponse') }],
  [
    'a refusal',
    {
      status: 400,
      body: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredTokenException</Code><Message>Token expired: current date</Message></Error><RequestId>r</RequestId></ErrorResponse>',
    },
  ],
  [
    'a refusal of the role',
    {
      status: 403,
      body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>',
    },
  ],
  ['a refusal that the SDK cannot read', { status: 403, body: '{"Code":"AccessDenied"}' }],
  ['a refusal without a body', { status: 404, body: '' }],
  [
    'a redirect',
    { status: 307, body: '', headers: { location: 'http://127.0.0.1:9/', 'content-length': '0' } },
  ],
  ['a service in trouble', { status: 503, body: '<html>busy</html>' }],
  ['no content', { status: 204, body: '' }],
];

test.for(answers)('makes of an answer what the SDK makes of it, and asks once: %s', async ([, answer]) => {
  const { sent, target } = await stsThatAnswers(() => answer);
  const theirs = await outcomeOf(bySdk(target, usual));
  expect(sent).toHaveLength(1);
  expect(await outcomeOf(askForSession(target, usual, context, signal))).toEqual(theirs);
  expect(sent).toHaveLength(2);
});

test('reads the sessions of AWS and of stores without the SDK, and nothing odd', () => {
  const read = answers.filter(([, { body, status }]) => status === 200 && readSession(body) !== null);
  expect(read.map(([title]) => title)).toEqual([
    'a session',
    'a session after a declaration',
    'a session without a role',
    'a time with a fraction',
  ]);
});

test('measures the clock of the service', async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const { target } = await stsThatAnswers(() => ({
    status: 200,
    body: session(whole),
    headers: { date },
  }));
  const { offsetMs } = await askForSession(target, usual, context, signal);
  expect(Math.abs((offsetMs ?? 0) - 3_600_000)).toBeLessThan(60_000);
});

test('is unreachable where nothing listens, and ends with its signal', async () => {
  const { target } = await stsThatAnswers(() => ({ status: 200, body: '' }));
  const nowhere = { ...target, endpoint: 'http://127.0.0.1:9' };
  expect(await outcomeOf(askForSession(nowhere, usual, context, signal))).toEqual(
    await outcomeOf(bySdk(nowhere, usual)),
  );
  const gone = AbortSignal.abort(new Error('enough'));
  await expect(askForSession(target, usual, context, gone)).rejects.toThrow('enough');
});
