// IAM policies of a template: trust, permissions, bucket policy, and revocation of one user.
import { checkSubject } from '../access/principal.ts';
import type { TemplateAnswers } from './answers.ts';
import { providerName } from '../access/issuer-rules.ts';
import { partitionOf, samlAudiences } from './partitions.ts';

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export type Statement = {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | { readonly Federated: string } | { readonly Service: string };
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Condition;
};

/** Always version 2012-10-17: the older language compares the text `${...}` literally (S6). */
export type Policy = { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };

/** Stands for the pool created by the same template, until the format inserts its reference. */
export const poolPlaceholder = '<<identity-pool>>';

const cognito = 'cognito-identity.amazonaws.com';
const googleHost = 'accounts.google.com';

export function policyOf(statements: readonly Statement[]): Policy {
  return { Version: '2012-10-17', Statement: statements };
}

export function roleArnOf({ region, accountId }: TemplateAnswers, roleName: string): string {
  return `arn:${partitionOf(region)}:iam::${accountId ?? ''}:role/${roleName}`;
}

/** Google needs no provider resource in an AWS account: IAM knows it by its bare name. */
export function isBuiltInProvider(answers: TemplateAnswers): boolean {
  return answers.exchange === 'web-identity' && providerName(answers.issuer) === googleHost;
}

export function providerArnOf(answers: TemplateAnswers): string {
  return `arn:${partitionOf(answers.region)}:iam::${answers.accountId ?? ''}:oidc-provider/${providerName(answers.issuer)}`;
}

/** Who may assume the role. The audience is always pinned (S4). */
export function trustPolicy(answers: TemplateAnswers): Policy {
  const { exchange, principalArn } = answers;
  const hasTags = answers.prefix.includes('{tag:');
  const allow = (federated: string, action: string, condition: Condition): Policy =>
    policyOf([
      {
        Sid: 'SignedInPeople',
        Effect: 'Allow',
        Principal: { Federated: federated },
        Action: hasTags ? [action, 'sts:TagSession'] : [action],
        Condition: condition,
      },
    ]);
  switch (exchange) {
    case 'web-identity':
    case 'per-user-role': {
      const federated = isBuiltInProvider(answers) ? googleHost : providerArnOf(answers);
      return allow(federated, 'sts:AssumeRoleWithWebIdentity', {
        StringEquals: pins(answers, providerName(answers.issuer), answers.clientId),
        ...foreignSubjects(answers, providerName(answers.issuer)),
      });
    }
    case 'saml':
    case 'delegation':
      // A transient NameID would give a user a new folder at each sign-in (S5).
      return allow(principalArn ?? '', 'sts:AssumeRoleWithSAML', {
        StringEquals: {
          ...pins(answers, 'saml', null),
          'SAML:aud': samlAudiences[partitionOf(answers.region)],
          'SAML:sub_type': 'persistent',
        },
        ...foreignSubjects(answers, 'saml'),
      });
    case 'cognito':
      return allow(cognito, 'sts:AssumeRoleWithWebIdentity', {
        StringEquals: pins(answers, cognito, answers.identityPoolId ?? poolPlaceholder),
        'ForAnyValue:StringLike': { [`${cognito}:amr`]: 'authenticated' },
      });
  }
}

/**
 * Subjects that could reach another user's folder when used in a prefix: `alice/x` lies below `alice`, and
 * the treatment of a `*` inside a variable differs between stores. Our client refuses them; this condition
 * keeps them from the role with any client.
 */
function foreignSubjects(answers: TemplateAnswers, key: string): Condition {
  const isPathSegment = answers.prefix.split('/').includes('{sub}');
  if (!isPathSegment || answers.subjects.length > 0) return {};
  return { StringNotLike: { [`${key}:sub`]: ['*/*', '*${*}*', '*${?}*'] } };
}

function pins(
  answers: TemplateAnswers,
  key: string,
  audience: string | null,
): Record<string, string | readonly string[]> {
  return {
    ...(audience === null ? {} : { [`${key}:aud`]: audience }),
    ...(answers.subjects.length === 0 ? {} : { [`${key}:sub`]: answers.subjects }),
    ...Object.fromEntries(answers.tenant.map(({ claim, value }) => [`${key}:${claim}`, value])),
  };
}

