// Roles, identity providers and bucket policies of the local account. Each exchange has a default role.
import { templateDefaults } from '../../main/core/admin/answers.ts';
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { permissionPolicy, trustPolicy } from '../../main/core/admin/policies.ts';
import type { PolicyDocument } from './policy.ts';

export type Role = {
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  readonly maxSessionSeconds: number;
};

export type OidcTrust = { readonly url: string; readonly clientIds: readonly string[] };

export type Iam = {
  readonly accountId: string;
  readonly roles: Map<string, Role>;
  /** Registered OpenID providers by issuer URL, exactly as the token writes it. */
  readonly oidcProviders: Map<string, OidcTrust>;
  readonly bucketPolicies: Map<string, PolicyDocument>;
};

export const SAML_PROVIDER = 'local-saml';
export const SAML_AUDIENCE = 'https://signin.aws.amazon.com/saml';
export const roleNames = {
  webIdentity: 'driftless',
  saml: 'driftless-saml',
  cognito: 'driftless-cognito',
} as const;

/** The issuer as IAM names it: without the scheme. */
export function providerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

export function roleArn(iam: Iam, name: string): string {
  return `arn:aws:iam::${iam.accountId}:role/${name}`;
}

export function samlProviderArn(iam: Iam): string {
  return `arn:aws:iam::${iam.accountId}:saml-provider/${SAML_PROVIDER}`;
}

export function oidcProviderArn(iam: Iam, issuer: string): string {
  return `arn:aws:iam::${iam.accountId}:oidc-provider/${providerName(issuer)}`;
}

export function createIam(options: {
  readonly accountId: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly bucket: string;
  readonly identityPoolId: string;
}): Iam {
  const { accountId, issuer, clientId, bucket, identityPoolId } = options;
  const iam: Iam = { accountId, roles: new Map(), oidcProviders: new Map(), bucketPolicies: new Map() };
  iam.oidcProviders.set(issuer, { url: issuer, clientIds: [clientId] });
  const common: TemplateAnswers = {
    ...templateDefaults,
    issuer,
    clientId,
    accountId,
    region: 'us-east-1',
    bucket,
    roleName: roleNames.webIdentity,
    isEveryoneAtIssuer: true,
    isLoopbackAllowed: true,
  };
  // What runs on this cloud runs under the policies that we tell administrators to write.
  const add = (name: string, answers: TemplateAnswers): void => {
    iam.roles.set(name, {
      name,
      trust: trustPolicy(answers),
      policies: [permissionPolicy(answers)],
      maxSessionSeconds: answers.sessionHours * 3600,
    });
  };
  add(roleNames.webIdentity, common);
  add(roleNames.saml, { ...common, exchange: 'saml', principalArn: samlProviderArn(iam) });
  add(roleNames.cognito, { ...common, exchange: 'cognito', identityPoolId });
  return iam;
}
