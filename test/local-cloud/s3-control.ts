// S3 Control over HTTP: GetDataAccess, answered and refused as AWS documents it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { getDataAccess } from './access-grants.ts';
import type { DataAccess, DataAccessRequest } from './access-grants.ts';
import { asAwsError, AwsError } from './aws-error.ts';
import type { CloudParts } from './cloud-parts.ts';
import { element, readBody, sendText } from './http-kit.ts';
import { isoSeconds } from './sts.ts';
import { verifySignature } from './sigv4.ts';

const verb = 'GetDataAccess';
export const s3ControlVersion = '/v20180820/';

/** Serves one request below `/v20180820/`; every failure becomes S3's XML error. */
export async function handleS3Control(
  parts: CloudParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amz-request-id', requestId);
  try {
    await readBody(request);
    const fault = await parts.faults.beforeRequest(verb, '', response);
    if (fault.kind === 'answered') return;
    const given = answer(parts, request);
    parts.requestLog.record(verb, 200, given.matchedGrantTarget);
    sendText(response, 200, 'application/xml', `<?xml version="1.0" encoding="UTF-8"?>\n${xmlOf(given)}`);
  } catch (error) {
    const known = asAwsError(error, 'InternalError', 500);
    parts.requestLog.record(verb, known.status, known.code);
    const detail = `${element('Code', known.code)}${element('Message', known.message)}`;
    const body = `<ErrorResponse><Error>${detail}</Error>${element('RequestId', requestId)}${element('HostId', 'local')}</ErrorResponse>`;
    sendText(response, known.status, 'application/xml', `<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
  }
}

function answer(parts: CloudParts, request: IncomingMessage): DataAccess {
  const target = request.url ?? '/';
  const url = new URL(target, 'http://control');
  if (request.method !== 'GET' || url.pathname !== `${s3ControlVersion}accessgrantsinstance/dataaccess`)
    throw new AwsError('NotImplemented', 501, `${request.method ?? ''} ${url.pathname} is not implemented`);
  const rules = {
    service: 's3',
    region: parts.region,
    nowMs: parts.now(),
    expiredIs: parts.settings.store.expiredIs,
  };
  const { headers } = request;
  const { principal } = verifySignature({ method: 'GET', target, headers }, rules, parts.sessions);
  // Every operation of S3 Control wants one, also without a body.
  if (
    headers['content-md5'] === undefined &&
    !Object.keys(headers).some((name) => /^x-amz-checksum-/.test(name))
  )
    throw new AwsError(
      'InvalidRequest',
      400,
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  const accountId = headers['x-amz-account-id'];
  if (typeof accountId !== 'string' || !/^\d{12}$/.test(accountId))
    throw new AwsError('InvalidRequest', 400, 'x-amz-account-id must be an account of 12 digits');
  return getDataAccess(parts, { caller: principal, accountId, ...wishOf(url.searchParams) });
}

function wishOf(query: URLSearchParams): Omit<DataAccessRequest, 'caller' | 'accountId'> {
  const target = query.get('target') ?? '';
  if (!/^s3:\/\/.+/.test(target)) throw invalid('target');
  const durationSeconds = Number(query.get('durationSeconds') ?? '3600');
  if (!Number.isInteger(durationSeconds) || durationSeconds < 900 || durationSeconds > 43_200)
    throw invalid('durationSeconds');
  const targetType = query.get('targetType');
  if (targetType !== null && targetType !== 'Object') throw invalid('targetType');
  return {
    target,
    durationSeconds,
    permission: oneOf('permission', query.get('permission'), ['READ', 'WRITE', 'READWRITE']),
    privilege: oneOf('privilege', query.get('privilege') ?? 'Default', ['Minimal', 'Default']),
  };
}

function oneOf<T extends string>(name: string, given: string | null, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === given);
  if (found === undefined) throw invalid(name);
  return found;
}

function invalid(name: string): AwsError {
  return new AwsError('InvalidRequest', 400, `The value of ${name} is not valid`);
}

function xmlOf({ credentials, matchedGrantTarget, grantee }: DataAccess): string {
  const keys = [
    element('AccessKeyId', credentials.accessKeyId),
    element('SecretAccessKey', credentials.secretAccessKey),
    element('SessionToken', credentials.sessionToken),
    element('Expiration', isoSeconds(credentials.expiresAtMs)),
  ].join('');
  const who = `${element('GranteeType', 'IAM')}${element('GranteeIdentifier', grantee)}`;
  return `<GetDataAccessResult xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Credentials>${keys}</Credentials>${element('MatchedGrantTarget', matchedGrantTarget)}<Grantee>${who}</Grantee></GetDataAccessResult>`;
}
