// The two exchanges that an organisation would run itself: delegation in Auth0's manner, and id_token to SAML assertion (RFC 8693).
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assume } from './assume-role.ts';
import { AwsError } from './aws-error.ts';
import type { CloudParts } from './cloud-parts.ts';
import { readFields, sendJson } from './http-kit.ts';
import { SAML_AUDIENCE, roleArn, roleNames, samlProviderArn } from './iam.ts';
import type { VerifiedToken } from './jwt-verify.ts';
import type { CloudUser } from './oidc.ts';
import { SAML_ISSUER, makeSamlResponse } from './saml.ts';
import { isoSeconds } from './sts.ts';

const SAML2 = 'urn:ietf:params:oauth:token-type:saml2';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

class OAuthError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Auth0's `POST /delegation`: the id_token, a role and a SAML provider in; `Credentials` out. */
export async function handleDelegation(
  parts: CloudParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await answer(parts, { verb: 'Delegation', request, response }, async (fields) => {
    expect(fields, 'grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(fields, 'api_type', 'aws');
    expect(fields, 'client_id', parts.clientId);
    const token = await verified(parts, need(fields, 'id_token'));
    const principal = need(fields, 'principal');
    if (principal !== samlProviderArn(parts.iam))
      throw new OAuthError('invalid_request', `unknown principal ${principal}`);
    const context = new Map([
      ['saml:sub', token.sub],
      ['saml:sub_type', 'persistent'],
      ['saml:aud', SAML_AUDIENCE],
      ['saml:iss', SAML_ISSUER],
    ]);
    const session = {
      roleArn: need(fields, 'role'),
      sessionName: safeSessionName(token.sub),
      durationSeconds: 3600,
      policy: null,
    };
    const { credentials } = assume(parts, {
      ...session,
      federated: principal,
      action: 'sts:AssumeRoleWithSAML',
      context,
    });
    return {
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: isoSeconds(credentials.expiresAtMs),
      },
    };
  });
}

/** RFC 8693 token exchange: subject_token is the id_token, the answer's access_token a base64 SAML Response. */
export async function handleSamlExchange(
  parts: CloudParts,
  users: readonly CloudUser[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await answer(parts, { verb: 'SamlExchange', request, response }, async (fields) => {
    expect(fields, 'grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange');
    expect(fields, 'subject_token_type', ID_TOKEN);
    expect(fields, 'requested_token_type', SAML2);
    const token = await verified(parts, need(fields, 'subject_token'));
    const lifetimeMs = 300_000;
    const assertion = makeSamlResponse(parts.keys, {
      sub: token.sub,
      sessionName: safeSessionName(token.sub),
      rolePairs: [`${roleArn(parts.iam, roleNames.saml)},${samlProviderArn(parts.iam)}`],
      tags: users.find((user) => user.sub === token.sub)?.tags ?? {},
      nowMs: parts.now(),
      lifetimeMs,
    });
    return {
      access_token: assertion,
      issued_token_type: SAML2,
      token_type: 'N_A',
      expires_in: lifetimeMs / 1000,
    };
  });
}

type Exchange = {
  readonly verb: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

async function answer(
  parts: CloudParts,
  exchange: Exchange,
  work: (fields: ReadonlyMap<string, string>) => Promise<unknown>,
): Promise<void> {
  const { verb, request, response } = exchange;
  const fault = await parts.faults.beforeRequest(verb, '', response);
  if (fault.kind === 'answered') return;
  response.setHeader('date', new Date(parts.now()).toUTCString());
  try {
    if (request.method !== 'POST') throw new OAuthError('invalid_request', 'POST is expected', 405);
    const value = await work(await readFields(request));
    parts.requestLog.record(verb, 200, '');
    if (fault.loseReply) request.socket.destroy();
    else sendJson(response, 200, value);
  } catch (error) {
    const known =
      error instanceof OAuthError
        ? error
        : error instanceof AwsError
          ? new OAuthError(
              error.code === 'AccessDenied' ? 'access_denied' : 'invalid_request',
              error.message,
              error.status,
            )
          : new OAuthError('server_error', String(error), 500);
    parts.requestLog.record(verb, known.status, known.code);
    sendJson(response, known.status, { error: known.code, error_description: known.message });
  }
}

async function verified(parts: CloudParts, token: string): Promise<VerifiedToken> {
  try {
    const result = await parts.verifyToken(token);
    if (result.issuer === parts.issuer) return result;
  } catch (error) {
    throw new OAuthError('invalid_grant', error instanceof Error ? error.message : 'invalid token', 401);
  }
  throw new OAuthError('invalid_grant', 'the token is of another issuer', 401);
}

function need(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === '') throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}

function expect(fields: ReadonlyMap<string, string>, name: string, value: string): void {
  if (need(fields, name) !== value) throw new OAuthError('invalid_request', `${name} must be ${value}`);
}

/** Two subjects never get the same name: the hash keeps apart what the replacement would merge. */
function safeSessionName(sub: string): string {
  return `${sub.replace(/[^\w+=,.@-]/g, '-').slice(0, 40)}-${createHash('sha256').update(sub).digest('hex').slice(0, 12)}`;
}
