/**
 * Static forms of `driftless admin template`: a CloudFormation template with parameters, for a launch link, and a Terraform module.
 * Both are the generator's own output for placeholder answers, with the placeholders replaced by parameters.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedIssuerPattern } from '../main/core/access/issuer-rules.ts';
import { templateDefaults } from '../main/core/admin/answers.ts';
import type { TemplateAnswers } from '../main/core/admin/answers.ts';
import { cloudFormation } from '../main/core/admin/cloudformation.ts';
import { instanceArnOf } from '../main/core/admin/grants.ts';
import { terraform } from '../main/core/admin/terraform.ts';

const sessionHours = 7;
const noncurrentDays = 3571;
/** CloudFormation has no list of unknown length whose parts could be checked one by one. */
const mostTeamFolders = 5;
const teamFolder = 'placeholder-team/';
const numberedTeamFolders = Array.from(
  { length: mostTeamFolders },
  (_none, index) => `placeholder-team-${String(index + 1)}/`,
);

/** No value is part of another, or of a fixed text of the template. */
const placeholders: TemplateAnswers = {
  ...templateDefaults,
  issuer: 'https://placeholder-issuer.example.com/path',
  clientId: 'placeholder-client',
  accountId: '111122223333',
  region: 'us-east-1',
  bucket: 'placeholder-bucket',
  roleName: 'placeholder-role',
  isEveryoneAtIssuer: true,
  noncurrentDays,
  sessionHours,
};
const providerText = 'placeholder-issuer.example.com/path';
const instanceArn = instanceArnOf(placeholders);

/** The statement that the role of the users has for team folders alone. */
const askingSid = 'AskForTeamFolders';

const everyone =
  'All accounts at this provider are yours. Where they are not, use "driftless admin template".';
const issuerText =
  'Issuer without https://, exactly as the provider states it, such as login.example.com/tenant';

/** Fixed prefixes of plain characters, none of them in or around the users' own `users/`. */
const teamFolderPattern = '(?!users/)(?:[\\w(+=@][\\w .()+=@,-]*/)+';
const teamFolderRule =
  'A prefix such as teams/blue/, not below users/, of letters, digits, space and _ . ( ) + = @ , - with "/" at its end.';
const bucketPattern = '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$';
const bucketRule = {
  condition: `\${can(regex("${bucketPattern}", var.bucket))}`,
  error_message: '3 to 63 lower-case letters, digits, "." and "-".',
};
/** The role of the location is named after it. */
const longestRoleName = 57;

const cloudFormationNames: readonly (readonly [string, string])[] = [
  [instanceArn, '${GrantsInstanceArn}'],
  ...numberedTeamFolders.map((folder, index) => [folder, `\${TeamPrefix${String(index + 1)}}`] as const),
  [providerText, '${Issuer}'],
  [placeholders.clientId, '${ClientId}'],
  [placeholders.bucket, '${BucketName}'],
  [placeholders.roleName, '${RoleName}'],
  ['arn:aws:', 'arn:${AWS::Partition}:'],
  [placeholders.accountId ?? '', '${AWS::AccountId}'],
];

function withNames(text: string, names: readonly (readonly [string, string])[]): string {
  return names.reduce((now, [placeholder, name]) => now.replaceAll(placeholder, () => name), text);
}

/** `${Dollar}{`: a policy variable whose name holds a parameter cannot be written as `${!...}`. */
function substitute(text: string): unknown {
  const named = withNames(
    text.replaceAll('${', () => '${Dollar}{'),
    cloudFormationNames,
  );
  if (named === text) return text;
  const whole = /^\$\{(\w+)\}$/u.exec(named)?.[1];
  if (whole === 'GrantsInstanceArn') return grantsInstanceArn;
  if (whole !== undefined) return { Ref: whole };
  const more = {
    ...(named.includes('${Dollar}') ? { Dollar: '$' } : {}),
    ...(named.includes('${GrantsInstanceArn}') ? { GrantsInstanceArn: grantsInstanceArn } : {}),
  };
  return { 'Fn::Sub': Object.keys(more).length > 0 ? [named, more] : named };
}

/**
 * Through the new instance where there is one: the location needs the role that names it, and so waits for it. A `DependsOn` on a
 * resource that is not made would leave out the location as well.
 */