/** Policy variable that holds the subject returned by the exchange. */
export function subjectVariable(answers: Pick<TemplateAnswers, 'exchange' | 'issuer'>): string {
  switch (answers.exchange) {
    case 'web-identity':
    case 'per-user-role':
      return `\${${providerName(answers.issuer)}:sub}`;
    case 'saml':
    case 'delegation':
      return '${saml:sub}';
    case 'cognito':
      return `\${${cognito}:sub}`;
  }
}

/** Prefix as a policy pattern; with a subject, for a store without variables, that subject's own. */
function prefixPattern(answers: TemplateAnswers, subject: string | null): string {
  return answers.prefix
    .split('/')
    .map((segment) => {
      if (segment === '{sub}') return subject === null ? subjectVariable(answers) : checkSubject(subject);
      const tag = /^\{tag:(.+)\}$/.exec(segment)?.[1];
      return tag === undefined ? segment : `\${aws:PrincipalTag/${tag}}`;
    })
    .join('/');
}

/**
 * What the role may do: everything below one prefix that sync needs, and nothing about the bucket (S9). In
 * particular not ListBucketMultipartUploads, which no condition can limit to a prefix, and no rights to
 * delete versions or change access.
 * @param subject of a role per user, or `null` for a policy with variables
 */
export function permissionPolicy(answers: TemplateAnswers, subject: string | null = null): Policy {
  const bucketArn = bucketArnOf(answers);
  const own = `${prefixPattern(answers, subject)}*`;
  return policyOf([
    {
      Sid: 'ListOwnPrefix',
      Effect: 'Allow',
      Action: ['s3:ListBucket', 's3:ListBucketVersions'],
      Resource: bucketArn,
      Condition: { StringLike: { 's3:prefix': own } },
    },
    { Sid: 'KnowIfVersioned', Effect: 'Allow', Action: 's3:GetBucketVersioning', Resource: bucketArn },
    {
      Sid: 'UseOwnObjects',
      Effect: 'Allow',
      Action: [
        's3:GetObject',
        's3:GetObjectVersion',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      Resource: `${bucketArn}/${own}`,
    },
    ...throughKey(answers.kmsKeyArn, answers.region),
  ]);
}

/** A bucket encrypted with a key of one's own: the key is used through S3 only. */
export function throughKey(key: string | null, region: string): readonly Statement[] {
  if (key === null) return [];
  return [
    {
      Sid: 'UseTheKeyThroughS3',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: key,
      Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    },
  ];
}

export function bucketArnOf({ region, bucket }: Pick<TemplateAnswers, 'region' | 'bucket'>): string {
  return `arn:${partitionOf(region)}:s3:::${bucket}`;
}

/** Denied to every caller: plain http and old TLS. */
export function bucketPolicy(answers: TemplateAnswers): Policy {
  const bucketArn = bucketArnOf(answers);
  const deny = (Sid: string, condition: Condition): Statement => ({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: condition,
  });
  return policyOf([
    deny('OnlyOverTls', { Bool: { 'aws:SecureTransport': 'false' } }),
    deny('NoOldTls', { NumericLessThan: { 's3:TlsVersion': '1.2' } }),
  ]);
}

export type PerUserRole = {
  readonly subject: string;
  readonly roleName: string;
  readonly trust: Policy;
  readonly permissions: Policy;
};

/** For stores without policy variables: one role per user, which only that user's token can assume. */
export function perUserRole(answers: TemplateAnswers, subject: string, roleName: string): PerUserRole {
  return {
    subject,
    roleName,
    trust: trustPolicy({ ...answers, subjects: [checkSubject(subject)] }),
    permissions: permissionPolicy(answers, subject),
  };
}

/**
 * Ends the current sessions of one user: attach it to the role as an additional policy. It denies sessions
 * issued before `issuedBefore`; a user who can still sign in gets a new one, so block the user at the
 * provider first.
 */
export function revokePolicy(subjectKey: string, subject: string, issuedBefore: string): Policy {
  return policyOf([
    {
      Sid: 'EndSessionsOfOnePerson',
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: {
        StringEquals: { [subjectKey]: subject },
        DateLessThan: { 'aws:TokenIssueTime': issuedBefore },
      },
    },
  ]);
}

/**
 * Ends the sessions of team folders of all users: for the role of the location, whose sessions do not say who asked for them, so that
 * `revokePolicy` ends none of them. Who still has a session of the users' role gets a new one.
 */
export function endTeamSessions(issuedBefore: string): Policy {
  return policyOf([
    {
      Sid: 'EndSessionsOfTeamFolders',
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': issuedBefore } },
    },
  ]);
}
