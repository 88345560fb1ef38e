// Decides whether a token or assertion may become a role, and mints the session: trust policy, duration, session policy, tags.
import { AwsError } from './aws-error.ts';
import type { CloudParts } from './cloud-parts.ts';
import { oidcProviderArn, providerName, roleArn, samlProviderArn } from './iam.ts';
import type { Iam, Role } from './iam.ts';
import type { VerifiedToken } from './jwt-verify.ts';
import { evaluatePolicies } from './policy.ts';
import type { PolicyDocument, PolicyStatement } from './policy.ts';
import { many } from './policy-match.ts';
import { verifyAssertion } from './saml.ts';
import type { SamlSubject } from './saml.ts';
import { roleId } from './sessions.ts';
import type { Credentials, Principal } from './sessions.ts';

export type AssumedRole = {
  readonly credentials: Credentials;
  readonly assumedRoleId: string;
  readonly assumedRoleArn: string;
};

type SessionRequest = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly policy: string | null;
  readonly federated: string;
  readonly action: string;
  readonly context: ReadonlyMap<string, string>;
};

const TAGS_CLAIM = 'https://aws.amazon.com/tags';

export async function assumeRoleWithWebIdentity(
  parts: CloudParts,
  request: {
    readonly token: string;
    readonly roleArn: string;
    readonly sessionName: string;
    readonly durationSeconds: number;
    readonly policy: string | null;
  },
): Promise<AssumedRole & { readonly token: VerifiedToken; readonly provider: string }> {
  const token = await parts.verifyToken(request.token);
  const provider = providerName(token.issuer);
  const context = new Map([
    [`${provider.toLowerCase()}:sub`, token.sub],
    [`${provider.toLowerCase()}:aud`, token.audience],
    ['aws:federatedprovider', oidcProviderArn(parts.iam, token.issuer)],
    ...tagsOf(token.claims[TAGS_CLAIM]),
  ]);
  const { roleArn: role, sessionName, durationSeconds, policy } = request;
  const federated = oidcProviderArn(parts.iam, token.issuer);
  const assumed = assume(parts, {
    roleArn: role,
    sessionName,
    durationSeconds,
    policy,
    federated,
    action: 'sts:AssumeRoleWithWebIdentity',
    context,
  });
  return { ...assumed, token, provider: federated };
}

export function assumeRoleWithSaml(
  parts: CloudParts,
  request: {
    readonly assertion: string;
    readonly roleArn: string;
    readonly principalArn: string;
    readonly durationSeconds: number;
    readonly policy: string | null;
  },
): AssumedRole & { readonly saml: SamlSubject } {
  const saml = verifyAssertion(parts.keys, request.assertion, parts.now(), parts.iam.accountId);
  if (request.principalArn !== samlProviderArn(parts.iam))
    throw new AwsError('InvalidIdentityToken', 400, `No SAML provider ${request.principalArn}`);
  if (!saml.roles.includes(`${request.roleArn},${request.principalArn}`))
    throw refused('sts:AssumeRoleWithSAML');
  const context = new Map([
    ['saml:sub', saml.subject],
    ['saml:sub_type', saml.subjectType],
    ['saml:namequalifier', saml.nameQualifier],
    ['saml:iss', saml.issuer],
    ['saml:aud', saml.audience],
    ['aws:federatedprovider', request.principalArn],
    ...[...saml.tags].map(([name, value]) => [`aws:principaltag/${name.toLowerCase()}`, value] as const),
  ]);
  const { roleArn: role, durationSeconds, policy, principalArn } = request;
  const sessionName = saml.sessionName;
  return {
    ...assume(parts, {
      roleArn: role,
      sessionName,
      durationSeconds,
      policy,
      federated: principalArn,
      action: 'sts:AssumeRoleWithSAML',
      context,
    }),
    saml,
  };
}

/** AssumeRole: a session of one role becomes one of another whose trust policy names the first. */
export function assumeRole(
  parts: CloudParts,
  request: {
    readonly caller: Principal;
    readonly roleArn: string;
    readonly sessionName: string;
    readonly durationSeconds: number;
    readonly policy: string | null;
  },
): AssumedRole {
  const { caller, ...wanted } = request;
  if (caller.kind !== 'session') throw refused('sts:AssumeRole');
  const federated = roleArn(parts.iam, caller.session.roleName);
  return assume(parts, { ...wanted, federated, action: 'sts:AssumeRole', context: new Map() });
}

