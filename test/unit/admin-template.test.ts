// Administrator templates as data: shape, refused inputs, and permissions no wider than needed.
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { TemplateAnswers, TemplateFormat } from '../../main/core/admin/answers.ts';
import { cloudFormation } from '../../main/core/admin/cloudformation.ts';
import { awsAlgorithmProblem, awsIssuerProblem, sharedIssuer } from '../../main/core/access/issuer-rules.ts';
import { permissionPolicy, trustPolicy } from '../../main/core/admin/policies.ts';
import { jsonTemplate, makeTemplate, perUserRoleName } from '../../main/core/admin/template.ts';
import { escapeTerraform, terraform } from '../../main/core/admin/terraform.ts';
import { trailNameOf } from '../../main/core/admin/trail-name.ts';
import { plainAnswers } from '../support/template-answers.ts';
import { perUserVariants, poolVariants, templateVariants } from '../support/template-variants.ts';

const saml = 'arn:aws:iam::123456789012:saml-provider/idp';
const formats: readonly TemplateFormat[] = ['cloudformation', 'terraform', 'json'];

/** IAM's policy grammar as far as templates use it: no other keys, and the 2012 language. */
const oneOrMany = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
  ],
};
const policySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['Version', 'Statement'],
  properties: {
    Version: { const: '2012-10-17' },
    Statement: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['Sid', 'Effect', 'Action'],
        properties: {
          Sid: { type: 'string', pattern: '^[A-Za-z0-9]+$' },
          Effect: { enum: ['Allow', 'Deny'] },
          Principal: {
            anyOf: [
              { const: '*' },
              {
                type: 'object',
                additionalProperties: false,
                minProperties: 1,
                maxProperties: 1,
                properties: {
                  Federated: { type: 'string', minLength: 1 },
                  Service: { type: 'string', minLength: 1 },
                },
              },
            ],
          },
          Action: oneOrMany,
          Resource: oneOrMany,
          Condition: {
            type: 'object',
            additionalProperties: { type: 'object', additionalProperties: oneOrMany },
          },
        },
      },
    },
  },
};
const isPolicy = new Ajv().compile(policySchema);

/** All policy documents of a template, at any depth and in any notation. */
function policiesIn(value: unknown): readonly unknown[] {
  if (typeof value === 'string' && value.startsWith('{"Version"'))
    return [JSON.parse(value.replaceAll(/([$%])\1\{/g, '$1{'))];
  if (typeof value !== 'object' || value === null) return [];
  if ('Version' in value && 'Statement' in value) return [value];
  return Object.values(value).flatMap(policiesIn);
}

describe.each(Object.entries(templateVariants))('the template %s', (_name, answers) => {
  test.each(formats)('the template in %s holds valid policies', (format) => {
    const made = makeTemplate(answers, format);
    expect(made).toMatchObject({ kind: 'template' });
    const policies = made.kind === 'template' ? policiesIn(JSON.parse(JSON.stringify(made.document))) : [];
    // Team folders add the role of their location, which has two.
    expect(policies).toHaveLength(answers.teamFolders.length === 0 ? 3 : 5);
    expect(policies.filter((policy) => !isPolicy(policy))).toEqual([]);
  });

  test('a template grants the same in every format', () => {
    const plain = jsonTemplate(answers);
    const [role] = plain.roles;
    const sorted = (value: unknown): readonly string[] =>
      policiesIn(value)
        .map((one) => JSON.stringify(one))
        .sort();
    const location = plain.accessGrants?.locationRole;
    const expected = sorted([
      ...[role?.trustPolicy, role?.permissionPolicy, plain.bucketPolicy],
      ...[location?.trustPolicy, location?.permissionPolicy],
    ]);
    expect(sorted(cloudFormation(answers))).toEqual(expected);
    expect(sorted(terraform(answers))).toEqual(expected);
  });

  test('a template states the longest session in every format', () => {
    const long = { ...answers, sessionHours: 8 };
    expect(cloudFormation(long).Resources['Role']?.Properties).toMatchObject({ MaxSessionDuration: 28_800 });
    expect(terraform(long)).toMatchObject({
      resource: { aws_iam_role: { driftless: { max_session_duration: 28_800 } } },
    });
    expect(jsonTemplate(long).maxSessionDuration).toBe(28_800);
    expect(makeTemplate({ ...answers, sessionHours: 13 }, 'json')).toMatchObject({ kind: 'refused' });
  });

  test('a template expires unfinished uploads and old versions in every format', () => {
    const days = answers.noncurrentDays;
    expect(cloudFormation(answers).Resources['Bucket']?.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
          { Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: days } },
        ],
      },
    });
    expect(terraform(answers)).toMatchObject({
      resource: {
        aws_s3_bucket_versioning: { driftless: { versioning_configuration: { status: 'Enabled' } } },
        aws_s3_bucket_lifecycle_configuration: {
          driftless: {
            rule: [
              { status: 'Enabled', abort_incomplete_multipart_upload: { days_after_initiation: 7 } },
              { status: 'Enabled', noncurrent_version_expiration: { noncurrent_days: days } },
            ],
          },
        },
      },
    });
    expect(jsonTemplate(answers).bucket).toMatchObject({
      PutBucketVersioning: { Status: 'Enabled' },
      PutBucketLifecycleConfiguration: {
        Rules: [
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
          { Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: days } },
        ],
      },
    });
  });

  test('a template pins the audience and never allows what rule 9 forbids', () => {
    const trust = JSON.stringify(trustPolicy(answers));
    expect(trust).toMatch(/:aud":"[^"*]+"/);
    // AWS refuses a token that carries one until the administrator allows it.
    expect(trust).not.toContain('SourceIdentity');
    const allowed = permissionPolicy(answers).Statement.flatMap(({ Action }) => Action);
    expect(
      allowed.filter((action) =>
        /\*|ListBucketMultipartUploads|DeleteObjectVersion|PutBucket|ObjectAcl|Retention|LegalHold|Lifecycle|Policy|iam:/.test(
          action,
        ),
      ),
    ).toEqual([]);
    for (const { Action, Condition } of permissionPolicy(answers).Statement) {
      if ([Action].flat().some((action) => action.startsWith('s3:ListBucket')))
        expect(Condition?.['StringLike']?.['s3:prefix']).toMatch(/\/\*$/);
    }
  });
});

