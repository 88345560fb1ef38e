// STS in the query protocol: AssumeRoleWithWebIdentity, AssumeRoleWithSAML, AssumeRole and GetCallerIdentity, answered as AWS does.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asAwsError, AwsError } from './aws-error.ts';
import { assumeRole, assumeRoleWithSaml, assumeRoleWithWebIdentity } from './assume-role.ts';
import type { AssumedRole } from './assume-role.ts';
import type { CloudParts } from './cloud-parts.ts';
import { element, readBody, sendText } from './http-kit.ts';
import type { Principal } from './sessions.ts';
import { verifySignature } from './sigv4.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Serves one STS request; every failure becomes an ErrorResponse. */
export async function handleSts(
  parts: CloudParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amzn-requestid', requestId);
  response.setHeader('date', new Date(parts.now()).toUTCString());
  let action = 'unknown';
  try {
    const body = await readBody(request);
    const mark = (request.url ?? '').indexOf('?');
    const fields = new URLSearchParams(
      body.length > 0 ? body.toString('utf8') : mark < 0 ? '' : (request.url ?? '').slice(mark + 1),
    );
    action = fields.get('Action') ?? 'unknown';
    const fault = await parts.faults.beforeRequest(action, '', response);
    if (fault.kind === 'answered') return;
    if (fields.get('Version') !== '2011-06-15')
      throw new AwsError('MissingAction', 400, 'Version 2011-06-15 is expected');
    const result = await answer(parts, fields, request, body);
    parts.requestLog.record(action, 200, '');
    if (fault.loseReply) {
      request.socket.destroy();
      return;
    }
    const xml = `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result><ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata></${action}Response>`;
    sendText(response, 200, 'text/xml', xml);
  } catch (error) {
    const known = asAwsError(error, 'InternalFailure', 500);
    parts.requestLog.record(action, known.status, known.code);
    const detail = `${element('Type', known.status < 500 ? 'Sender' : 'Receiver')}${element('Code', known.code)}${element('Message', known.message)}`;
    sendText(
      response,
      known.status,
      'text/xml',
      `<ErrorResponse xmlns="${NAMESPACE}"><Error>${detail}</Error>${element('RequestId', requestId)}</ErrorResponse>`,
    );
  }
}

async function answer(
  parts: CloudParts,
  fields: URLSearchParams,
  request: IncomingMessage,
  body: Buffer,
): Promise<string> {
  const action = fields.get('Action') ?? 'unknown';
  switch (action) {
    case 'AssumeRoleWithWebIdentity': {
      const result = await assumeRoleWithWebIdentity(parts, {
        token: required(fields, 'WebIdentityToken', 4, 20_000),
        roleArn: required(fields, 'RoleArn', 20, 2048),
        sessionName: required(fields, 'RoleSessionName', 2, 64),
        durationSeconds: duration(parts, fields),
        policy: fields.get('Policy'),
      });
      const { token } = result;
      return `${element('SubjectFromWebIdentityToken', token.sub)}${element('Audience', token.audience)}${assumedXml(result)}${element('Provider', result.provider)}`;
    }
    case 'AssumeRoleWithSAML': {
      const result = assumeRoleWithSaml(parts, {
        assertion: required(fields, 'SAMLAssertion', 4, 100_000),
        roleArn: required(fields, 'RoleArn', 20, 2048),
        principalArn: required(fields, 'PrincipalArn', 20, 2048),
        durationSeconds: duration(parts, fields),
        policy: fields.get('Policy'),
      });
      const { saml } = result;
      return `${assumedXml(result)}${element('Subject', saml.subject)}${element('SubjectType', saml.subjectType)}${element('Issuer', saml.issuer)}${element('Audience', saml.audience)}${element('NameQualifier', saml.nameQualifier)}`;
    }
    case 'AssumeRole':
      return assumedXml(
        assumeRole(parts, {
          caller: callerOf(parts, request, body),
          roleArn: required(fields, 'RoleArn', 20, 2048),
          sessionName: required(fields, 'RoleSessionName', 2, 64),
          durationSeconds: duration(parts, fields),
          policy: fields.get('Policy'),
        }),
      );
    case 'GetCallerIdentity': {
      const principal = callerOf(parts, request, body);
      return `${element('Arn', principal.arn)}${element('UserId', principal.userId)}${element('Account', principal.accountId)}`;
    }
    default:
      throw new AwsError('InvalidAction', 400, `Could not find operation ${action} for version 2011-06-15`);
  }
}

function callerOf(parts: CloudParts, request: IncomingMessage, body: Buffer): Principal {
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const signed = { method: request.method ?? 'GET', target: request.url ?? '/', headers: request.headers };
  const { expiredIs } = parts.settings.store;
  const rules = { service: 'sts', region: null, nowMs: parts.now(), expiredIs, bodyHash };
  return verifyAsSts(() => verifySignature(signed, rules, parts.sessions).principal).principal;
}

/** STS names the same refusals differently from S3. */
function verifyAsSts<T>(verify: () => T): { readonly principal: T } {
  try {
    return { principal: verify() };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const names: Readonly<Record<string, string>> = {
      InvalidAccessKeyId: 'InvalidClientTokenId',
      InvalidToken: 'InvalidClientTokenId',
      RequestTimeTooSkewed: 'SignatureDoesNotMatch',
      AccessDenied: 'MissingAuthenticationToken',
    };
    throw new AwsError(names[error.code] ?? error.code, 403, error.message);
  }
}

function required(fields: URLSearchParams, name: string, min: number, max: number): string {
  const value = fields.get(name);
  if (value === null || value === '')
    throw validation(`Value null at '${name}' failed to satisfy constraint: Member must not be null`);
  if (value.length < min || value.length > max)
    throw validation(
      `Value at '${name}' failed to satisfy constraint: Member must have length between ${String(min)} and ${String(max)}`,
    );
  return value;
}

function validation(message: string): AwsError {
  return new AwsError('ValidationError', 400, `1 validation error detected: ${message}`);
}

function duration(parts: CloudParts, fields: URLSearchParams): number {
  const seconds = Number(fields.get('DurationSeconds') ?? '3600');
  const floor = Math.min(900, parts.settings.minSessionSeconds);
  if (!Number.isInteger(seconds) || seconds < floor || seconds > 43_200) {
    throw validation(
      `Value '${fields.get('DurationSeconds') ?? ''}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200`,
    );
  }
  return seconds;
}

function assumedXml(result: AssumedRole): string {
  const { credentials } = result;
  const keys = [
    element('AccessKeyId', credentials.accessKeyId),
    element('SecretAccessKey', credentials.secretAccessKey),
    element('SessionToken', credentials.sessionToken),
    element('Expiration', isoSeconds(credentials.expiresAtMs)),
  ].join('');
  const user = `${element('AssumedRoleId', result.assumedRoleId)}${element('Arn', result.assumedRoleArn)}`;
  return `<AssumedRoleUser>${user}</AssumedRoleUser><Credentials>${keys}</Credentials><PackedPolicySize>0</PackedPolicySize>`;
}

export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