/** The step that all federations share; Cognito and the delegation endpoint come here with their own context. */
export function assume(parts: CloudParts, request: SessionRequest): AssumedRole {
  const { iam, settings } = parts;
  if (!/^[\w+=,.@-]{2,64}$/.test(request.sessionName)) {
    throw new AwsError(
      'ValidationError',
      400,
      `1 validation error detected: Value '${request.sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(request.roleArn))
    throw new AwsError('ValidationError', 400, `${request.roleArn} is invalid`);
  const role = [...iam.roles.values()].find((candidate) => roleArn(iam, candidate.name) === request.roleArn);
  const context = new Map([...request.context, ['sts:rolesessionname', request.sessionName]]);
  const trust = { federated: request.federated, context };
  if (role === undefined || !trusts(iam, role, { ...trust, action: request.action }))
    throw refused(request.action);
  const hasTags = [...request.context.keys()].some((name) => name.startsWith('aws:principaltag/'));
  if (hasTags && !trusts(iam, role, { ...trust, action: 'sts:TagSession' })) throw refused('sts:TagSession');
  if (request.durationSeconds > role.maxSessionSeconds) {
    throw new AwsError(
      'ValidationError',
      400,
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const issuedAtMs = parts.now();
  const credentials = parts.sessions.mint({
    roleName: role.name,
    sessionName: request.sessionName,
    context: Object.fromEntries(request.context),
    sessionPolicy: checkSessionPolicy(request.policy),
    issuedAtMs,
    expiresAtMs:
      Math.floor(issuedAtMs / 1000) * 1000 + (settings.forceSessionSeconds ?? request.durationSeconds) * 1000,
  });
  return {
    credentials,
    assumedRoleId: `${roleId(role.name)}:${request.sessionName}`,
    assumedRoleArn: `arn:aws:sts::${iam.accountId}:assumed-role/${role.name}/${request.sessionName}`,
  };
}

function refused(action: string): AwsError {
  return new AwsError('AccessDenied', 403, `Not authorized to perform ${action}`);
}

type TrustQuestion = {
  readonly federated: string;
  readonly action: string;
  readonly context: ReadonlyMap<string, string>;
};

function trusts(iam: Iam, role: Role, question: TrustQuestion): boolean {
  const { federated, action, context } = question;
  const statements = many(role.trust.Statement).filter((statement) => namesPrincipal(statement, federated));
  const policy: PolicyDocument = { Version: '2012-10-17', Statement: statements };
  return evaluatePolicies([policy], { action, resource: roleArn(iam, role.name), context }) === 'allow';
}

/** Whether an AWS service may take each of these steps with the role; `context`: what the service says about itself. */
export function trustsService(
  iam: Iam,
  role: Role,
  asks: {
    readonly service: string;
    readonly actions: readonly string[];
    readonly context: ReadonlyMap<string, string>;
  },
): boolean {
  const { service, actions, context } = asks;
  return actions.every((action) => trusts(iam, role, { federated: service, action, context }));
}

function namesPrincipal(statement: PolicyStatement, federated: string): boolean {
  const principal = statement.Principal;
  if (typeof principal !== 'object' || principal === null) return false;
  const named: unknown =
    Reflect.get(principal, 'Federated') ?? Reflect.get(principal, 'AWS') ?? Reflect.get(principal, 'Service');
  return named === federated || (Array.isArray(named) && named.includes(federated));
}

function checkSessionPolicy(policy: string | null): string | null {
  if (policy === null || policy === '') return null;
  if (policy.length > 2048)
    throw new AwsError('PackedPolicyTooLarge', 400, 'The session policy is larger than 2048 characters');
  try {
    const parsed: unknown = JSON.parse(policy);
    if (typeof parsed === 'object' && parsed !== null && 'Statement' in parsed) return policy;
  } catch {
    // Falls through to the one answer for every malformed policy.
  }
  throw new AwsError('MalformedPolicyDocument', 400, 'The policy is not in the valid JSON format.');
}

function tagsOf(claim: unknown): readonly (readonly [string, string])[] {
  if (typeof claim !== 'object' || claim === null || !('principal_tags' in claim)) return [];
  const tags = claim.principal_tags;
  if (typeof tags !== 'object' || tags === null) return [];
  return Object.entries(tags).map(([name, value]) => {
    const text: unknown = Array.isArray(value) ? value[0] : value;
    return [`aws:principaltag/${name.toLowerCase()}`, String(text)] as const;
  });
}
