// Admin template from its inputs: a role limited to the user's own prefix, and a hardened bucket.
import { stableHash } from '../model/stable-hash.ts';
import { answersProblems } from './answers.ts';
import type { TemplateAnswers, TemplateFormat } from './answers.ts';
import { bucketSettings } from './bucket-settings.ts';
import type { BucketSettings } from './bucket-settings.ts';
import { cloudFormation } from './cloudformation.ts';
import { grantsSetup, usersPolicy } from './grants.ts';
import type { GrantsSetup } from './grants.ts';
import { bucketPolicy, perUserRole, poolPlaceholder, roleArnOf, trustPolicy } from './policies.ts';
import type { PerUserRole, Policy } from './policies.ts';
import { terraform } from './terraform.ts';

/** Plain form: separate documents for a console, a script, or another store. */
export type JsonTemplate = {
  readonly provider: { readonly url: string; readonly clientIds: readonly string[] };
  readonly maxSessionDuration: number;
  readonly roles: readonly {
    readonly roleName: string;
    readonly roleArn: string;
    readonly subject: string | null;
    readonly trustPolicy: Policy;
    readonly permissionPolicy: Policy;
  }[];
  /** S3 Access Grants of the team folders, by S3 Control's requests; absent without them. */
  readonly accessGrants?: GrantsSetup;
  readonly bucketPolicy: Policy;
  /** By S3 request. */
  readonly bucket: BucketSettings;
};

export type TemplateResult =
  | { readonly kind: 'template'; readonly document: unknown; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

export function makeTemplate(answers: TemplateAnswers, format: TemplateFormat): TemplateResult {
  const problems = answersProblems(answers, format);
  if (problems.length > 0) return { kind: 'refused', problems };
  const tooLong = trustLengthProblem(answers);
  if (tooLong !== null) return { kind: 'refused', problems: [tooLong] };
  return { kind: 'template', document: documentOf(answers, format), notes: notesOn(answers, format) };
}

/**
 * IAM counts without white space. @see
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const longestTrustPolicy = 2048;
/** REGION:GUID, as CreateIdentityPool gives it. */
const longestPoolId = 55;

function trustLengthProblem(answers: TemplateAnswers): string | null {
  // A role per user has one subject each.
  if (answers.exchange === 'per-user-role') return null;
  const text = JSON.stringify(trustPolicy(answers));
  // The id of the pool is longer than what stands for it.
  const characters = text.replaceAll(poolPlaceholder, 'x'.repeat(longestPoolId)).length;
  if (characters <= longestTrustPolicy) return null;
  return `--subject: the trust policy would have ${String(characters)} characters, and IAM takes ${String(longestTrustPolicy)}; pin a group with --tenant CLAIM=VALUE, or make several roles`;
}

function documentOf(answers: TemplateAnswers, format: TemplateFormat): unknown {
  switch (format) {
    case 'cloudformation':
      return cloudFormation(answers);
    case 'terraform':
      return terraform(answers);
    case 'json':
      return jsonTemplate(answers);
  }
}

export function jsonTemplate(answers: TemplateAnswers): JsonTemplate {
  const grants = grantsSetup(answers);
  return {
    provider: { url: answers.issuer, clientIds: [answers.clientId] },
    maxSessionDuration: answers.sessionHours * 3600,
    roles:
      answers.exchange === 'per-user-role'
        ? answers.subjects.map((subject) =>
            written(answers, perUserRole(answers, subject, perUserRoleName(answers.roleName, subject))),
          )
        : [
            {
              roleName: answers.roleName,
              roleArn: roleArnOf(answers, answers.roleName),
              subject: null,
              trustPolicy: trustPolicy(answers),
              permissionPolicy: usersPolicy(answers),
            },
          ],
    ...(grants === null ? {} : { accessGrants: grants }),
    bucketPolicy: bucketPolicy(answers),
    bucket: bucketSettings(answers),
  };
}

function written(answers: TemplateAnswers, role: PerUserRole): JsonTemplate['roles'][number] {
  return {
    roleName: role.roleName,
    roleArn: roleArnOf(answers, role.roleName),
    subject: role.subject,
    trustPolicy: role.trust,
    permissionPolicy: role.permissions,
  };
}

/** A valid role name of at most 64 characters; the hash keeps subjects apart that map to the same text. */
export function perUserRoleName(base: string, subject: string): string {
  const readable = subject.replaceAll(/[^\w.-]/g, '-').slice(0, 24);
  return `${base.slice(0, 22)}-${readable}-${stableHash([subject])}`;
}

function notesOn(answers: TemplateAnswers, format: TemplateFormat): readonly string[] {
  return [
    'Use this client id for nothing but this role, and register it as a native (public) client with PKCE.',
    ...(answers.sessionHours > 1
      ? [
          `Accounts ask for one hour until their profile says otherwise: set "durationSeconds": ${String(answers.sessionHours * 3600)} in the exchange. Who is removed keeps access for up to that long, unless revoked.`,
        ]
      : []),
    ...(answers.prefix.includes('{tag:')
      ? ['Tags must be set by the provider and not be editable by the user they describe.']
      : []),
    ...(answers.exchange === 'delegation' || answers.exchange === 'saml'
      ? [
          'This exchange needs a server that you run: it vouches for every person, so guard it like the bucket.',
        ]
      : []),
    ...(answers.teamFolders.length === 0
      ? []
      : [
          'Team folders: accounts need "exchange": {"kind": "access-grants", ...}, and each folder is a pair with its prefix. Everybody who takes the role shares them.',
        ]),
    ...(answers.objectLockDays === null
      ? ['Object Lock is off (--object-lock DAYS): a role with more rights could still remove versions.']
      : []),
    ...(answers.auditBucket === null
      ? ['CloudTrail data events are off (--audit-bucket NAME): reads and writes of objects leave no trace.']
      : ['The audit bucket needs the bucket policy that CloudTrail asks for.']),
    ...(format === 'json'
      ? [
          'Plain JSON sets nothing up: give each part to the service, e.g. "bucket" by aws s3api put-bucket-lifecycle-configuration and the like. A store that does not know one of them refuses it.',
        ]
      : []),
    ...(answers.kmsKeyArn === null ? [] : ["The key's own policy must let the role use it."]),
  ];
}
