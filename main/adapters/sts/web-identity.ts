// AssumeRoleWithWebIdentity without the SDK: a session begins with it, and the SDK takes longer to load than the answer to come.
//
// Source: "AssumeRoleWithWebIdentity" (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html): an unsigned POST of a
// form, answered in XML. What is not plainly a session (a refusal, an odd form) is read by the SDK, from the answer that came.
import { percentEncoded } from '../../core/net/percent-encoded.ts';
import { readPlainXml, textIn } from '../../core/net/plain-xml.ts';
import type { WholeHandler } from '../http/whole-handler.ts';
import { checkedBytes } from '../http/xml-answer.ts';
import { endpointUrl, failureOf, ObservingHandler } from './asking.ts';
import type { AskingContext, AwsEndpoint, RawCredentials, Timed } from './asking.ts';

export type WebIdentityRequest = {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly WebIdentityToken: string;
  readonly DurationSeconds: number;
  readonly Policy?: string;
};

/** What is used of the answer, by the names of the SDK. */
export type WebIdentityAnswer = {
  readonly Credentials?: RawCredentials | undefined;
  readonly SubjectFromWebIdentityToken?: string | undefined;
  readonly AssumedRoleUser?: { readonly Arn?: string | undefined } | undefined;
};

type Handled = Parameters<WholeHandler['handle']>[0];

/** In the order of the SDK's form. */
function formOf({ RoleArn, RoleSessionName, WebIdentityToken, Policy, DurationSeconds }: WebIdentityRequest) {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Action', 'AssumeRoleWithWebIdentity'],
    ['Version', '2011-06-15'],
    ['RoleArn', RoleArn],
    ['RoleSessionName', RoleSessionName],
    ['WebIdentityToken', WebIdentityToken],
    ['Policy', Policy],
    ['DurationSeconds', String(DurationSeconds)],
  ];
  return fields
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${percentEncoded(value)}`]))
    .join('&');
}

function requestOf(target: AwsEndpoint, asked: WebIdentityRequest): Handled {
  const url = new URL(endpointUrl(target));
  const body = formOf(asked);
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`,
    // As the SDK, which leaves out what an address has of it.
    query: {},
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'driftless',
      host: url.host,
    },
    body,
  };
  // The handler reads these fields; the class that its type names belongs to the SDK.
  return request as unknown as Handled;
}

/** RFC 3339 in UTC, as AWS and others write it. */
const plainTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/u;

function timeOf(text: string): Date | null {
  const time = new Date(plainTime.test(text) ? text : Number.NaN);
  // The thirtieth of February would become another day.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 19)) ? time : null;
}

/** Null: for the SDK to read. */
export function readSession(text: string): WebIdentityAnswer | null {
  const answer = readPlainXml(text, 'AssumeRoleWithWebIdentityResponse');
  const result = answer?.get('AssumeRoleWithWebIdentityResult');
  if (typeof result !== 'object') return null;
  const of = (name: string): string => textIn(result, 'Credentials', name) ?? '';
  const found = { AccessKeyId: of('AccessKeyId'), SecretAccessKey: of('SecretAccessKey') };
  const [token, subject] = [of('SessionToken'), textIn(result, 'SubjectFromWebIdentityToken') ?? ''];
  const Expiration = timeOf(of('Expiration'));
  const isWhole = [...Object.values(found), token, subject].every((value) => value !== '');
  if (!isWhole || Expiration === null) return null;
  const Arn = textIn(result, 'AssumedRoleUser', 'Arn');
  return {
    Credentials: { ...found, SessionToken: token, Expiration },
    SubjectFromWebIdentityToken: subject,
    ...(Arn === undefined ? {} : { AssumedRoleUser: { Arn } }),
  };
}

/** As `callAws` with the SDK's command; one request, also where the SDK reads the answer. */
export async function askForSession(
  target: AwsEndpoint,
  asked: WebIdentityRequest,
  context: AskingContext,
  signal: AbortSignal,
): Promise<Timed<WebIdentityAnswer>> {
  const handler = new ObservingHandler(context);
  try {
    const { response } = await handler.handle(requestOf(target, asked), { abortSignal: signal });
    const bytes = await checkedBytes(response);
    const plain = response.statusCode === 200 ? readSession(bytes.toString('utf8')) : null;
    if (plain !== null) return { value: plain, offsetMs: handler.offsetMs };
    handler.answerWith({ response });
    const { readBySdk } = await import('./client.ts');
    return { value: await readBySdk(target, asked, handler), offsetMs: handler.offsetMs };
  } catch (error) {
    throw failureOf(error, handler, context, signal);
  } finally {
    handler.destroy();
  }
}
