// Static CloudFormation template and Terraform module: the generator's own output once parameters are filled in.
import { expect, test } from 'vitest';
import { cloudFormationWithParameters, terraformModule } from '../../build/admin-templates.ts';
import { defaultPrefix } from '../../main/core/access/principal.ts';
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { cloudFormation } from '../../main/core/admin/cloudformation.ts';
import { makeTemplate } from '../../main/core/admin/template.ts';
import { terraform } from '../../main/core/admin/terraform.ts';

type Teams = Pick<TemplateAnswers, 'teamFolders' | 'isGrantsInstanceThere'>;

const answers = (region: string, teams: Teams): TemplateAnswers => ({
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
    isLoopbackAllowed: false,
  },
  ...teams,
});

const noTeams: Teams = { teamFolders: [], isGrantsInstanceThere: false };
const someTeams: Teams = { teamFolders: ['teams/blue/', 'shared (all)/'], isGrantsInstanceThere: false };
const fiveTeams: Teams = {
  teamFolders: ['a/', 'b/', 'c/', 'd/', 'teams/one two/'],
  isGrantsInstanceThere: true,
};

const values = {
  Issuer: 'login.acme.example/realms/staff',
  ClientId: 'abc-$&-1',
  BucketName: 'acme-files',
  RoleName: 'acme-sync',
  SessionSeconds: 14_400,
  NoncurrentDays: 90,
  'AWS::AccountId': '123456789012',
};

type Known = Readonly<Record<string, unknown>>;
type Functions = {
  readonly Ref?: string;
  readonly 'Fn::Sub'?: unknown;
  readonly 'Fn::If'?: readonly [string, unknown, unknown];
};
const left = Symbol('AWS::NoValue');

/** CloudFormation's Ref, Fn::Sub and Fn::If, for parameters and conditions; references to resources stay. */
function resolve(value: unknown, known: Known, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, known)).filter((item) => item !== left);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::Sub': sub, 'Fn::If': choice } = value as Functions;
  if (ref === 'AWS::NoValue') return left;
  if (ref !== undefined) return ref in known ? known[ref] : value;
  if (choice !== undefined)
    return resolve(known[`condition ${choice[0]}`] === true ? choice[1] : choice[2], known);
  if (JSON.stringify(value) === instanceReference) return known['instance'];
  if (sub === undefined)
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, resolve(item, known, name)]),
    );
  const [text, more] = (typeof sub === 'string' ? [sub, {}] : sub) as [string, Record<string, unknown>];
  const all: Known = { ...known, ...(resolve(more, known) as object) };
  const filled = text.replaceAll(/\$\{([\w:]+)\}/gu, (_all, name: string) => {
    if (!(name in all)) throw new Error(`no parameter ${name}`);
    return String(all[name]);
  });
  return key === 'AssumeRolePolicyDocument' ? JSON.parse(filled) : filled;
}

const instanceReference = JSON.stringify({ 'Fn::GetAtt': ['GrantsInstance', 'AccessGrantsInstanceArn'] });

/** One condition of the template, by name or written out. */
function holds(condition: unknown, conditions: Known, known: Known): boolean {
  const [[name, value] = ['', null]] = Object.entries(condition as object) as [string, unknown][];
  if (name === 'Condition') return holds(conditions[String(value)], conditions, known);
  const parts = value as readonly unknown[];
  if (name === 'Fn::Equals') return resolve(parts[0], known) === resolve(parts[1], known);
  const results = parts.map((part) => holds(part, conditions, known));
  if (name === 'Fn::Not') return results[0] === false;
  if (name === 'Fn::Or') return results.includes(true);
  if (name === 'Fn::And') return !results.includes(false);
  throw new Error(`no function ${name}`);
}

type Made = Readonly<Record<string, { readonly Condition?: string; readonly DependsOn?: readonly string[] }>>;

