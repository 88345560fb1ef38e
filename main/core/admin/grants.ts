// S3 Access Grants of a template: instance, location with its role, and one grant for each team folder.
//
// Source: "Register a location" (docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html).
import type { TemplateAnswers } from './answers.ts';
import { grantsRoleSuffix } from './team-folders.ts';
import { partitionOf } from './partitions.ts';
import type { Policy } from './policies.ts';
import { bucketArnOf, permissionPolicy, policyOf, roleArnOf, throughKey } from './policies.ts';

/** The service takes the location's role for each holder of a grant. */
const grantsService = 'access-grants.s3.amazonaws.com';

export type GrantsSetup = {
  readonly isInstanceThere: boolean;
  readonly locationScope: string;
  readonly locationRole: {
    readonly roleName: string;
    readonly maxSessionDuration: number;
    readonly trustPolicy: Policy;
    readonly permissionPolicy: Policy;
  };
  readonly grants: readonly {
    readonly subPrefix: string;
    readonly granteeType: 'IAM';
    readonly grantee: string;
    readonly permission: 'READWRITE';
  }[];
};

/** `null` without team folders. */
export function grantsSetup(answers: TemplateAnswers): GrantsSetup | null {
  const { teamFolders, roleName, bucket } = answers;
  if (teamFolders.length === 0) return null;
  return {
    isInstanceThere: answers.isGrantsInstanceThere,
    locationScope: `s3://${bucket}/`,
    locationRole: {
      roleName: `${roleName}${grantsRoleSuffix}`,
      maxSessionDuration: answers.sessionHours * 3600,
      trustPolicy: locationTrust(answers),
      permissionPolicy: locationPolicy(answers),
    },
    grants: teamFolders.map((prefix) => ({
      subPrefix: `${prefix}*`,
      granteeType: 'IAM',
      grantee: roleArnOf(answers, roleName),
      permission: 'READWRITE',
    })),
  };
}

export function instanceArnOf({ region, accountId }: TemplateAnswers): string {
  return `arn:${partitionOf(region)}:s3:${region}:${accountId ?? ''}:access-grants/default`;
}

/** What the role of the users may do: their own prefix, and ask for the grants that were given to it. */
export function usersPolicy(answers: TemplateAnswers): Policy {
  const own = permissionPolicy(answers);
  if (answers.teamFolders.length === 0) return own;
  return policyOf([
    ...own.Statement,
    {
      Sid: 'AskForTeamFolders',
      Effect: 'Allow',
      Action: 's3:GetDataAccess',
      Resource: instanceArnOf(answers),
    },
  ]);
}

function locationTrust(answers: TemplateAnswers): Policy {
  return policyOf([
    {
      Sid: 'OnlyThisInstance',
      Effect: 'Allow',
      Principal: { Service: grantsService },
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      Condition: {
        StringEquals: { 'aws:SourceAccount': answers.accountId ?? '' },
        ArnEquals: { 'aws:SourceArn': instanceArnOf(answers) },
      },
    },
  ]);
}

/** The bounds of every grant: the team folders and nothing else of the bucket. */
function locationPolicy(answers: TemplateAnswers): Policy {
  const bucketArn = bucketArnOf(answers);
  const objects = answers.teamFolders.map((prefix) => `${bucketArn}/${prefix}*`);
  const byGrant = { 's3:AccessGrantsInstanceArn': instanceArnOf(answers) };
  const owner = { 'aws:ResourceAccount': answers.accountId ?? '' };
  const condition = { StringEquals: owner, ArnEquals: byGrant };
  return policyOf([
    {
      Sid: 'ReadTeamFolders',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectVersion', 's3:ListMultipartUploadParts'],
      Resource: objects,
      Condition: condition,
    },
    {
      Sid: 'WriteTeamFolders',
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Resource: objects,
      Condition: condition,
    },
    {
      Sid: 'ListTeamFolders',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: {
        ...condition,
        StringLike: { 's3:prefix': answers.teamFolders.map((prefix) => `${prefix}*`) },
      },
    },
    ...throughKey(answers.kmsKeyArn, answers.region),
  ]);
}