const grantsInstanceArn = {
  'Fn::If': [
    'MakesGrantsInstance',
    { 'Fn::GetAtt': ['GrantsInstance', 'AccessGrantsInstanceArn'] },
    { 'Fn::Sub': 'arn:${AWS::Partition}:s3:${AWS::Region}:${AWS::AccountId}:access-grants/default' },
  ],
};

const noValue = { Ref: 'AWS::NoValue' };

/** What belongs to team folders stands in its list only where they are asked for. */
function listItem(item: unknown): unknown {
  const made = parameterised(item);
  const number = typeof item === 'string' ? /placeholder-team-(\d)/u.exec(item)?.[1] : undefined;
  if (number !== undefined) return { 'Fn::If': [`HasTeamFolder${number}`, made, noValue] };
  const isAsking = typeof item === 'object' && item !== null && Object.values(item).includes(askingSid);
  return isAsking ? { 'Fn::If': ['HasTeamFolders', made, noValue] } : made;
}

function parameterised(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return substitute(value);
  if (value === sessionHours * 3600) return { Ref: 'SessionSeconds' };
  if (value === noncurrentDays) return { Ref: 'NoncurrentDays' };
  if (Array.isArray(value)) return value.map(listItem);
  if (typeof value !== 'object' || value === null) return value;
  // Its condition keys hold the issuer, and a function cannot stand in a key: the whole policy is one text.
  if (key === 'AssumeRolePolicyDocument') return substitute(JSON.stringify(value));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, parameterised(item, name)]));
}

function conditionOf(resource: string): string {
  if (resource === 'GrantsInstance') return 'MakesGrantsInstance';
  return resource.startsWith('TeamFolder') ? `Has${resource}` : 'HasTeamFolders';
}

/** The resources of a template with team folders; what only they need has its condition. */
function resourcesWithConditions(): object {
  const { Resources: always } = cloudFormation(placeholders);
  const { Resources: all } = cloudFormation({ ...placeholders, teamFolders: numberedTeamFolders });
  return Object.fromEntries(
    Object.entries(all).map(([name, resource]) => {
      const { DependsOn: waits, ...rest } = resource;
      const made = waits?.filter((other) => other !== 'GrantsInstance') ?? [];
      return [
        name,
        {
          ...(name in always ? {} : { Condition: conditionOf(name) }),
          ...(parameterised({ ...rest, ...(made.length > 0 ? { DependsOn: made } : {}) }) as object),
        },
      ];
    }),
  );
}

function teamFolderConditions(): object {
  const numbers = numberedTeamFolders.map((_folder, index) => String(index + 1));
  return {
    ...Object.fromEntries(
      numbers.map((number) => [
        `HasTeamFolder${number}`,
        { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: `TeamPrefix${number}` }, ''] }] },
      ]),
    ),
    HasTeamFolders: { 'Fn::Or': numbers.map((number) => ({ Condition: `HasTeamFolder${number}` })) },
    MakesGrantsInstance: {
      'Fn::And': [
        { Condition: 'HasTeamFolders' },
        { 'Fn::Equals': [{ Ref: 'ExistingGrantsInstance' }, 'no'] },
      ],
    },
  };
}

/** CloudFormation can tell whether two texts are equal, not whether one begins with the other. */
function teamPrefixAssertions(): readonly object[] {
  const names = numberedTeamFolders.map((_folder, index) => `TeamPrefix${String(index + 1)}`);
  const pairs = names.flatMap((one, index) => names.slice(index + 1).map((other) => [one, other] as const));
  return pairs.map(([one, other]) => {
    const isSame = { 'Fn::Equals': [{ Ref: one }, { Ref: other }] };
    const isTaken = { 'Fn::Or': [{ 'Fn::Equals': [{ Ref: one }, ''] }, { 'Fn::Not': [isSame] }] };
    return { Assert: isTaken, AssertDescription: `${one} and ${other} are the same folder.` };
  });
}

function teamFolderParameters(): object {
  return Object.fromEntries(
    numberedTeamFolders.map((_folder, index) => [
      `TeamPrefix${String(index + 1)}`,
      {
        Type: 'String',
        Default: '',
        Description:
          'A folder that all users share, by S3 Access Grants, such as teams/blue/; none in another. Empty for none.',
        MaxLength: 200,
        AllowedPattern: `^(?:${teamFolderPattern})?$`,
        ConstraintDescription: teamFolderRule,
      },
    ]),
  );
}