/** What CloudFormation makes of the template: `slots` says which of the five parameters have the team folders. */
function filledIn(region: string, partition: string, teams: Teams, slots: readonly number[]): object {
  const {
    Parameters: _parameters,
    Rules: _rules,
    Conditions,
    ...template
  } = cloudFormationWithParameters() as {
    Parameters: object;
    Rules: object;
    Conditions: Known;
    Resources: Made;
  };
  const folders = [1, 2, 3, 4, 5].map((slot): [string, string] => [
    `TeamPrefix${String(slot)}`,
    teams.teamFolders[slots.indexOf(slot)] ?? '',
  ]);
  const known: Known = {
    ...values,
    ...Object.fromEntries(folders),
    ExistingGrantsInstance: teams.isGrantsInstanceThere ? 'yes' : 'no',
    'AWS::Partition': partition,
    'AWS::Region': region,
    instance: `arn:${partition}:s3:${region}:${values['AWS::AccountId']}:access-grants/default`,
  };
  const judged = Object.fromEntries(
    Object.entries(Conditions).map(([name, condition]) => [
      `condition ${name}`,
      holds(condition, Conditions, known),
    ]),
  );
  const made = Object.entries(template.Resources)
    .filter(([, { Condition }]) => Condition === undefined || judged[`condition ${Condition}`] === true)
    .map(([name, { Condition: _condition, ...resource }]): [string, object] => {
      const slot = slots.indexOf(Number(/^TeamFolder(\d)$/u.exec(name)?.[1] ?? 0));
      return [slot < 0 ? name : `TeamFolder${String(slot + 1)}`, resource];
    });
  return resolve({ ...template, Resources: Object.fromEntries(made) }, { ...known, ...judged }) as object;
}

/** In the static template the location waits for the instance through its role, which names it. */
function generated(region: string, teams: Teams): unknown {
  const made = JSON.parse(JSON.stringify(cloudFormation(answers(region, teams)))) as { Resources: Made };
  const { GrantsLocation: location } = made.Resources;
  if (location === undefined) return made;
  return {
    ...made,
    Resources: { ...made.Resources, GrantsLocation: { ...location, DependsOn: ['Bucket'] } },
  };
}

test.each([
  ['eu-central-1', 'aws', noTeams, []],
  ['cn-north-1', 'aws-cn', noTeams, []],
  ['us-gov-west-1', 'aws-us-gov', noTeams, []],
  ['eu-central-1', 'aws', someTeams, [1, 2]],
  ['eu-central-1', 'aws', someTeams, [2, 5]],
  ['cn-north-1', 'aws-cn', { ...someTeams, isGrantsInstanceThere: true }, [3, 4]],
  ['us-gov-west-1', 'aws-us-gov', fiveTeams, [1, 2, 3, 4, 5]],
])(
  'filled in for %s (%s) with %j at %j, the CloudFormation template is what the generator makes',
  (region, partition, teams, slots) => {
    expect(filledIn(region, partition, teams, slots)).toEqual(generated(region, teams));
  },
);

test('the CloudFormation template makes the location after the instance, and names no resource that may be missing', () => {
  const { Resources: resources } = cloudFormationWithParameters() as { Resources: Made };
  expect(JSON.stringify(resources['GrantsRole'])).toContain(instanceReference);
  expect(JSON.stringify(resources['GrantsLocation'])).toContain('"Fn::GetAtt":["GrantsRole","Arn"]');
  for (const { Condition: _condition, DependsOn: waits = [] } of Object.values(resources))
    expect(waits.filter((name) => resources[name]?.Condition !== undefined)).toEqual([]);
});

type Block = Readonly<Record<string, unknown>>;

/** Terraform's count, for_each, jsonencode and if, as far as the module has them. */
function expanded(block: Block, teams: Teams): readonly Block[] {
  const { count, for_each: each, ...rest } = block;
  const { teamFolders, isGrantsInstanceThere } = teams;
  if (each === '${toset(var.team_folders)}')
    return teamFolders.map(
      (folder) => JSON.parse(JSON.stringify(rest).replaceAll('${each.value}', folder)) as Block,
    );
  if (count === undefined) return [rest];
  if (typeof count !== 'string') throw new Error('a count that is no text');
  const isMade: Readonly<Record<string, boolean>> = {
    '${length(var.team_folders) > 0 ? 1 : 0}': teamFolders.length > 0,
    '${length(var.team_folders) > 0 && !var.existing_grants_instance ? 1 : 0}':
      teamFolders.length > 0 && !isGrantsInstanceThere,
  };
  const made = isMade[count];
  if (made === undefined) throw new Error(`no count ${count}`);
  return made ? [rest] : [];
}

