// AWS CloudFormation form of the template, in JSON. Every property is explicit, because defaults may change.
import type { TemplateAnswers } from './answers.ts';
import { uploadDays } from './bucket-settings.ts';
import {
  bucketArnOf,
  bucketPolicy,
  isBuiltInProvider,
  poolPlaceholder,
  providerArnOf,
  trustPolicy,
} from './policies.ts';
import { grantsSetup, usersPolicy } from './grants.ts';
import { replaceDeep } from './replace-deep.ts';
import { trailNameOf } from './trail-name.ts';

type Resource = {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: 'Retain';
  readonly UpdateReplacePolicy?: 'Retain';
  readonly Properties: Readonly<Record<string, unknown>>;
};

export type CloudFormationTemplate = {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Description: string; readonly Value: unknown }>>;
};

export function cloudFormation(answers: TemplateAnswers): CloudFormationTemplate {
  const makesProvider =
    answers.exchange !== 'saml' &&
    answers.exchange !== 'delegation' &&
    !isBuiltInProvider(answers) &&
    !answers.isProviderThere;
  const makesPool = answers.exchange === 'cognito' && answers.identityPoolId === null;
  const template: CloudFormationTemplate = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Driftless: a private bucket, and a role that reaches only the own prefix of each user.',
    Resources: {
      Bucket: bucket(answers),
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: bucketPolicy(answers) },
      },
      ...(makesProvider ? { Provider: provider(answers) } : {}),
      Role: role(answers, makesProvider),
      ...(makesPool ? pool(answers, makesProvider) : {}),
      ...grants(answers),
      ...(answers.auditBucket === null ? {} : { Trail: trail(answers, answers.auditBucket) }),
    },
    Outputs: {
      RoleArn: { Description: 'exchange.roleArn in Driftless', Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
      BucketName: { Description: 'bucket of the pairs', Value: { Ref: 'Bucket' } },
      ...(makesPool
        ? {
            IdentityPoolId: {
              Description: 'exchange.identityPoolId in Driftless',
              Value: { Ref: 'IdentityPool' },
            },
          }
        : {}),
    },
  };
  return replaceDeep(template, poolPlaceholder, { Ref: 'IdentityPool' });
}

function bucket(answers: TemplateAnswers): Resource {
  const { objectLockDays, kmsKeyArn } = answers;
  return {
    Type: 'AWS::S3::Bucket',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BucketName: answers.bucket,
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          kmsKeyArn === null
            ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
            : {
                BucketKeyEnabled: true,
                ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn },
              },
        ],
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Id: 'abort-unfinished-uploads',
            Status: 'Enabled',
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploadDays },
          },
          {
            Id: 'forget-old-versions',
            Status: 'Enabled',
            NoncurrentVersionExpiration: { NoncurrentDays: answers.noncurrentDays },
            ExpiredObjectDeleteMarker: true,
          },
        ],
      },
      ...(objectLockDays === null
        ? {}
        : {
            ObjectLockEnabled: true,
            ObjectLockConfiguration: {
              ObjectLockEnabled: 'Enabled',
              Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: objectLockDays } },
            },
          }),
    },
  };
}

function provider(answers: TemplateAnswers): Resource {
  return {
    Type: 'AWS::IAM::OIDCProvider',
    Properties: { Url: answers.issuer, ClientIdList: [answers.clientId] },
  };
}

function role(answers: TemplateAnswers, makesProvider: boolean): Resource {
  return {
    Type: 'AWS::IAM::Role',
    // IAM checks that a federated principal exists when the role is created.
    ...(makesProvider && answers.exchange === 'web-identity' ? { DependsOn: ['Provider'] } : {}),
    Properties: {
      RoleName: answers.roleName,
      Description: 'Taken by people who sign in to Driftless; reaches their own prefix only.',
      MaxSessionDuration: answers.sessionHours * 3600,
      AssumeRolePolicyDocument: trustPolicy(answers),
      Policies: [{ PolicyName: 'own-prefix', PolicyDocument: usersPolicy(answers) }],
    },
  };
}

function pool(answers: TemplateAnswers, makesProvider: boolean): Readonly<Record<string, Resource>> {
  return {
    IdentityPool: {
      Type: 'AWS::Cognito::IdentityPool',
      ...(makesProvider ? { DependsOn: ['Provider'] } : {}),
      Properties: {
        IdentityPoolName: answers.roleName,
        AllowUnauthenticatedIdentities: false,
        AllowClassicFlow: false,
        OpenIdConnectProviderARNs: [providerArnOf(answers)],
      },
    },
    IdentityPoolRole: {
      Type: 'AWS::Cognito::IdentityPoolRoleAttachment',
      Properties: {
        IdentityPoolId: { Ref: 'IdentityPool' },
        Roles: { authenticated: { 'Fn::GetAtt': ['Role', 'Arn'] } },
      },
    },
  };
}

function grants(answers: TemplateAnswers): Readonly<Record<string, Resource>> {
  const setup = grantsSetup(answers);
  if (setup === null) return {};
  const { locationRole } = setup;
  const each = setup.grants.map(({ subPrefix, granteeType, permission }, index): [string, Resource] => [
    `TeamFolder${String(index + 1)}`,
    {
      Type: 'AWS::S3::AccessGrant',
      Properties: {
        AccessGrantsLocationId: { 'Fn::GetAtt': ['GrantsLocation', 'AccessGrantsLocationId'] },
        AccessGrantsLocationConfiguration: { S3SubPrefix: subPrefix },
        Grantee: { GranteeType: granteeType, GranteeIdentifier: { 'Fn::GetAtt': ['Role', 'Arn'] } },
        Permission: permission,
      },
    },
  ]);
  return {
    // One per account and region, and its grants may be more than these.
    ...(setup.isInstanceThere
      ? {}
      : {
          GrantsInstance: {
            Type: 'AWS::S3::AccessGrantsInstance',
            DeletionPolicy: 'Retain' as const,
            UpdateReplacePolicy: 'Retain' as const,
            Properties: {},
          },
        }),
    GrantsRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: locationRole.roleName,
        Description: 'Taken by S3 Access Grants; reaches the team folders of Driftless only.',
        MaxSessionDuration: locationRole.maxSessionDuration,
        AssumeRolePolicyDocument: locationRole.trustPolicy,
        Policies: [{ PolicyName: 'team-folders', PolicyDocument: locationRole.permissionPolicy }],
      },
    },
    GrantsLocation: {
      Type: 'AWS::S3::AccessGrantsLocation',
      DependsOn: ['Bucket', ...(setup.isInstanceThere ? [] : ['GrantsInstance'])],
      Properties: {
        LocationScope: setup.locationScope,
        IamRoleArn: { 'Fn::GetAtt': ['GrantsRole', 'Arn'] },
      },
    },
    ...Object.fromEntries(each),
  };
}

function trail(answers: TemplateAnswers, auditBucket: string): Resource {
  return {
    Type: 'AWS::CloudTrail::Trail',
    Properties: {
      TrailName: trailNameOf(answers.roleName),
      S3BucketName: auditBucket,
      IsLogging: true,
      IsMultiRegionTrail: false,
      EnableLogFileValidation: true,
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: false,
          DataResources: [{ Type: 'AWS::S3::Object', Values: [`${bucketArnOf(answers)}/`] }],
        },
      ],
    },
  };
}
