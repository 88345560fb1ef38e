// The S3 endpoint: signature first, then faults, then the operation; every failure becomes S3's XML error.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { CloudParts } from './cloud-parts.ts';
import { spoilReply } from './faults.ts';
import { element } from './http-kit.ts';
import type { ObjectStore } from './object-store.ts';
import { S3Request } from './s3-context.ts';
import { parseTarget, route } from './s3-router.ts';
import { verifySignature } from './sigv4.ts';

let nextRequestId = 1;

export async function handleS3(
  parts: CloudParts,
  store: ObjectStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = (nextRequestId++).toString(16).toUpperCase().padStart(16, '0');
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('server', 'driftless-local-cloud');
  // Node's own Date would not show the skew that a test set.
  response.setHeader('date', new Date(parts.now()).toUTCString());
  const method = request.method ?? 'GET';
  let verb = method;
  let key = '';
  try {
    const rawTarget = request.url ?? '/';
    const { settings } = parts;
    const rules = {
      service: 's3',
      region: parts.region,
      nowMs: parts.now(),
      expiredIs: settings.store.expiredIs,
    };
    const verified = verifySignature(
      { method, target: rawTarget, headers: request.headers },
      rules,
      parts.sessions,
    );
    const target = parseTarget(rawTarget, request.headers.host ?? '');
    key = target.key;
    const operation = route(method, target, request.headers);
    verb = operation.verb;
    if (!parts.faults.isIdle) {
      const effect = await parts.faults.beforeRequest(verb, key, response);
      if (effect.kind === 'answered') {
        parts.requestLog.record(verb, response.statusCode, `${key} (fault)`);
        return;
      }
      spoilReply(response, effect);
    }
    if (settings.store.missingOperations.includes(verb))
      throw new AwsError('NotImplemented', 501, `${verb} is not implemented by this store`);
    checkCommon(parts, request, key);
    await operation.run(new S3Request({ parts, store, request, response, verified, target }));
    parts.requestLog.record(verb, response.statusCode, key);
  } catch (error) {
    const known = toAwsError(error);
    parts.requestLog.record(verb, known.status, `${key} ${known.code}`);
    sendError(request, response, known, requestId);
  }
}

function checkCommon(parts: CloudParts, request: IncomingMessage, key: string): void {
  const owner = request.headers['x-amz-expected-bucket-owner'];
  if (owner !== undefined && owner !== parts.iam.accountId)
    throw new AwsError('AccessDenied', 403, 'Access Denied');
  if (key.length > 256 && Buffer.byteLength(key) > 1024)
    throw new AwsError('KeyTooLongError', 400, 'Your key is too long');
  const acl = request.headers['x-amz-acl'];
  // Buckets are BucketOwnerEnforced, as new ones on AWS are.
  if (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control')
    throw new AwsError('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs');
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError(
    'InternalError',
    500,
    error instanceof Error ? (error.stack ?? error.message) : 'unknown',
  );
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: AwsError,
  requestId: string,
): void {
  // What the client is still sending is drained, so that it gets to read the answer.
  request.resume();
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const fields = Object.entries(error.fields).map(([name, value]) => element(name, value));
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${element('Code', error.code)}${element('Message', error.message)}${fields.join('')}${element('RequestId', requestId)}${element('HostId', 'local')}</Error>`;
  if (request.method === 'HEAD' || error.status === 304) {
    response.writeHead(error.status);
    response.end();
    return;
  }
  response.writeHead(error.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
