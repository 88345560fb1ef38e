// S3 Access Grants of the local account: instance, locations, grants, and the sessions that they give.
//
// Source: "GetDataAccess" (docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetDataAccess.html), "Register a location"
// (userguide/access-grants-location-register.html) and "List of S3 Access Grants error codes" (API/ErrorResponses.html).
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import { trustsService } from './assume-role.ts';
import type { CloudParts } from './cloud-parts.ts';
import { roleArn } from './iam.ts';
import type { Grant, GrantPermission, GrantsInstance } from './grant-types.ts';
import { evaluatePolicies } from './policy.ts';
import type { PolicyDocument } from './policy.ts';
import type { Credentials, Principal } from './sessions.ts';

export type DataAccessRequest = {
  readonly caller: Principal;
  readonly accountId: string;
  readonly target: string;
  readonly permission: GrantPermission;
  readonly privilege: 'Minimal' | 'Default';
  readonly durationSeconds: number;
};

export type DataAccess = {
  readonly credentials: Credentials;
  readonly matchedGrantTarget: string;
  readonly grantee: string;
};

const servicePrincipal = 'access-grants.s3.amazonaws.com';

export function instanceArn(parts: CloudParts): string {
  return `arn:aws:s3:${parts.region}:${parts.iam.accountId}:access-grants/default`;
}

export function addGrant(
  instance: GrantsInstance,
  grant: Omit<Grant, 'id' | 'scope'> & { readonly subPrefix: string },
): Grant {
  const { subPrefix, ...rest } = grant;
  const location = instance.locations.find(({ id }) => id === grant.locationId);
  if (location === undefined)
    throw new AwsError(
      'NoSuchAccessGrantsLocationError',
      404,
      'The specified access grants location does not exist',
    );
  const added = { ...rest, id: randomUUID(), scope: joined(location.scope, subPrefix) };
  instance.grants.push(added);
  return added;
}

function joined(scope: string, subPrefix: string): string {
  return scope.endsWith('/') || subPrefix === '' ? `${scope}${subPrefix}` : `${scope}/${subPrefix}`;
}

export function getDataAccess(parts: CloudParts, request: DataAccessRequest): DataAccess {
  const { caller, accountId, target, permission } = request;
  const { grants } = parts;
  if (accountId !== parts.iam.accountId) throw noPermission(permission, target);
  if (grants.instance === null)
    throw new AwsError('AccessGrantsInstanceNotExistsError', 404, 'Access Grants Instance does not exist');
  if (caller.kind !== 'session' || !mayAsk(parts, caller)) {
    throw new AwsError(
      'AccessDenied',
      403,
      `User: ${caller.arn} is not authorized to perform: s3:GetDataAccess on resource: ${instanceArn(parts)}`,
    );
  }
  const grantee = roleArn(parts.iam, caller.session.roleName);
  // The one that says most about the target.
  const grant = grants.instance.grants
    .filter((one) => one.grantee === grantee && covers(one, request))
    .sort((a, b) => b.scope.length - a.scope.length)[0];
  if (grant === undefined) throw noPermission(permission, target);
  const location = grants.instance.locations.find(({ id }) => id === grant.locationId);
  const role = [...parts.iam.roles.values()].find(
    ({ name }) => roleArn(parts.iam, name) === location?.iamRoleArn,
  );
  const context = new Map([
    ['aws:sourceaccount', parts.iam.accountId],
    ['aws:sourcearn', instanceArn(parts)],
  ]);
  const actions = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
  if (
    role === undefined ||
    !trustsService(parts.iam, role, { service: servicePrincipal, actions, context })
  ) {
    throw new AwsError(
      'StsNotAuthorizedError',
      403,
      `User: ${servicePrincipal} is not authorized to perform: sts:AssumeRole on resource: ${location?.iamRoleArn ?? ''}`,
    );
  }
  if (request.durationSeconds > role.maxSessionSeconds) {
    throw new AwsError(
      'StsValidationError',
      400,
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const isMinimal = request.privilege === 'Minimal';
  const scope = isMinimal ? target : grant.scope;
  const issuedAtMs = parts.now();
  const lifeSeconds = parts.settings.forceSessionSeconds ?? request.durationSeconds;
  const credentials = parts.sessions.mint({
    roleName: role.name,
    sessionName: `access-grants-${randomUUID()}`,
    context: { 's3:accessgrantsinstancearn': instanceArn(parts) },
    sessionPolicy: JSON.stringify(scopedPolicy(scope, isMinimal ? permission : grant.permission)),
    issuedAtMs,
    expiresAtMs: Math.floor(issuedAtMs / 1000) * 1000 + lifeSeconds * 1000,
  });
  return { credentials, matchedGrantTarget: scope, grantee };
}

function mayAsk(parts: CloudParts, caller: Principal & { kind: 'session' }): boolean {
  const role = parts.iam.roles.get(caller.session.roleName);
  const request = {
    action: 's3:GetDataAccess',
    resource: instanceArn(parts),
    context: new Map(Object.entries(caller.session.context)),
  };
  const own = role === undefined ? 'no-match' : evaluatePolicies(role.policies, request);
  const { sessionPolicy } = caller.session;
  if (sessionPolicy === null) return own === 'allow';
  return (
    own === 'allow' && evaluatePolicies([JSON.parse(sessionPolicy) as PolicyDocument], request) === 'allow'
  );
}

function covers(grant: Grant, { target, permission }: DataAccessRequest): boolean {
  if (grant.permission !== 'READWRITE' && grant.permission !== permission) return false;
  // The scope `s3://bucket/teams/blue/*` holds a target below it, with or without a star of its own.
  return grant.scope.endsWith('*') ? target.startsWith(grant.scope.slice(0, -1)) : target === grant.scope;
}

function noPermission(permission: string, target: string): AwsError {
  return new AwsError(
    'AccessDenied',
    403,
    `You do not have ${permission} permissions to the requested S3 Prefix: ${target}`,
  );
}

const readActions = [
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetObjectAcl',
  's3:GetObjectVersionAcl',
  's3:ListMultipartUploadParts',
];
const writeActions = [
  's3:PutObject',
  's3:PutObjectAcl',
  's3:PutObjectVersionAcl',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:AbortMultipartUpload',
];

/** What AWS documents that a grant of this permission allows; listings only of what begins like the scope. */
export function scopedPolicy(scope: string, permission: GrantPermission): PolicyDocument {
  const [bucket = '', ...rest] = scope.slice('s3://'.length).split('/');
  const keys = rest.join('/');
  const reads = permission !== 'WRITE';
  const writes = permission !== 'READ';
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: [...(reads ? readActions : []), ...(writes ? writeActions : [])],
        Resource: `arn:aws:s3:::${bucket}/${keys}`,
      },
      ...(reads
        ? [
            {
              Effect: 'Allow' as const,
              Action: 's3:ListBucket',
              Resource: `arn:aws:s3:::${bucket}`,
              Condition: { StringLike: { 's3:prefix': [keys] } },
            },
          ]
        : []),
    ],
  };
}
