// Terraform form of the template, in JSON syntax (`.tf.json`). Every `${` of a policy variable must be
// escaped.
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
import { trailNameOf } from './trail-name.ts';

type Block = Readonly<Record<string, unknown>>;

/** Text that Terraform must not evaluate. */
export function escapeTerraform(text: string): string {
  // A function, because `$$` in a replacement text means one dollar sign.
  return text.replaceAll(/[$%]\{/g, (start) => `${start.charAt(0)}${start}`);
}

function policyText(policy: unknown): string {
  return escapeTerraform(JSON.stringify(policy)).replaceAll(
    poolPlaceholder,
    '${aws_cognito_identity_pool.driftless.id}',
  );
}

export function terraform(answers: TemplateAnswers): Block {
  const makesProvider =
    answers.exchange !== 'saml' &&
    answers.exchange !== 'delegation' &&
    !isBuiltInProvider(answers) &&
    !answers.isProviderThere;
  const makesPool = answers.exchange === 'cognito' && answers.identityPoolId === null;
  return {
    terraform: {
      required_version: '>= 1.3',
      // Older versions require thumbprints of an OpenID provider, which AWS itself no longer asks for.
      required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.81' } },
    },
    provider: { aws: { region: answers.region, allowed_account_ids: [answers.accountId] } },
    resource: {
      ...bucketBlocks(answers),
      ...(makesProvider
        ? {
            aws_iam_openid_connect_provider: {
              driftless: {
                url: escapeTerraform(answers.issuer),
                client_id_list: [escapeTerraform(answers.clientId)],
              },
            },
          }
        : {}),
      aws_iam_role: {
        ...locationRoleBlock(answers),
        driftless: {
          name: answers.roleName,
          max_session_duration: answers.sessionHours * 3600,
          assume_role_policy: policyText(trustPolicy(answers)),
          ...(makesProvider && answers.exchange === 'web-identity'
            ? { depends_on: ['aws_iam_openid_connect_provider.driftless'] }
            : {}),
        },
      },
      aws_iam_role_policy: {
        ...locationPolicyBlock(answers),
        driftless: {
          name: 'own-prefix',
          role: '${aws_iam_role.driftless.id}',
          policy: policyText(usersPolicy(answers)),
        },
      },
      ...(makesPool ? poolBlocks(answers, makesProvider) : {}),
      ...grantBlocks(answers),
      ...(answers.auditBucket === null
        ? {}
        : { aws_cloudtrail: { driftless: trail(answers, answers.auditBucket) } }),
    },
    output: {
      role_arn: { value: '${aws_iam_role.driftless.arn}' },
      bucket: { value: '${aws_s3_bucket.driftless.bucket}' },
      ...(makesPool ? { identity_pool_id: { value: '${aws_cognito_identity_pool.driftless.id}' } } : {}),
    },
  };
}

function bucketBlocks(answers: TemplateAnswers): Block {
  const bucket = '${aws_s3_bucket.driftless.id}';
  const { objectLockDays, kmsKeyArn } = answers;
  return {
    aws_s3_bucket: {
      driftless: {
        bucket: answers.bucket,
        ...(objectLockDays === null ? {} : { object_lock_enabled: true }),
        lifecycle: { prevent_destroy: true },
      },
    },
    aws_s3_bucket_versioning: { driftless: { bucket, versioning_configuration: { status: 'Enabled' } } },
    aws_s3_bucket_public_access_block: {
      driftless: {
        bucket,
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      },
    },
    aws_s3_bucket_ownership_controls: {
      driftless: { bucket, rule: { object_ownership: 'BucketOwnerEnforced' } },
    },
    aws_s3_bucket_server_side_encryption_configuration: {
      driftless: {
        bucket,
        rule:
          kmsKeyArn === null
            ? { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }
            : {
                bucket_key_enabled: true,
                apply_server_side_encryption_by_default: {
                  sse_algorithm: 'aws:kms',
                  kms_master_key_id: kmsKeyArn,
                },
              },
      },
    },
    aws_s3_bucket_lifecycle_configuration: {
      driftless: {
        bucket,
        rule: [
          {
            id: 'abort-unfinished-uploads',
            status: 'Enabled',
            filter: {},
            abort_incomplete_multipart_upload: { days_after_initiation: uploadDays },
          },
          {
            id: 'forget-old-versions',
            status: 'Enabled',
            filter: {},
            noncurrent_version_expiration: { noncurrent_days: answers.noncurrentDays },
            expiration: { expired_object_delete_marker: true },
          },
        ],
        depends_on: ['aws_s3_bucket_versioning.driftless'],
      },
    },
    aws_s3_bucket_policy: { driftless: { bucket, policy: policyText(bucketPolicy(answers)) } },
    ...(objectLockDays === null
      ? {}
      : {
          aws_s3_bucket_object_lock_configuration: {
            driftless: { bucket, rule: { default_retention: { mode: 'GOVERNANCE', days: objectLockDays } } },
          },
        }),
  };
}

function poolBlocks(answers: TemplateAnswers, makesProvider: boolean): Block {
  return {
    aws_cognito_identity_pool: {
      driftless: {
        identity_pool_name: answers.roleName,
        allow_unauthenticated_identities: false,
        allow_classic_flow: false,
        openid_connect_provider_arns: [escapeTerraform(providerArnOf(answers))],
        ...(makesProvider ? { depends_on: ['aws_iam_openid_connect_provider.driftless'] } : {}),
      },
    },
    aws_cognito_identity_pool_roles_attachment: {
      driftless: {
        identity_pool_id: '${aws_cognito_identity_pool.driftless.id}',
        roles: { authenticated: '${aws_iam_role.driftless.arn}' },
      },
    },
  };
}

function locationRoleBlock(answers: TemplateAnswers): Block {
  const setup = grantsSetup(answers);
  if (setup === null) return {};
  const { roleName, maxSessionDuration, trustPolicy: trust } = setup.locationRole;
  return {
    grants: {
      name: roleName,
      max_session_duration: maxSessionDuration,
      assume_role_policy: policyText(trust),
    },
  };
}

function locationPolicyBlock(answers: TemplateAnswers): Block {
  const setup = grantsSetup(answers);
  if (setup === null) return {};
  const policy = policyText(setup.locationRole.permissionPolicy);
  return { grants: { name: 'team-folders', role: '${aws_iam_role.grants.id}', policy } };
}

function grantBlocks(answers: TemplateAnswers): Block {
  const setup = grantsSetup(answers);
  if (setup === null) return {};
  const instance = 'aws_s3control_access_grants_instance';
  const each = setup.grants.map(({ subPrefix, granteeType, permission }, index) => [
    `team_${String(index + 1)}`,
    {
      access_grants_location_id:
        '${aws_s3control_access_grants_location.driftless.access_grants_location_id}',
      access_grants_location_configuration: { s3_sub_prefix: escapeTerraform(subPrefix) },
      grantee: { grantee_type: granteeType, grantee_identifier: '${aws_iam_role.driftless.arn}' },
      permission,
    },
  ]);
  return {
    ...(setup.isInstanceThere ? {} : { [instance]: { driftless: { lifecycle: { prevent_destroy: true } } } }),
    aws_s3control_access_grants_location: {
      driftless: {
        location_scope: setup.locationScope,
        iam_role_arn: '${aws_iam_role.grants.arn}',
        depends_on: ['aws_s3_bucket.driftless', ...(setup.isInstanceThere ? [] : [`${instance}.driftless`])],
      },
    },
    aws_s3control_access_grant: Object.fromEntries(each),
  };
}

function trail(answers: TemplateAnswers, auditBucket: string): Block {
  return {
    name: trailNameOf(answers.roleName),
    s3_bucket_name: auditBucket,
    enable_log_file_validation: true,
    event_selector: {
      read_write_type: 'All',
      include_management_events: false,
      data_resource: { type: 'AWS::S3::Object', values: [`${bucketArnOf(answers)}/`] },
    },
  };
}