describe('team folders', () => {
  const team = (teamFolders: readonly string[], changes: Partial<TemplateAnswers> = {}): TemplateAnswers => ({
    ...plainAnswers,
    ...changes,
    teamFolders,
  });

  test('each team folder is one grant for exactly its prefix, to the role of the users, in every format', () => {
    const given = team(['teams/blue/', 'shared/']);
    const scopes = ['teams/blue/*', 'shared/*'];
    expect(jsonTemplate(given).accessGrants).toMatchObject({
      locationScope: 's3://company-files/',
      grants: scopes.map((subPrefix) => ({
        ...{ subPrefix, granteeType: 'IAM', permission: 'READWRITE' },
        grantee: 'arn:aws:iam::123456789012:role/driftless',
      })),
    });
    const { Resources } = cloudFormation(given);
    const location = { 'Fn::GetAtt': ['GrantsLocation', 'AccessGrantsLocationId'] };
    for (const [index, S3SubPrefix] of scopes.entries())
      expect(Resources[`TeamFolder${String(index + 1)}`]).toMatchObject({
        Type: 'AWS::S3::AccessGrant',
        Properties: { AccessGrantsLocationId: location, AccessGrantsLocationConfiguration: { S3SubPrefix } },
      });
    expect(terraform(given)).toMatchObject({
      resource: {
        aws_s3control_access_grant: {
          team_1: { access_grants_location_configuration: { s3_sub_prefix: 'teams/blue/*' } },
          team_2: { access_grants_location_configuration: { s3_sub_prefix: 'shared/*' } },
        },
      },
    });
  });

  test('the role of the location reaches the team folders only, and only by a grant of this instance', () => {
    const role = jsonTemplate(team(['teams/blue/'])).accessGrants?.locationRole;
    const instance = 'arn:aws:s3:eu-central-1:123456789012:access-grants/default';
    expect(role?.trustPolicy.Statement).toMatchObject([
      {
        Principal: { Service: 'access-grants.s3.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': instance } },
      },
    ]);
    const statements = role?.permissionPolicy.Statement ?? [];
    expect(statements.length).toBeGreaterThan(2);
    for (const { Resource, Condition, Action } of statements) {
      expect(Condition?.['ArnEquals']).toEqual({ 's3:AccessGrantsInstanceArn': instance });
      const isList = Action === 's3:ListBucket';
      expect([Resource].flat()).toEqual([`arn:aws:s3:::company-files${isList ? '' : '/teams/blue/*'}`]);
      if (isList) expect(Condition?.['StringLike']).toEqual({ 's3:prefix': ['teams/blue/*'] });
    }
  });

  test('an instance that is there already is not made a second time', () => {
    const given = team(['teams/blue/'], { isGrantsInstanceThere: true });
    expect(cloudFormation(given).Resources).not.toHaveProperty('GrantsInstance');
    expect(cloudFormation(given).Resources).toHaveProperty('GrantsLocation');
    expect(terraform(given)['resource']).not.toHaveProperty('aws_s3control_access_grants_instance');
  });

  test.each<[string, TemplateAnswers, RegExp]>([
    ['the whole bucket', team(['']), /must not be empty/],
    ['a user’s folder', team(['teams/{sub}/']), /a grant knows no user/],
    ['a folder above all users', team(['users/']), /overlaps "users\/"/],
    ['a folder where a user’s could be', team(['users/shared/']), /overlaps "users\/"/],
    ['one inside the other', team(['teams/', 'teams/blue/']), /overlaps "teams\/"/],
    ['no slash at the end', team(['teams/blue']), /must end with/],
    ['a wildcard', team(['teams/*/']), /must not contain/],
    ['another exchange', team(['teams/blue/'], { exchange: 'cognito' }), /--exchange web-identity/],
    ['a name that leaves no room', team(['teams/blue/'], { roleName: 'x'.repeat(58) }), /--role-name/],
    ['an instance without folders', team([], { isGrantsInstanceThere: true }), /needs --team-folder/],
  ])('a template with a team folder like this is refused: %s', (_name, given, reason) => {
    const made = makeTemplate(given, 'cloudformation');
    expect(made).toMatchObject({ kind: 'refused' });
    expect(made.kind === 'refused' ? made.problems.join('; ') : '').toMatch(reason);
  });
});

