// A Cognito identity pool: GetId and GetCredentialsForIdentity in the enhanced flow; guests and the classic flow are off.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { assume } from './assume-role.ts';
import { asAwsError, AwsError } from './aws-error.ts';
import type { CloudParts } from './cloud-parts.ts';
import { readBody, sendJson } from './http-kit.ts';
import { providerName, roleArn, roleNames } from './iam.ts';
import type { VerifiedToken } from './jwt-verify.ts';

const JSON_TYPE = 'application/x-amz-json-1.1';
const loginsSchema = z.record(z.string(), z.string()).optional();
const getIdSchema = z.object({ IdentityPoolId: z.string(), Logins: loginsSchema });
const getCredentialsSchema = z.object({
  IdentityId: z.string(),
  Logins: loginsSchema,
  CustomRoleArn: z.string().optional(),
});

export async function handleCognito(
  parts: CloudParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const verb = String(request.headers['x-amz-target'] ?? '').replace('AWSCognitoIdentityService.', '');
  const fault = await parts.faults.beforeRequest(verb, '', response);
  if (fault.kind === 'answered') return;
  response.setHeader('date', new Date(parts.now()).toUTCString());
  try {
    const value = await answer(parts, verb, JSON.parse((await readBody(request)).toString('utf8')));
    parts.requestLog.record(verb, 200, '');
    if (fault.loseReply) request.socket.destroy();
    else sendJson(response, 200, value, JSON_TYPE);
  } catch (error) {
    const known = asAwsError(error, 'InvalidParameterException', 400);
    parts.requestLog.record(verb, known.status, known.code);
    sendJson(response, known.status, { __type: known.code, message: known.message }, JSON_TYPE);
  }
}

async function answer(parts: CloudParts, verb: string, input: unknown): Promise<unknown> {
  switch (verb) {
    case 'GetId': {
      const { IdentityPoolId, Logins } = getIdSchema.parse(input);
      if (IdentityPoolId !== parts.identityPoolId)
        throw new AwsError('ResourceNotFoundException', 400, `IdentityPool '${IdentityPoolId}' not found.`);
      return { IdentityId: identityIdOf(parts, await login(parts, Logins)) };
    }
    case 'GetCredentialsForIdentity': {
      const { IdentityId, Logins, CustomRoleArn } = getCredentialsSchema.parse(input);
      if (identityIdOf(parts, await login(parts, Logins)) !== IdentityId)
        throw notAuthorized(
          "Logins don't match. Please include at least one valid login for this identity or identity pool.",
        );
      const role = roleArn(parts.iam, roleNames.cognito);
      if (CustomRoleArn !== undefined && CustomRoleArn !== role)
        throw notAuthorized('You do not have access to this role');
      const context = new Map([
        ['cognito-identity.amazonaws.com:sub', IdentityId],
        ['cognito-identity.amazonaws.com:aud', parts.identityPoolId],
        ['cognito-identity.amazonaws.com:amr', 'authenticated'],
      ]);
      const { credentials } = assume(parts, {
        roleArn: role,
        sessionName: 'CognitoIdentityCredentials',
        durationSeconds: 3600,
        policy: null,
        federated: 'cognito-identity.amazonaws.com',
        action: 'sts:AssumeRoleWithWebIdentity',
        context,
      });
      const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = credentials;
      return {
        IdentityId,
        Credentials: {
          AccessKeyId: accessKeyId,
          SecretKey: secretAccessKey,
          SessionToken: sessionToken,
          Expiration: expiresAtMs / 1000,
        },
      };
    }
    case 'GetOpenIdToken':
      throw new AwsError(
        'InvalidParameterException',
        400,
        'Basic (classic) flow is not enabled, please use enhanced flow.',
      );
    default:
      throw new AwsError('UnknownOperationException', 400, `Unknown operation ${verb}`);
  }
}

async function login(
  parts: CloudParts,
  logins: Readonly<Record<string, string>> | undefined,
): Promise<VerifiedToken> {
  const entry = Object.entries(logins ?? {})[0];
  if (entry === undefined)
    throw notAuthorized('Unauthenticated access is not supported for this identity pool.');
  const [key, token] = entry;
  try {
    const verified = await parts.verifyToken(token);
    if (providerName(verified.issuer) === key) return verified;
  } catch (error) {
    const expired = error instanceof AwsError && error.code === 'ExpiredTokenException';
    throw notAuthorized(
      expired
        ? 'Invalid login token. Token expired.'
        : 'Invalid login token. Not a valid OpenId Connect identity token.',
    );
  }
  throw notAuthorized("Invalid login token. Issuer doesn't match providerName");
}

function notAuthorized(message: string): AwsError {
  return new AwsError('NotAuthorizedException', 400, message);
}

/** The same person always gets the same identity. */
function identityIdOf(parts: CloudParts, token: VerifiedToken): string {
  const hash = createHash('sha256')
    .update(`${parts.identityPoolId} ${token.issuer} ${token.sub}`)
    .digest('hex');
  return `${parts.region}:${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