function withoutLoops(text: string, { teamFolders }: Teams): string {
  return text
    .replaceAll(
      /\$\{jsonencode\(\[for folder in var[.]team_folders : "([^"]*)"\]\)\}/gu,
      (_all, item: string) =>
        JSON.stringify(teamFolders.map((folder) => item.replaceAll('${folder}', () => folder))),
    )
    .replaceAll(/%\{ if length\(var[.]team_folders\) > 0 \}(.*?)%\{ endif \}/gu, (_all, inner: string) =>
      teamFolders.length > 0 ? inner : '',
    )
    .replaceAll('[0].', '.');
}

/** Names and order of generated blocks: one for each team folder, and no list of resources that is not made. */
function expandedResources(
  resource: Readonly<Record<string, Readonly<Record<string, Block>>>>,
  teams: Teams,
): object {
  const isInstanceMade = teams.teamFolders.length > 0 && !teams.isGrantsInstanceThere;
  return Object.fromEntries(
    Object.entries(resource).flatMap(([type, blocks]) => {
      const made = Object.entries(blocks).flatMap(([name, block]) =>
        expanded(block, teams).map((one, index): [string, unknown] => [
          name === 'team' ? `team_${String(index + 1)}` : name,
          mapText(one, (text) => withoutLoops(text, teams)),
        ]),
      );
      const waiting = made.map(([name, one]): [string, unknown] => {
        const { depends_on: waits, ...rest } = one as Block;
        const left = (waits as readonly string[] | undefined)?.filter(
          (other) => isInstanceMade || !other.startsWith('aws_s3control_access_grants_instance'),
        );
        return [name, left === undefined ? rest : { ...rest, depends_on: left }];
      });
      return made.length === 0 ? [] : [[type, Object.fromEntries(waiting)]];
    }),
  );
}

function mapText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapText(item, change)]));
}

test.each([
  ['eu-central-1', 'aws', noTeams],
  ['cn-north-1', 'aws-cn', noTeams],
  ['eu-central-1', 'aws', someTeams],
  ['cn-north-1', 'aws-cn', { ...someTeams, isGrantsInstanceThere: true }],
])(
  'filled in for %s (%s) with %j, the Terraform module is what the generator makes',
  (region, partition, teams) => {
    const {
      variable: _variable,
      data: _data,
      resource,
      ...rest
    } = terraformModule() as unknown as {
      variable: object;
      data: object;
      resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
    };
    const known: Readonly<Record<string, string>> = {
      'var.issuer': values.Issuer,
      'var.client_id': values.ClientId,
      'var.bucket': values.BucketName,
      'var.role_name': values.RoleName,
      'data.aws_partition.current.partition': partition,
      'data.aws_caller_identity.current.account_id': values['AWS::AccountId'],
    };
    const numbers = JSON.stringify({ ...rest, resource: expandedResources(resource, teams) })
      .replaceAll('"${var.session_hours * 3600}"', '14400')
      .replace('"${var.noncurrent_days}"', '90')
      .replaceAll('${aws_s3_bucket.driftless.region}', region);
    const filled = numbers.replaceAll(/(?<!\$)\$\{((?:var|data)[.][\w.]+)\}/gu, (_all, name: string) => {
      if (!(name in known)) throw new Error(`no variable ${name}`);
      return known[name] ?? '';
    });
    const { provider: _provider, ...expected } = terraform(answers(region, teams));
    expect(JSON.parse(filled)).toEqual(JSON.parse(JSON.stringify(expected)));
  },
);

type Parameters = Readonly<
  Record<string, { readonly AllowedPattern?: string; readonly AllowedValues?: unknown }>
>;