test('a template for a server in between says that it can speak for every user', () => {
  const behindServer = Object.values(templateVariants).filter(
    ({ exchange }) => exchange === 'delegation' || exchange === 'saml',
  );
  expect(behindServer.length).toBeGreaterThan(1);
  for (const given of behindServer) {
    const made = makeTemplate({ ...given, isLoopbackAllowed: true }, 'json');
    expect(JSON.stringify(made)).toContain('needs a server that you run');
  }
});

// Driftless sends requests from a process, never from a web page, so a CORS rule would only open the bucket
// to pages.
test.each(formats)('no template in %s has a CORS rule', (format) => {
  const variants = format === 'json' ? perUserVariants : poolVariants;
  const documents = Object.values({ ...templateVariants, ...variants }).map((answers) =>
    makeTemplate({ ...answers, isLoopbackAllowed: true }, format),
  );
  expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(['template']));
  expect(JSON.stringify(documents)).not.toMatch(/cors/i);
});

test('the CloudFormation template equals the reviewed one', async () => {
  const { Resources } = cloudFormation(
    templateVariants['everything-offered'] ?? expect.fail('no such variant'),
  );
  await expect(`${JSON.stringify(Resources, null, 2)}\n`).toMatchFileSnapshot(
    'golden/template.cloudformation.json',
  );
});

test('the Terraform template with its own pool equals the reviewed one', async () => {
  const document = terraform({ ...plainAnswers, exchange: 'cognito' });
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('golden/template.tf.json');
});

test('a pool made by the template is the audience and has neither guests nor the classic flow', () => {
  const { Resources } = cloudFormation({ ...plainAnswers, exchange: 'cognito' });
  expect(Resources).toMatchObject({
    IdentityPool: { Properties: { AllowUnauthenticatedIdentities: false, AllowClassicFlow: false } },
    Role: {
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Condition: {
                StringEquals: { 'cognito-identity.amazonaws.com:aud': { Ref: 'IdentityPool' } },
                'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
              },
            },
          ],
        },
      },
    },
  });
});

test('Terraform never evaluates a policy variable', () => {
  expect(escapeTerraform('${a:sub} %{if}')).toBe('$${a:sub} %%{if}');
  const text = JSON.stringify(terraform(plainAnswers));
  expect(text).toContain('users/$${login.example.com/:sub}/*');
  const loose = [...text.matchAll(/(?<!\$)\$\{([^}]*)\}/g)].map(([, inner = '']) => inner);
  expect(loose.filter((inner) => !inner.startsWith('aws_'))).toEqual([]);
});

