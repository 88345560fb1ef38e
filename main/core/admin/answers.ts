// Inputs of an admin template, and their validation.
import { defaultPrefix, prefixProblem, subjectProblem } from '../access/principal.ts';
import { awsIssuerProblem, sharedIssuer } from '../access/issuer-rules.ts';
import { teamFolderProblems } from './team-folders.ts';
import { isUnknownPartition, partitionOf } from './partitions.ts';

export type TemplateExchange = 'web-identity' | 'delegation' | 'saml' | 'cognito' | 'per-user-role';
export type TemplateFormat = 'cloudformation' | 'terraform' | 'json';

/**
 * Additional claim that the trust policy pins, as `<issuer host/path>:<claim>`. A store that does not know
 * the key never matches it.
 */
export type PinnedClaim = { readonly claim: string; readonly value: string };

export type TemplateAnswers = {
  readonly exchange: TemplateExchange;
  /** Exactly as the provider states it. */
  readonly issuer: string;
  readonly clientId: string;
  /** `null` on stores without accounts (Ceph): its place in every ARN stays empty. */
  readonly accountId: string | null;
  readonly region: string;
  readonly bucket: string;
  /**
   * Prefix of the pairs; {sub} and {tag:NAME} become policy variables, or the subject itself in a role per
   * user.
   */
  readonly prefix: string;
  readonly roleName: string;
  /** Subjects that may assume the role; empty means all holders of a token for the client id. */
  readonly subjects: readonly string[];
  readonly tenant: readonly PinnedClaim[];
  /** Confirmation that everyone with an account at the issuer may assume the role: only the client id is pinned. */
  readonly isEveryoneAtIssuer: boolean;
  /** Of the SAML provider, for `saml` and `delegation`. */
  readonly principalArn: string | null;
  /** `null`: the template creates the pool. */
  readonly identityPoolId: string | null;
  readonly isProviderThere: boolean;
  readonly kmsKeyArn: string | null;
  readonly objectLockDays: number | null;
  /** Existing bucket for CloudTrail's logs; enables data events. */
  readonly auditBucket: string | null;
  readonly noncurrentDays: number;
  /** The longest session of the role, 1 to 12 hours (CreateRole, MaxSessionDuration): a removed user keeps access no longer. */
  readonly sessionHours: number;
  /** Fixed prefixes that everybody who takes the role shares, opened by S3 Access Grants. */
  readonly teamFolders: readonly string[];
  /** The account has its one S3 Access Grants instance of this region already. */
  readonly isGrantsInstanceThere: boolean;
  /** For experiments only: an issuer on loopback, which AWS itself refuses. */
  readonly isLoopbackAllowed: boolean;
};

/** Answers of an administrator who asks for nothing in particular. */
export const templateDefaults = {
  exchange: 'web-identity',
  prefix: defaultPrefix,
  subjects: [],
  tenant: [],
  isEveryoneAtIssuer: false,
  principalArn: null,
  identityPoolId: null,
  isProviderThere: false,
  kmsKeyArn: null,
  objectLockDays: null,
  auditBucket: null,
  noncurrentDays: 90,
  sessionHours: 1,
  teamFolders: [],
  isGrantsInstanceThere: false,
  isLoopbackAllowed: false,
} as const satisfies Partial<TemplateAnswers>;

/** One line per problem, naming the option; empty if a template can be made. */
export function answersProblems(answers: TemplateAnswers, format: TemplateFormat): readonly string[] {
  return [
    ...issuerProblems(answers),
    ...nameProblems(answers),
    ...prefixProblems(answers),
    ...subjectProblems(answers),
    ...exchangeProblems(answers, format),
    ...teamFolderProblems(answers),
    ...answers.teamFolders
      .filter((folder) => !isPolicyText(folder))
      .map(
        (folder) => `--team-folder ${JSON.stringify(folder)} has characters beyond U+00FF, ${notInPolicies}`,
      ),
  ];
}

