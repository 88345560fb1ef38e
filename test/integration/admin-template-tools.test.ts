// Administrator templates judged by external tools: cfn-lint, Terraform and the AWS CLI. Each run includes
// planted mistakes, so that a tool that checks nothing cannot pass for one that finds nothing.
import { expect, test } from 'vitest';
import { cloudFormationWithParameters, terraformModule } from '../../build/admin-templates.ts';
import { jsonTemplate, makeTemplate } from '../../main/core/admin/template.ts';
import type { TemplateAnswers, TemplateFormat } from '../../main/core/admin/answers.ts';
import type { BucketSettings } from '../../main/core/admin/bucket-settings.ts';
import { run } from '../support/programs.ts';
import { awsCliIsMissing } from '../support/independent-clients.ts';
import { skipUnless, skipUnlessChecker } from '../support/skip.ts';
import {
  cfnLint,
  cfnLintIsMissing,
  terraformProvider,
  terraformValidate,
} from '../support/template-checkers.ts';
import { perUserVariants, poolVariants, templateVariants } from '../support/template-variants.ts';
import { tempFolder } from '../support/temp.ts';

type Variants = Readonly<Record<string, TemplateAnswers>>;

/** Output of `driftless admin template`, by variant. */
function documentsOf(variants: Variants, format: TemplateFormat): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(variants).map(([name, answers]) => {
      const made = makeTemplate({ ...answers, isLoopbackAllowed: true }, format);
      if (made.kind === 'refused') throw new Error(`${name}: ${made.problems.join('; ')}`);
      return [name, made.document];
    }),
  );
}

/** The policies of the plain JSON in the one form that cfn-lint reads: it knows IAM's grammar, its actions and its condition operators. */
function wrappedPolicies(variants: Variants): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(variants).map(([name, answers]) => {
      const { roles, bucketPolicy } = jsonTemplate(answers);
      const made = roles.map(({ roleName, trustPolicy, permissionPolicy }, index): [string, unknown] => [
        `Role${String(index)}`,
        {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: roleName,
            AssumeRolePolicyDocument: trustPolicy,
            Policies: [{ PolicyName: 'own-prefix', PolicyDocument: permissionPolicy }],
          },
        },
      ]);
      const policy = {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: answers.bucket, PolicyDocument: bucketPolicy },
      };
      const Resources = Object.fromEntries<unknown>([...made, ['Policy', policy]]);
      return [`json-${name}`, { AWSTemplateFormatVersion: '2010-09-09', Resources }];
    }),
  );
}

const noCfnLint = cfnLintIsMissing();

test(
  'cfn-lint accepts every CloudFormation template and the policies of every plain JSON',
  skipUnlessChecker(noCfnLint === null, noCfnLint ?? ''),
  async () => {
    const mistaken = {
      AWSTemplateFormatVersion: '2010-09-09',
      Resources: {
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { Lifecycle: {} } },
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Permit', Principal: '*', Action: 'sts:AssumeRole' }],
            },
          },
        },
      },
    };
    const findings = await cfnLint(await tempFolder('cfn-lint'), {
      ...documentsOf({ ...templateVariants, ...poolVariants }, 'cloudformation'),
      ...wrappedPolicies({ ...templateVariants, ...perUserVariants }),
      static: cloudFormationWithParameters(),
      mistaken,
    });
    expect(findings.filter(({ file }) => file !== 'mistaken.json')).toEqual([]);
    expect(findings.map(({ message }) => message).join('\n')).toMatch(/Lifecycle[^]*Permit/);
  },
);

/** The module with a value for each variable that a caller must give. */
function filledModule(): object {
  const given = {
    ...{ issuer: 'login.acme.example', client_id: 'abc' },
    ...{ bucket: 'acme-files', everyone_at_issuer: true },
    team_folders: ['teams/blue/', 'shared (all)/'],
  };
  const { variable, ...rest } = terraformModule();
  const filled: Record<string, object> = { ...variable };
  for (const [name, value] of Object.entries(given)) filled[name] = { ...variable[name], default: value };
  return { ...rest, variable: filled };
}

const provider = terraformProvider();

test(
  'terraform validate accepts every Terraform template',
  skipUnlessChecker('folder' in provider, 'missing' in provider ? provider.missing : ''),
  async () => {
    const mistaken = (resource: object): object => ({ resource });
    const findings = await terraformValidate(
      await tempFolder('terraform'),
      'folder' in provider ? provider.folder : '',
      {
        ...documentsOf({ ...templateVariants, ...poolVariants }, 'terraform'),
        static: filledModule(),
        // One that sorts before all templates and one that sorts after: neither stops Terraform from checking
        // the rest.
        'a-mistake': mistaken({ aws_s3_bucket: { one: { bukket: 'name' } } }),
        'z-mistake': mistaken({ aws_iam_role: { one: { assume_role_policy: 'no policy' } } }),
      },
    );
    expect(findings.filter(({ file }) => !file.includes('-mistake'))).toEqual([]);
    expect(new Set(findings.map(({ file }) => file))).toEqual(
      new Set(['a-mistake/main.tf.json', 'z-mistake/main.tf.json']),
    );
  },
);

const noAwsCli = awsCliIsMissing();

test(
  'the AWS CLI accepts every bucket setting of the plain JSON as request input',
  skipUnless(noAwsCli === null, noAwsCli ?? ''),
  async () => {
    const { bucket } = jsonTemplate(templateVariants['everything-offered'] ?? expect.fail('no such variant'));
    const unlike: string[] = [];
    for (const [request, value] of Object.entries(bucket)) {
      const { code, stderr } = await inputCheck(request, value);
      if (code !== 0) unlike.push(`${request}: ${stderr}`);
    }
    expect(unlike).toEqual([]);
    const mistaken = await inputCheck('PutBucketVersioning', { Status: 'Enabled', Mode: 'on' });
    expect(mistaken.stderr).toMatch(/Unknown parameter.*Mode/s);
  },
);

const documentParameter: Readonly<Record<keyof BucketSettings, string>> = {
  PutBucketVersioning: 'VersioningConfiguration',
  PutBucketLifecycleConfiguration: 'LifecycleConfiguration',
  PutPublicAccessBlock: 'PublicAccessBlockConfiguration',
  PutBucketOwnershipControls: 'OwnershipControls',
  PutBucketEncryption: 'ServerSideEncryptionConfiguration',
  PutObjectLockConfiguration: 'ObjectLockConfiguration',
};

/** With this option the CLI holds the input against the service's model and sends nothing. */
function inputCheck(request: string, value: unknown) {
  const parameter = Object.entries(documentParameter).find(([name]) => name === request)?.[1] ?? request;
  const verb = request.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  const input = JSON.stringify({ Bucket: 'company-files', [parameter]: value });
  const args = ['--cli-input-json', input, '--generate-cli-skeleton', 'output'];
  return run('aws', ['s3api', verb, '--region=eu-central-1', '--no-sign-request', ...args], {
    // Set but empty, as the tests have it, it would name a profile that is not there.
    env: { AWS_PROFILE: undefined },
  });
}
