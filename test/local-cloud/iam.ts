// Roles, identity providers and bucket policies of the local account, with the default role for each way to trade a token.
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

/** The bucket rights of one person: objects and listings below `users/<variable>/` and nothing else. */
export function perUserPolicy(bucket: string, variable: string): PolicyDocument {
  const own = `users/\${${variable}}`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:ListBucketVersions'],
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: { 's3:prefix': [`${own}/*`] } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:GetBucketVersioning'],
        Resource: `arn:aws:s3:::${bucket}`,
      },
      {
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:GetObjectVersion',
          's3:GetObjectAttributes',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
        ],
        Resource: `arn:aws:s3:::${bucket}/${own}/*`,
      },
    ],
  };
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
  const provider = providerName(issuer);
  const trust = (
    Principal: unknown,
    Action: readonly string[],
    equals: Readonly<Record<string, string>>,
  ): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action, Condition: { StringEquals: equals } }],
  });
  const add = (name: string, trustPolicy: PolicyDocument, variable: string): void => {
    iam.roles.set(name, {
      name,
      trust: trustPolicy,
      policies: [perUserPolicy(bucket, variable)],
      maxSessionSeconds: 43_200,
    });
  };
  const webIdentity = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  add(
    roleNames.webIdentity,
    trust({ Federated: oidcProviderArn(iam, issuer) }, webIdentity, { [`${provider}:aud`]: clientId }),
    `${provider}:sub`,
  );
  add(
    roleNames.saml,
    trust({ Federated: samlProviderArn(iam) }, ['sts:AssumeRoleWithSAML', 'sts:TagSession'], {
      'SAML:aud': SAML_AUDIENCE,
    }),
    'saml:sub',
  );
  add(
    roleNames.cognito,
    trust({ Federated: 'cognito-identity.amazonaws.com' }, webIdentity, {
      'cognito-identity.amazonaws.com:aud': identityPoolId,
    }),
    'cognito-identity.amazonaws.com:sub',
  );
  return iam;
}
