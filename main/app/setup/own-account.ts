// Connection to an AWS account of the user's own: fields checked, template and profile made of them.
import { awsIssuerFault, sharedIssuer } from '../../core/access/issuer-rules.ts';
import { defaultPrefix, subjectProblem } from '../../core/access/principal.ts';
import type { Profile } from '../../core/access/profile.ts';
import { templateDefaults } from '../../core/admin/answers.ts';
import type { TemplateAnswers } from '../../core/admin/answers.ts';
import { isUnknownPartition } from '../../core/admin/partitions.ts';
import { roleArnOf } from '../../core/admin/policies.ts';
import { makeTemplate } from '../../core/admin/template.ts';
import type { Input, Output } from '../../../preload/contract.ts';

type Typed = Input<'checkOwnAccount'>;
type Check = Output<'checkOwnAccount'>;
type Problem = Check['problems'][number];

const roleName = 'driftless';

/** Asks no service: each field is judged by the rules of AWS and of the templates. `template` is null while a problem is left. */
export function checkOwnAccount(given: Typed): Check {
  const typed = trimmed(given);
  const problems = problemsOf(typed);
  if (problems.length > 0) return { problems, template: null };
  const made = makeTemplate(answersOf(typed), 'cloudformation');
  // A rule that only the templates have; its sentence is for the command line.
  if (made.kind === 'refused') return { problems: [{ field: 'subject', why: 'refused' }], template: null };
  return { problems, template: `${JSON.stringify(made.document, null, 2)}\n` };
}

/** Null while a problem is left. */
export function ownProfile(given: Typed): Profile | null {
  if (checkOwnAccount(given).template === null) return null;
  const typed = trimmed(given);
  const answers = answersOf(typed);
  return {
    id: 'aws',
    issuer: typed.issuer,
    clientId: typed.clientId,
    scopes: 'openid email offline_access',
    redirectUri: null,
    authorizationParams: {},
    accountId: typed.awsAccount,
    exchange: {
      kind: 'web-identity',
      roleArn: roleArnOf(answers, roleName),
      stsEndpoint: null,
      durationSeconds: 3600,
    },
    region: typed.region,
    s3Endpoint: null,
    forcePathStyle: false,
    bucket: typed.bucket,
    prefix: defaultPrefix,
    teamFolders: [],
  };
}

function trimmed({ issuer, clientId, awsAccount, bucket, region, subject, isEveryone }: Typed): Typed {
  return {
    issuer: issuer.trim(),
    clientId: clientId.trim(),
    // As the console shows them: 1234-5678-9012.
    awsAccount: awsAccount.replaceAll(/[\s-]/g, ''),
    bucket: bucket.trim(),
    region: region.trim(),
    subject: subject.trim(),
    isEveryone,
  };
}

function problemsOf(typed: Typed): readonly Problem[] {
  const problems: readonly (Problem | null)[] = [
    issuerProblem(typed.issuer),
    typed.clientId === '' || /[*?\s]|\$\{/u.test(typed.clientId)
      ? { field: 'clientId', why: 'client-id' }
      : null,
    /^\d{12}$/.test(typed.awsAccount) ? null : { field: 'awsAccount', why: 'account' },
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(typed.bucket) ? null : { field: 'bucket', why: 'bucket' },
    /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(typed.region) && !isUnknownPartition(typed.region)
      ? null
      : { field: 'region', why: 'region' },
    whoProblem(typed),
  ];
  return problems.filter((problem) => problem !== null);
}

function issuerProblem(issuer: string): Problem | null {
  const fault = awsIssuerFault(issuer);
  if (!issuer.startsWith('https://') || URL.parse(issuer) === null)
    return { field: 'issuer', why: 'issuer-https' };
  if (fault === 'no-name' || fault === 'not-public') return { field: 'issuer', why: 'issuer-private' };
  if (fault !== null) return { field: 'issuer', why: 'issuer-plain' };
  return sharedIssuer(issuer)?.kind === 'unusable' ? { field: 'issuer', why: 'issuer-unusable' } : null;
}

/** A role must not be open to everyone who can get an account at the sign-in service. */
function whoProblem({ issuer, subject, isEveryone }: Typed): Problem | null {
  if (subject !== '')
    return subjectProblem(subject) === null ? null : { field: 'subject', why: 'subject-name' };
  if (sharedIssuer(issuer) !== null) return { field: 'subject', why: 'subject-shared' };
  return isEveryone ? null : { field: 'subject', why: 'subject-missing' };
}

function answersOf(typed: Typed): TemplateAnswers {
  return {
    ...templateDefaults,
    issuer: typed.issuer,
    clientId: typed.clientId,
    accountId: typed.awsAccount,
    region: typed.region,
    bucket: typed.bucket,
    roleName,
    subjects: typed.subject === '' ? [] : [typed.subject],
    isEveryoneAtIssuer: typed.isEveryone && typed.subject === '',
  };
}