export function cloudFormationWithParameters(): object {
  const { AWSTemplateFormatVersion, Description, Outputs } = cloudFormation(placeholders);
  return {
    AWSTemplateFormatVersion,
    Description,
    Parameters: {
      Issuer: {
        Type: 'String',
        Description: issuerText,
        MaxLength: 247,
        // CloudFormation's patterns are Java's.
        AllowedPattern: `^(?!(?:${sharedIssuerPattern})(?:/|$))[a-z0-9-]+(?:[.][a-z0-9-]+)+(?:/[\\w./~-]*)?$`,
        ConstraintDescription:
          'An issuer of one organisation, without https:// and port. Others: "driftless admin template".',
      },
      ClientId: {
        Type: 'String',
        Description: 'Client id of the native app at the provider',
        AllowedPattern: '^[\\w.@:/-]+$',
      },
      EveryoneAtIssuer: { Type: 'String', Description: everyone, AllowedValues: ['yes'] },
      BucketName: {
        Type: 'String',
        Description: 'Name of the new bucket',
        AllowedPattern: bucketPattern,
      },
      RoleName: {
        Type: 'String',
        Default: 'driftless',
        AllowedPattern: `^[\\w+=,.@-]{1,${String(longestRoleName)}}$`,
      },
      SessionSeconds: {
        Type: 'Number',
        Description: 'Longest session of the role, in seconds: a removed user keeps access no longer',
        Default: 3600,
        MinValue: 3600,
        MaxValue: 43200,
      },
      NoncurrentDays: {
        Type: 'Number',
        Description: 'Days that old versions are kept',
        Default: 30,
        MinValue: 1,
      },
      ...teamFolderParameters(),
      ExistingGrantsInstance: {
        Type: 'String',
        Default: 'no',
        AllowedValues: ['no', 'yes'],
        Description: 'Whether this account has its one S3 Access Grants instance of this region already',
      },
    },
    Conditions: teamFolderConditions(),
    Rules: {
      Everyone: {
        Assertions: [
          { Assert: { 'Fn::Equals': [{ Ref: 'EveryoneAtIssuer' }, 'yes'] }, AssertDescription: everyone },
        ],
      },
      TeamPrefixes: { Assertions: teamPrefixAssertions() },
    },
    Resources: resourcesWithConditions(),
    Outputs,
  };
}

const grantsInstanceText =
  'arn:${data.aws_partition.current.partition}:s3:${aws_s3_bucket.driftless.region}:${data.aws_caller_identity.current.account_id}:access-grants/default';

const terraformNames: readonly (readonly [string, string])[] = [
  [instanceArn, grantsInstanceText],
  [providerText, '${var.issuer}'],
  [placeholders.clientId, '${var.client_id}'],
  [placeholders.bucket, '${var.bucket}'],
  [placeholders.roleName, '${var.role_name}'],
  ['arn:aws:', 'arn:${data.aws_partition.current.partition}:'],
  [placeholders.accountId ?? '', '${data.aws_caller_identity.current.account_id}'],
  [
    `"max_session_duration":${String(sessionHours * 3600)}`,
    '"max_session_duration":"${var.session_hours * 3600}"',
  ],
  [`"noncurrent_days":${String(noncurrentDays)}`, '"noncurrent_days":"${var.noncurrent_days}"'],
];

/** A policy's text with a list, and a statement, that follow the variable. */
function withTeamFolders(policy: string): string {
  return policy
    .replaceAll(
      /\["([^"\]]*placeholder-team[^"\]]*)"\]/gu,
      (_all, item: string) =>
        `\${jsonencode([for folder in var.team_folders : "${item.replace(teamFolder, '${folder}')}"])}`,
    )
    .replace(
      /,\{"Sid":"AskForTeamFolders"[^}]*\}/u,
      (statement) => `%{ if length(var.team_folders) > 0 }${statement}%{ endif }`,
    );
}