function issuerProblems(answers: TemplateAnswers): readonly string[] {
  const problem = awsIssuerProblem(answers.issuer);
  const isExcused =
    answers.exchange === 'per-user-role' || (answers.isLoopbackAllowed && isLoopback(answers.issuer));
  if (problem !== null && !isExcused) return [`--issuer ${problem}; AWS would refuse it`];
  if (URL.parse(answers.issuer) === null) return ['--issuer is not a URL'];
  const shared = sharedIssuer(answers.issuer);
  if (shared?.kind === 'unusable') return [`--issuer ${shared.why}`];
  if (answers.subjects.length > 0 || answers.tenant.length > 0) return [];
  if (shared !== null) {
    return [
      `--issuer ${shared.name} serves everybody: pin who may take the role with --subject (or --tenant CLAIM=VALUE); without it anyone with an account there could`,
    ];
  }
  return isPinnedElsewhere(answers) || answers.isEveryoneAtIssuer ? [] : [unpinnedProblem(answers.issuer)];
}

/** A SAML provider belongs to one organisation, and a role per user names its user. */
function isPinnedElsewhere({ exchange }: TemplateAnswers): boolean {
  return exchange !== 'web-identity' && exchange !== 'cognito';
}

function unpinnedProblem(issuer: string): string {
  const host = URL.parse(issuer)?.host ?? issuer;
  return `everybody with an account at ${host} could take the role: pin it with --subject or --tenant CLAIM=VALUE, or say --everyone-at-issuer if every account there belongs to your organisation`;
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Wildcards and variables of IAM, and what CloudFormation would look up (`{{resolve:...}}`). */
const inexact = /[*?]|\$\{|\{\{/;

function nameProblems(answers: TemplateAnswers): readonly string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [
      answers.clientId.trim() !== '' && !inexact.test(answers.clientId) && isPolicyText(answers.clientId),
      '--client-id must be the one client id, without wildcards',
    ],
    [bucketName.test(answers.bucket), '--bucket is not a bucket name'],
    [
      answers.auditBucket === null || bucketName.test(answers.auditBucket),
      '--audit-bucket is not a bucket name',
    ],
    [/^[a-z0-9][a-z0-9-]{0,62}$/.test(answers.region), '--region is not a region such as "eu-central-1"'],
    [
      !isUnknownPartition(answers.region),
      '--region is in a cloud of AWS that templates are not made for: its ARNs and hosts have other names',
    ],
    [/^[\w+=,.@-]{1,64}$/.test(answers.roleName), '--role-name is not a role name'],
    [answers.accountId === null || /^\d{12}$/.test(answers.accountId), '--account-id must be 12 digits'],
    [answers.accountId !== null || answers.exchange === 'per-user-role', '--account-id is missing'],
    [
      answers.objectLockDays === null || isDays(answers.objectLockDays),
      '--object-lock must be 1 to 3650 days',
    ],
    [
      Number.isInteger(answers.sessionHours) && answers.sessionHours >= 1 && answers.sessionHours <= 12,
      '--session-hours must be 1 to 12, in whole hours',
    ],
    [isDays(answers.noncurrentDays), '--noncurrent-days must be 1 to 3650'],
    [
      answers.kmsKeyArn === null || partitionOf(answers.region) !== 'aws-cn',
      '--kms-key is not offered for the regions in China; leave it out to use S3-managed keys',
    ],
    [
      answers.kmsKeyArn === null ||
        /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(answers.kmsKeyArn),
      '--kms-key is not a key ARN',
    ],
  ];
  return checks.flatMap(([isRight, problem]) => (isRight ? [] : [problem]));
}

function isDays(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 3650;
}

function prefixProblems({ prefix, subjects, exchange }: TemplateAnswers): readonly string[] {
  const problem = prefixProblem(prefix);
  if (problem !== null) return [`--prefix ${problem}`];
  if (!isPolicyText(prefix)) return [`--prefix has characters beyond U+00FF, ${notInPolicies}`];
  const segments = prefix.split('/');
  const hasVariable = segments.some((segment) => /^\{(sub|tag:.+)\}$/.test(segment));
  if (exchange === 'per-user-role') {
    return segments.includes('{sub}') && !segments.some((segment) => segment.startsWith('{tag:'))
      ? []
      : ['--prefix must contain {sub} as a whole segment, and no tag: a role per user has no variables'];
  }
  if (prefix === '') return ['--prefix must not be empty: the role would reach the whole bucket'];
  if (hasVariable || subjects.length > 0) return [];
  return [
    '--prefix needs {sub} or {tag:NAME}, or else --subject: without either everybody shares one folder',
  ];
}

const notInPolicies = 'which IAM does not take in a policy';

/**
 * Characters allowed in a policy document. @see
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
 */
function isPolicyText(text: string): boolean {
  return /^[\t\n\r\u0020-\u00ff]*$/.test(text);
}

function subjectProblems({
  subjects,
  exchange,
  prefix,
  tenant,
  accountId,
}: TemplateAnswers): readonly string[] {
  const problems = subjects.flatMap((subject) => {
    // A fixed prefix never contains the subject, so only what IAM itself would read differently matters
    // (GitHub's has slashes).
    const isPathSegment = prefix.includes('{sub}');
    if (isPathSegment) {
      const problem = subjectProblem(subject);
      return problem === null
        ? []
        : [`--subject ${JSON.stringify(subject)} cannot be a folder name (${problem})`];
    }
    return subject === '' || inexact.test(subject)
      ? [`--subject ${JSON.stringify(subject)} must be exact: no wildcards`]
      : [];
  });
  // A store without accounts has policies of its own.
  const foreign = (accountId === null ? [] : subjects)
    .filter((subject) => !isPolicyText(subject))
    .map((subject) => `--subject ${JSON.stringify(subject)} has characters beyond U+00FF, ${notInPolicies}`);
  const claims = tenant.flatMap((pinned) => claimProblems(pinned, tenant));
  const missing =
    exchange === 'per-user-role' && subjects.length === 0
      ? ['--subject is missing: a role per user needs to know the users']
      : [];
  return [...problems, ...foreign, ...claims, ...missing];
}

/** The same for everybody with a token for the client id, or without a meaning for AWS: no pin. `sub` has an option of its own. */
const claimsOfEverybody = new Set([
  ...['aud', 'oaud', 'azp', 'iss', 'sub', 'sub_type', 'amr', 'acr', 'typ', 'token_use', 'ver'],
  ...['exp', 'iat', 'nbf', 'auth_time', 'nonce', 'jti', 'email_verified', 'phone_number_verified'],
]);

function claimProblems({ claim, value }: PinnedClaim, all: readonly PinnedClaim[]): readonly string[] {
  const about = `--tenant ${JSON.stringify(`${claim}=${value}`)}`;
  const isPlain = /^[A-Za-z][\w-]{0,63}$/.test(claim) && value !== '' && !inexact.test(value);
  if (!isPlain) return [`${about} must be CLAIM=VALUE, without wildcards`];
  // Condition keys of IAM have no case.
  const name = claim.toLowerCase();
  if (claimsOfEverybody.has(name))
    return [`${about} is no pin; name a claim that only your organisation's tokens carry, or use --subject`];
  if (!isPolicyText(value)) return [`${about} has characters beyond U+00FF, ${notInPolicies}`];
  return all.filter((one) => one.claim.toLowerCase() === name).length > 1
    ? [`${about} names a claim twice; only one value of it can be pinned`]
    : [];
}

function exchangeProblems(answers: TemplateAnswers, format: TemplateFormat): readonly string[] {
  const { exchange, principalArn, identityPoolId, accountId } = answers;
  switch (exchange) {
    case 'saml':
    case 'delegation': {
      const [, partition, inArn] =
        /^arn:(aws[a-z-]*):iam::(\d{12}):saml-provider\/[\w.-]{1,128}$/.exec(principalArn ?? '') ?? [];
      if (inArn === undefined || partition === undefined)
        return ['--principal-arn must be the ARN of the SAML provider'];
      if (partition !== partitionOf(answers.region))
        return [
          `--principal-arn is of the partition ${partition}, --region of ${partitionOf(answers.region)}`,
        ];
      return inArn === accountId ? [] : [`--principal-arn is in another account (${inArn})`];
    }
    case 'cognito':
      if (partitionOf(answers.region) !== 'aws')
        return ['--exchange cognito is offered for the commercial AWS regions only; use web-identity'];
      if (identityPoolId !== null && !/^[a-z]{2}(?:-[a-z]+)+-\d:[\w-]{1,55}$/.test(identityPoolId))
        return ['--identity-pool-id is not REGION:GUID'];
      return identityPoolId === null && format === 'json'
        ? ['--identity-pool-id is missing: plain JSON cannot make the pool']
        : [];
    case 'per-user-role':
      return format === 'json' ? [] : ['--format must be json for per-user-role'];
    case 'web-identity':
      return [];
  }
}

function isLoopback(issuer: string): boolean {
  const host = URL.parse(issuer)?.hostname;
  return host === '127.0.0.1' || host === '[::1]';
}
