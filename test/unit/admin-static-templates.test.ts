// Static CloudFormation template and Terraform module: the generator's own output once parameters are filled in.
import { expect, test } from 'vitest';
import { cloudFormationWithParameters, terraformModule } from '../../build/admin-templates.ts';
import { defaultPrefix } from '../../main/core/access/principal.ts';
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { cloudFormation } from '../../main/core/admin/cloudformation.ts';
import { terraform } from '../../main/core/admin/terraform.ts';

const answers = (region: string): TemplateAnswers => ({
  exchange: 'web-identity',
  issuer: 'https://login.acme.example/realms/staff',
  clientId: 'abc-$&-1',
  accountId: '123456789012',
  ...{ region, bucket: 'acme-files', prefix: defaultPrefix, roleName: 'acme-sync' },
  ...{ subjects: [], tenant: [], isEveryoneAtIssuer: true },
  ...{ principalArn: null, identityPoolId: null, isProviderThere: false },
  ...{ kmsKeyArn: null, objectLockDays: null, auditBucket: null },
  ...{
    noncurrentDays: 90,
    sessionHours: 4,
    teamFolders: [],
    isGrantsInstanceThere: false,
    isLoopbackAllowed: false,
  },
});

const values = {
  Issuer: 'login.acme.example/realms/staff',
  ClientId: 'abc-$&-1',
  BucketName: 'acme-files',
  RoleName: 'acme-sync',
  SessionSeconds: 14_400,
  NoncurrentDays: 90,
  'AWS::AccountId': '123456789012',
};

/** CloudFormation's Ref and Fn::Sub, for the parameters; references to resources stay. */
function resolve(value: unknown, known: Readonly<Record<string, unknown>>, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, known));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::Sub': sub } = value as { readonly Ref?: string; readonly 'Fn::Sub'?: unknown };
  if (ref !== undefined) return ref in known ? known[ref] : value;
  if (sub !== undefined) {
    const [text, more] = (typeof sub === 'string' ? [sub, {}] : sub) as [string, Record<string, string>];
    const all: Readonly<Record<string, unknown>> = { ...known, ...more };
    const filled = text.replaceAll(/\$\{([\w:]+)\}/gu, (_all, name: string) => {
      if (!(name in all)) throw new Error(`no parameter ${name}`);
      return String(all[name]);
    });
    return key === 'AssumeRolePolicyDocument' ? JSON.parse(filled) : filled;
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, known, name)]));
}

test.each([
  ['eu-central-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
])('filled in for %s, the CloudFormation template is what the generator makes', (region, partition) => {
  const {
    Parameters: _parameters,
    Rules: _rules,
    ...template
  } = cloudFormationWithParameters() as Record<string, unknown>;
  expect(resolve(template, { ...values, 'AWS::Partition': partition })).toEqual(
    JSON.parse(JSON.stringify(cloudFormation(answers(region)))),
  );
});

test.each([
  ['eu-central-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
])('filled in for %s, the Terraform module is what the generator makes', (region, partition) => {
  const { variable: _variable, data: _data, ...module } = terraformModule() as Record<string, unknown>;
  const known: Readonly<Record<string, string>> = {
    'var.issuer': values.Issuer,
    'var.client_id': values.ClientId,
    'var.bucket': values.BucketName,
    'var.role_name': values.RoleName,
    'data.aws_partition.current.partition': partition,
    'data.aws_caller_identity.current.account_id': values['AWS::AccountId'],
  };
  const numbers = JSON.stringify(module)
    .replace('"${var.session_hours * 3600}"', '14400')
    .replace('"${var.noncurrent_days}"', '90');
  const filled = numbers.replaceAll(/(?<!\$)\$\{((?:var|data)[.][\w.]+)\}/gu, (_all, name: string) => {
    if (!(name in known)) throw new Error(`no variable ${name}`);
    return known[name] ?? '';
  });
  const { provider: _provider, ...expected } = terraform(answers(region));
  expect(JSON.parse(filled)).toEqual(JSON.parse(JSON.stringify(expected)));
});

type Parameters = Readonly<
  Record<string, { readonly AllowedPattern?: string; readonly AllowedValues?: unknown }>
>;

test('no placeholder is left, every parameter is used, and issuers of many organisations are refused', () => {
  const { Parameters: parameters, ...template } = cloudFormationWithParameters() as {
    Parameters: Parameters;
  };
  expect(JSON.stringify([template, terraformModule()])).not.toMatch(/placeholder|111122223333|25200|3571/u);
  const text = JSON.stringify(template);
  for (const name of Object.keys(parameters))
    expect(text).toMatch(new RegExp(`\\$\\{${name}\\}|"Ref":"${name}"`, 'u'));
  expect(parameters['EveryoneAtIssuer']).toMatchObject({ AllowedValues: ['yes'] });
  const allowed = new RegExp(parameters['Issuer']?.AllowedPattern ?? '', 'u');
  for (const issuer of [
    'login.acme.example',
    'login.acme.example/',
    'acme.eu.auth0.com/',
    'id.acme.example/a/b',
  ])
    expect(issuer).toMatch(allowed);
  const shared = ['accounts.google.com', 'gitlab.com/', 'oidc.eks.eu-central-1.amazonaws.com/id/A1'];
  const entra = ['login.microsoftonline.com/common/v2.0', 'sts.windows.net/x/'];
  for (const issuer of [
    ...shared,
    ...entra,
    'https://login.acme.example',
    'login.acme.example:8443',
    'localhost',
  ])
    expect(issuer).not.toMatch(allowed);
  expect(JSON.stringify(terraformModule())).toContain('accounts\\\\\\\\.google');
});

test('a client id that would change the text of a policy is refused by both', () => {
  const { Parameters: parameters } = cloudFormationWithParameters() as { Parameters: Parameters };
  const variable = JSON.stringify(terraformModule().variable['client_id']);
  for (const pattern of [parameters['ClientId']?.AllowedPattern, /regex\(\\"(.+?)\\"/u.exec(variable)?.[1]]) {
    const allowed = new RegExp(pattern ?? '^$', 'u');
    for (const id of ['abc-1', '0oa:x/y@z.example']) expect(id).toMatch(allowed);
    for (const id of ['a","b', '${x}', '{{x}}', 'a b', '']) expect(id).not.toMatch(allowed);
  }
});