test.each([
  ['an unpinned Google', { issuer: 'https://accounts.google.com' }, /serves everybody/],
  ['an unpinned GitHub', { issuer: 'https://token.actions.githubusercontent.com' }, /serves everybody/],
  ['Entra common', { issuer: 'https://login.microsoftonline.com/common/v2.0', subjects: ['x'] }, /no tenant/],
  [
    'personal Microsoft accounts',
    { issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0' },
    /serves everybody/,
  ],
  ['http', { issuer: 'http://login.example.com' }, /https/],
  ['a port', { issuer: 'https://login.example.com:8443' }, /port/],
  ['the default port', { issuer: 'https://login.example.com:443' }, /port/],
  ['an address', { issuer: 'https://10.0.0.1' }, /public name/],
  ['an internal name', { issuer: 'https://idp.internal' }, /public name/],
  ['loopback unless allowed', { issuer: 'http://127.0.0.1:3000' }, /https/],
  ['a query', { issuer: 'https://login.example.com/?x=1' }, /query/],
  ['a wildcard audience', { clientId: '*' }, /--client-id/],
  ['an audience that CloudFormation would look up', { clientId: '{{resolve:ssm:a}}' }, /--client-id/],
  [
    'a subject that CloudFormation would look up',
    { prefix: 'ci/', subjects: ['{{resolve:ssm:a}}'] },
    /exact/,
  ],
  ['an audit bucket that Terraform would evaluate', { auditBucket: '${file("a")}' }, /--audit-bucket/],
  ['a prefix without a user', { prefix: 'shared/' }, /--prefix/],
  ['an empty prefix', { prefix: '', subjects: ['a'] }, /--prefix/],
  ['a prefix that escapes', { prefix: '../{sub}/' }, /escapes/],
  ['half a segment', { prefix: 'u-{sub}/' }, /whole segment/],
  ['a wildcard in the prefix', { prefix: 'users/*/{sub}/' }, /must not contain/],
  ['a wildcard subject', { prefix: 'ci/', subjects: ['repo:org/*'] }, /exact/],
  ['a subject that is a path', { subjects: ['../bob'] }, /folder name/],
  ['the European sovereign cloud', { region: 'eusc-de-east-1' }, /templates are not made for/],
  ['an isolated cloud', { region: 'us-isob-east-1' }, /templates are not made for/],
  ['a bad account', { accountId: '12' }, /12 digits/],
  ['no account', { accountId: null }, /--account-id/],
  ['SAML without its provider', { exchange: 'saml' as const }, /--principal-arn/],
  [
    'a SAML provider elsewhere',
    { exchange: 'saml' as const, principalArn: saml.replace('123456789012', '210987654321') },
    /another account/,
  ],
  [
    'a tenant with a wildcard',
    { issuer: 'https://accounts.google.com', tenant: [{ claim: 'hd', value: '*' }] },
    /--tenant/,
  ],
] satisfies readonly (readonly [string, Partial<TemplateAnswers>, RegExp])[])(
  'a template for %s is refused',
  (_name, changes, words) => {
    const made = makeTemplate({ ...plainAnswers, ...changes }, 'cloudformation');
    expect(made.kind === 'refused' ? made.problems.join('; ') : made.kind).toMatch(words);
  },
);

test('issuers are accepted exactly where AWS accepts them', () => {
  expect([
    awsIssuerProblem('https://login.example.com'),
    awsIssuerProblem('https://login.example.com/realms/main/'),
    awsAlgorithmProblem(['PS256', 'ES384']),
    sharedIssuer('https://login.microsoftonline.com/8b87af7d-8647-4dc7-8df4-5f69a2011bb5/v2.0'),
    sharedIssuer('https://company.okta.com'),
  ]).toEqual([null, null, null, null, null]);
  expect(awsAlgorithmProblem(['PS256', 'EdDSA', 'HS256'])).toMatch(/none of/);
});

test.each([
  ['driftless', 'driftless'],
  ['Sync_role.v-2', 'Sync_role.v-2'],
  ['=a+b=c,d.e@f--x', 'a-b-c-d.e-f-x'],
  ['-_.', 'driftless'],
  ['a', 'driftless-a'],
  ['10.0.0.1', 'driftless-10.0.0.1'],
])('the trail of the role %s has a name that CloudTrail accepts', (roleName, name) => {
  expect(trailNameOf(roleName)).toBe(name);
});

test('roles of different users never share a name', () => {
  const names = ['a|b', 'a-b', 'a:b', `${'x'.repeat(200)}1`, `${'x'.repeat(200)}2`].map((subject) =>
    perUserRoleName('driftless', subject),
  );
  expect(new Set(names).size).toBe(5);
  for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
});

describe('a trust policy that pins nothing but the client id', () => {
  const unpinned = { ...plainAnswers, isEveryoneAtIssuer: false };

  test.each([
    'https://company.okta.com',
    'https://company.eu.auth0.com/',
    'https://sso.example.org/realms/all',
    'https://login.example.com/',
  ])(
    'a trust policy that pins only the client id is refused for %s until the administrator confirms that everyone there is meant',
    (issuer) => {
      const refused = makeTemplate({ ...unpinned, issuer }, 'cloudformation');
      expect(refused).toMatchObject({
        kind: 'refused',
        problems: [expect.stringContaining('--everyone-at-issuer')],
      });
      expect(makeTemplate({ ...plainAnswers, issuer }, 'cloudformation').kind).toBe('template');
      expect(makeTemplate({ ...unpinned, issuer, subjects: ['alice'] }, 'cloudformation').kind).toBe(
        'template',
      );
    },
  );

  test('a trust policy that pins only the client id is refused for a Cognito pool but not for a SAML provider, which belongs to one organisation', () => {
    expect(makeTemplate({ ...unpinned, exchange: 'cognito' }, 'cloudformation').kind).toBe('refused');
    const byIdp = { ...unpinned, exchange: 'saml', principalArn: saml } as const;
    expect(makeTemplate(byIdp, 'cloudformation').kind).toBe('template');
  });

  test.each([
    'https://accounts.google.com',
    'https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF',
  ])('a trust policy that pins only the client id is refused for %s even with confirmation', (issuer) => {
    const made = makeTemplate({ ...plainAnswers, issuer }, 'cloudformation');
    expect(made).toMatchObject({ kind: 'refused', problems: [expect.stringContaining('--subject')] });
  });
});

test("a subject that reaches into another user's folder is refused the role with every client id", () => {
  const excluded = { StringNotLike: { 'login.example.com/:sub': ['*/*', '*${*}*', '*${?}*'] } };
  expect(trustPolicy(plainAnswers).Statement[0]?.Condition).toMatchObject(excluded);
  const byTag = trustPolicy({ ...plainAnswers, prefix: 'teams/{tag:team}/' });
  expect(byTag.Statement[0]?.Condition).not.toHaveProperty('StringNotLike');
  const pinned = trustPolicy({ ...plainAnswers, subjects: ['alice'] });
  expect(pinned.Statement[0]?.Condition).not.toHaveProperty('StringNotLike');
});

test('a trust policy longer than the IAM limit is refused before deployment', () => {
  const google = { ...plainAnswers, issuer: 'https://accounts.google.com' };
  const people = (count: number) => Array.from({ length: count }, (_, at) => String(10 ** 20 + at));
  expect(makeTemplate({ ...google, subjects: people(60) }, 'cloudformation').kind).toBe('template');
  expect(makeTemplate({ ...google, subjects: people(100) }, 'cloudformation')).toMatchObject({
    kind: 'refused',
    problems: [expect.stringMatching(/\d{4} characters.*2048.*--tenant/)],
  });
});

test('a prefix with characters that a policy cannot hold is refused', () => {
  expect(makeTemplate({ ...plainAnswers, prefix: 'Büro/{sub}/' }, 'json').kind).toBe('template');
  expect(makeTemplate({ ...plainAnswers, prefix: 'Файлы/{sub}/' }, 'json')).toMatchObject({
    kind: 'refused',
    problems: [expect.stringContaining('U+00FF')],
  });
});

describe('other partitions', () => {
  const arnIn = (partition: string) => `arn:${partition}:iam::123456789012:saml-provider/idp`;

  test.each([
    ['cn-north-1', 'aws-cn', 'https://signin.amazonaws.cn/saml'],
    ['us-gov-west-1', 'aws-us-gov', 'https://signin.amazonaws-us-gov.com/saml'],
  ])('SAML in %s names the audience of %s', (region, partition, audience) => {
    const answers = { ...plainAnswers, exchange: 'saml', region, principalArn: arnIn(partition) } as const;
    expect(makeTemplate(answers, 'cloudformation').kind).toBe('template');
    expect(trustPolicy(answers).Statement[0]?.Condition).toMatchObject({
      StringEquals: { 'SAML:aud': audience },
    });
  });

  test('features that differ or are missing in another partition are refused', () => {
    const kms = 'arn:aws-cn:kms:cn-north-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    const problemsOf = (change: Partial<TemplateAnswers>): unknown =>
      makeTemplate({ ...plainAnswers, ...change }, 'cloudformation');
    const refused = (words: string) => ({ kind: 'refused', problems: [expect.stringContaining(words)] });
    expect(
      problemsOf({ exchange: 'saml', region: 'us-gov-west-1', principalArn: arnIn('aws-cn') }),
    ).toMatchObject(refused('partition'));
    expect(problemsOf({ exchange: 'cognito', region: 'us-gov-west-1' })).toMatchObject(refused('cognito'));
    expect(problemsOf({ region: 'cn-north-1', kmsKeyArn: kms })).toMatchObject(refused('--kms-key'));
  });
});
