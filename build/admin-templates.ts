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
import { terraform } from '../main/core/admin/terraform.ts';

const sessionHours = 7;
const noncurrentDays = 3571;

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

const everyone =
  'All accounts at this provider are yours. Where they are not, use "driftless admin template".';
const issuerText =
  'Issuer without https://, exactly as the provider states it, such as login.example.com/tenant';

const cloudFormationNames: readonly (readonly [string, string])[] = [
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
  if (whole !== undefined) return { Ref: whole };
  return { 'Fn::Sub': named.includes('${Dollar}') ? [named, { Dollar: '$' }] : named };
}

function parameterised(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return substitute(value);
  if (value === sessionHours * 3600) return { Ref: 'SessionSeconds' };
  if (value === noncurrentDays) return { Ref: 'NoncurrentDays' };
  if (Array.isArray(value)) return value.map((item) => parameterised(item));
  if (typeof value !== 'object' || value === null) return value;
  // Its condition keys hold the issuer, and a function cannot stand in a key: the whole policy is one text.
  if (key === 'AssumeRolePolicyDocument') return substitute(JSON.stringify(value));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, parameterised(item, name)]));
}

export function cloudFormationWithParameters(): object {
  const { AWSTemplateFormatVersion, Description, Resources, Outputs } = cloudFormation(placeholders);
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
        AllowedPattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
      },
      RoleName: { Type: 'String', Default: 'driftless', AllowedPattern: '^[\\w+=,.@-]{1,64}$' },
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
    },
    Rules: {
      Everyone: {
        Assertions: [
          { Assert: { 'Fn::Equals': [{ Ref: 'EveryoneAtIssuer' }, 'yes'] }, AssertDescription: everyone },
        ],
      },
    },
    Resources: parameterised(Resources),
    Outputs,
  };
}

const terraformNames: readonly (readonly [string, string])[] = [
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

/** The caller's provider decides region and account, so the module names neither. */
export function terraformModule(): {
  readonly variable: Readonly<Record<string, object>>;
  readonly [block: string]: object;
} {
  const { provider: _provider, ...rest } = terraform(placeholders);
  const body = JSON.parse(withNames(JSON.stringify(rest), terraformNames)) as object;
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
      bucket: { type: 'string', description: 'Name of the new bucket' },
      role_name: { type: 'string', default: 'driftless' },
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