type Blocks = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** What only team folders need, made as often as the variable says. */
function resourcesWithCounts(): Blocks {
  const always = terraform(placeholders)['resource'] as Blocks;
  const all = terraform({ ...placeholders, teamFolders: [teamFolder] })['resource'] as Blocks;
  const counted = Object.entries(all).map(([type, blocks]) => [
    type,
    Object.fromEntries(
      Object.entries(blocks).map(([name, block]) =>
        always[type]?.[name] === undefined ? countedBlock(type, name, block) : [name, block],
      ),
    ),
  ]);
  return deepText(Object.fromEntries(counted), (text) =>
    withTeamFolders(text).replaceAll(
      /(?<=\$\{)(aws_iam_role[.]grants|aws_s3control_access_grants_location[.]driftless)[.]/gu,
      '$1[0].',
    ),
  ) as Blocks;
}

function countedBlock(type: string, name: string, block: object): readonly [string, object] {
  if (type === 'aws_s3control_access_grant')
    return [
      'team',
      {
        for_each: '${toset(var.team_folders)}',
        ...(deepText(block, (text) => text.replace(teamFolder, '${each.value}')) as object),
      },
    ];
  const isInstance = type === 'aws_s3control_access_grants_instance';
  const also = isInstance ? ' && !var.existing_grants_instance' : '';
  return [name, { count: `\${length(var.team_folders) > 0${also} ? 1 : 0}`, ...block }];
}

function deepText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => deepText(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deepText(item, change)]));
}

/** The caller's provider decides region and account, so the module names neither. */
export function terraformModule(): {
  readonly variable: Readonly<Record<string, object>>;
  readonly [block: string]: object;
} {
  const { provider: _provider, ...rest } = terraform(placeholders);
  const named = withNames(JSON.stringify({ ...rest, resource: resourcesWithCounts() }), terraformNames);
  const body = JSON.parse(named) as object;
  const isShared = `can(regex("^(?:${sharedIssuerPattern.replaceAll('\\', '\\\\')})(?:/|$)", var.issuer))`;
  return {
    variable: {
      issuer: {
        type: 'string',
        description: issuerText,
        validation: {
          condition: `\${!${isShared} && can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+(/[0-9A-Za-z_./~-]*)?$", var.issuer))}`,
          error_message:
            'An issuer of one organisation, without https:// and port. Others: "driftless admin template".',
        },
      },
      client_id: {
        type: 'string',
        description: 'Client id of the native app at the provider',
        // It is put into the text of a policy.
        validation: {
          condition: '${can(regex("^[0-9A-Za-z_.@:/-]+$", var.client_id))}',
          error_message: 'Letters, digits and _ . @ : / - only. Others: "driftless admin template".',
        },
      },
      everyone_at_issuer: {
        type: 'bool',
        description: everyone,
        validation: { condition: '${var.everyone_at_issuer}', error_message: everyone },
      },
      bucket: { type: 'string', description: 'Name of the new bucket', validation: bucketRule },
      role_name: {
        type: 'string',
        default: 'driftless',
        validation: {
          condition: `\${can(regex("^[0-9A-Za-z_+=,.@-]{1,${String(longestRoleName)}}$", var.role_name))}`,
          error_message: `1 to ${String(longestRoleName)} letters, digits and _ + = , . @ -.`,
        },
      },
      session_hours: {
        type: 'number',
        default: 1,
        description: 'Longest session of the role: a removed user keeps access no longer',
        validation: {
          condition: '${var.session_hours >= 1 && var.session_hours <= 12}',
          error_message: '1 to 12.',
        },
      },
      noncurrent_days: { type: 'number', default: 30, description: 'Days that old versions are kept' },
      team_folders: {
        type: 'list(string)',
        default: [],
        description: 'Folders that all users share, by S3 Access Grants, such as teams/blue/',
        validation: [
          {
            condition: `\${alltrue([for folder in var.team_folders : can(regex("^(?:[0-9A-Za-z_(+=@][0-9A-Za-z_ .()+=@,-]*/)+$", folder)) && !startswith(folder, "users/")])}`,
            error_message: teamFolderRule,
          },
          {
            condition:
              '${alltrue([for folder in var.team_folders : length([for other in var.team_folders : other if startswith(folder, other)]) == 1])}',
            error_message: 'No team folder is or lies in another one.',
          },
        ],
      },
      existing_grants_instance: {
        type: 'bool',
        default: false,
        description: 'Whether this account has its one S3 Access Grants instance of this region already',
      },
    },
    data: { aws_partition: { current: {} }, aws_caller_identity: { current: {} } },
    ...body,
  };
}

/** Returns the paths of both files. */
export async function writeAdminTemplates(out: string): Promise<readonly string[]> {
  await mkdir(out, { recursive: true });
  const files = [
    [join(out, 'driftless.template.json'), cloudFormationWithParameters()],
    [join(out, 'terraform-aws-driftless.tf.json'), terraformModule()],
  ] as const;
  for (const [file, document] of files) await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  return files.map(([file]) => file);
}