test('no placeholder is left, every parameter is used, and issuers of many organisations are refused', () => {
  const { Parameters: parameters, ...template } = cloudFormationWithParameters() as {
    Parameters: Parameters;
  };
  expect(JSON.stringify([template, terraformModule()])).not.toMatch(
    /placeholder|111122223333|us-east-1|25200|3571/u,
  );
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

test('a team folder that could be a user folder, or that a policy would read differently, is refused by both', () => {
  const { Parameters: parameters } = cloudFormationWithParameters() as { Parameters: Parameters };
  const variable = terraformModule().variable['team_folders'] as {
    readonly validation: readonly { readonly condition: string }[];
  };
  const pattern = /regex\("(.+?)", folder\)\) && !startswith\(folder, "(.+?)"\)/u.exec(
    variable.validation[0]?.condition ?? '',
  );
  const isTaken = [
    (folder: string) => new RegExp(parameters['TeamPrefix3']?.AllowedPattern ?? '', 'u').test(folder),
    (folder: string) =>
      new RegExp(pattern?.[1] ?? '', 'u').test(folder) && !folder.startsWith(pattern?.[2] ?? ''),
  ];
  for (const takes of isTaken) {
    for (const folder of ['teams/blue/', 'shared (all), new/', 'a/b/c/']) {
      expect(takes(folder)).toBe(true);
      expect(
        makeTemplate(answers('eu-central-1', { ...someTeams, teamFolders: [folder] }), 'json').kind,
      ).toBe('template');
    }
    const refused = [
      'users/',
      'users/alice/',
      '/',
      'teams',
      '/teams/',
      'a//b/',
      './',
      'a/../b/',
      '.driftless/',
    ];
    for (const folder of [...refused, '*/', 'a?/', '${x}/', '{sub}/', 'a"/', '{{x}}/'])
      expect(takes(folder)).toBe(false);
  }
  expect(parameters['TeamPrefix3']?.AllowedPattern).toMatch(/\)\?\$$/u);
  const longest = 'r'.repeat(57);
  const roleName = new RegExp(parameters['RoleName']?.AllowedPattern ?? '', 'u');
  expect([longest, `${longest}r`].map((name) => roleName.test(name))).toEqual([true, false]);
  expect(JSON.stringify(terraformModule().variable['role_name'])).toContain('{1,57}$');
});

test('a bucket name that the generator refuses is refused by both', () => {
  const { Parameters: parameters } = cloudFormationWithParameters() as { Parameters: Parameters };
  const variable = terraformModule().variable['bucket'] as { validation?: { condition: string } };
  const inModule = /regex\("(.+?)", var[.]bucket\)/u.exec(variable.validation?.condition ?? '')?.[1];
  for (const pattern of [parameters['BucketName']?.AllowedPattern, inModule]) {
    const allowed = new RegExp(pattern ?? '^$', 'u');
    for (const name of ['acme-files', 'a.b', '0'.repeat(63)]) expect(name).toMatch(allowed);
    for (const name of ['ab', 'a/*', '*', 'a","b', '${x}', 'Acme', '-a-', 'a'.repeat(64)]) {
      expect(name).not.toMatch(allowed);
      expect(makeTemplate({ ...answers('eu-central-1', noTeams), bucket: name }, 'json').kind).not.toBe(
        'template',
      );
    }
  }
});

test('the CloudFormation template refuses one team folder under two parameters', () => {
  const { Rules: rules } = cloudFormationWithParameters() as {
    Rules: Readonly<Record<string, { readonly Assertions: readonly { readonly Assert: unknown }[] }>>;
  };
  const isTaken = (...folders: readonly string[]): boolean => {
    const prefixes = [0, 1, 2, 3, 4].map((at): [string, string] => [
      `TeamPrefix${String(at + 1)}`,
      folders[at] ?? '',
    ]);
    const known: Known = { EveryoneAtIssuer: 'yes', ...Object.fromEntries(prefixes) };
    return Object.values(rules).every(({ Assertions: all }) =>
      all.every(({ Assert: one }) => holds(one, {}, known)),
    );
  };
  expect(isTaken()).toBe(true);
  expect(isTaken('a/', 'b/', 'c/', 'd/', 'e/')).toBe(true);
  expect(isTaken('a/', '', 'b/')).toBe(true);
  for (let first = 0; first < 5; first += 1)
    for (let second = first + 1; second < 5; second += 1) {
      const folders = ['', '', '', '', ''];
      folders[first] = 'teams/blue/';
      folders[second] = 'teams/blue/';
      expect(isTaken(...folders)).toBe(false);
    }
});
