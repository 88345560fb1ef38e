// `driftless admin`: the administrator's side. Makes role templates, connection profiles and revocations; touches no service.
import type { AccountConfig } from '../../core/config/config.ts';
import type { TemplateAnswers, TemplateExchange, TemplateFormat } from '../../core/admin/answers.ts';
import { makeTemplate } from '../../core/admin/template.ts';
import { endTeamSessions, revokePolicy, subjectVariable } from '../../core/admin/policies.ts';
import { defaultPrefix } from '../../core/access/principal.ts';
import { judgeProfile } from '../../core/access/profile.ts';
import type { Profile } from '../../core/access/profile.ts';
import { noManagedPolicy } from '../../core/access/profile.ts';
import { jsonText } from '../../core/json-text.ts';
import { ConfigFile } from '../../adapters/config/file.ts';
import { parseProfile, profileDocument, profileLink } from '../../adapters/config/profile-file.ts';
import { judgeByDomain } from '../../adapters/config/registrable-domain.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import type { CliIo } from '../io.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { consoleHosts, partitionOf } from '../../core/admin/partitions.ts';
import { usage } from '../../control/usage-error.ts';
import { linesOf } from './profile.ts';

export type TemplateOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly accountId?: string;
  readonly bucket: string;
  readonly region: string;
  readonly exchange: string;
  readonly format: string;
  readonly prefix?: string;
  readonly tag?: string;
  readonly subject: readonly string[];
  readonly tenant: readonly string[];
  readonly everyoneAtIssuer?: boolean;
  readonly roleName: string;
  readonly principalArn?: string;
  readonly identityPoolId?: string;
  readonly existingProvider?: boolean;
  readonly kmsKey?: string;
  readonly objectLock?: number;
  readonly auditBucket?: string;
  readonly noncurrentDays: number;
  readonly sessionHours: number;
  readonly teamFolder: readonly string[];
  readonly existingGrantsInstance?: boolean;
  readonly launch?: string;
  readonly allowLoopback?: boolean;
};

const exchanges: readonly TemplateExchange[] = [
  'web-identity',
  'delegation',
  'saml',
  'cognito',
  'per-user-role',
];
const formats: readonly TemplateFormat[] = ['cloudformation', 'terraform', 'json'];

function oneOf<T extends string>(value: string, known: readonly T[], option: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw usage(`${option} must be one of ${known.join(', ')}`);
  return found;
}

export function answersOf(options: TemplateOptions): TemplateAnswers {
  if (options.prefix !== undefined && options.tag !== undefined)
    throw usage('--tag stands for --prefix "users/{tag:NAME}/"; give one of the two');
  return {
    exchange: oneOf(options.exchange, exchanges, '--exchange'),
    issuer: options.issuer,
    clientId: options.clientId,
    accountId: options.accountId ?? null,
    region: options.region,
    bucket: options.bucket,
    prefix: options.prefix ?? (options.tag === undefined ? defaultPrefix : `users/{tag:${options.tag}}/`),
    roleName: options.roleName,
    subjects: options.subject,
    tenant: options.tenant.map((text) => {
      const [claim = '', ...value] = text.split('=');
      return { claim, value: value.join('=') };
    }),
    isEveryoneAtIssuer: options.everyoneAtIssuer ?? false,
    principalArn: options.principalArn ?? null,
    identityPoolId: options.identityPoolId ?? null,
    isProviderThere: options.existingProvider ?? false,
    kmsKeyArn: options.kmsKey ?? null,
    objectLockDays: options.objectLock ?? null,
    auditBucket: options.auditBucket ?? null,
    noncurrentDays: options.noncurrentDays,
    sessionHours: options.sessionHours,
    teamFolders: options.teamFolder,
    isGrantsInstanceThere: options.existingGrantsInstance ?? false,
    isLoopbackAllowed: options.allowLoopback ?? false,
  };
}

/** CloudFormation reads a template from a bucket alone; the console would open and refuse another address. */
const s3Host = /^(?:[a-z0-9.-]+\.)?s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?$/u;

/**
 * The address that opens the console with this template filled in.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
 */
function launchLink({ format, region, roleName }: TemplateOptions, templateUrl: string): string {
  if (format !== 'cloudformation') throw usage('--launch is for --format cloudformation');
  const template = URL.parse(templateUrl);
  if (template?.protocol !== 'https:' || !s3Host.test(template.hostname))
    throw usage(
      '--launch takes the https:// URL of the template in S3, such as https://BUCKET.s3.REGION.amazonaws.com/FILE',
    );
  const query = new URLSearchParams({ templateURL: template.href, stackName: roleName });
  const host = `${region}.${consoleHosts[partitionOf(region)]}`;
  return `https://${host}/cloudformation/home?region=${region}#/stacks/create/review?${query.toString()}`;
}

export function runAdminTemplate(io: CliIo, options: TemplateOptions): Promise<ExitCode> {
  const made = makeTemplate(answersOf(options), oneOf(options.format, formats, '--format'));
  if (made.kind === 'refused') throw usage(made.problems.join('; '));
  const launch = options.launch === undefined ? null : launchLink(options, options.launch);
  for (const note of made.notes) io.say(`note: ${note}`);
  if (launch !== null) io.say(`launch: ${launch}`);
  io.print(made.document, jsonText(made.document, 2));
  return Promise.resolve(exitCodes.ok);
}

const userNotes = [
  'block the user at the identity provider first; another sign-in would get a new session.',
  'attach this to the role, e.g. aws iam put-role-policy --role-name ROLE --policy-name revoke-NAME --policy-document FILE',
  'where a configuration names another role as credentialsSession, attach it to that role too.',
  'sessions of team folders go on until they end; run this again with --team-folders for a policy that ends them.',
];
const teamNotes = [
  'first end the sessions of the user, by the policy that this prints without --team-folders; they would get new ones for the team folders.',
  "attach this to the role of the team folders, which is named after the users': ROLE-grants. It ends the sessions of all users there; the others get new ones by themselves.",
];

export type RevokeOptions = {
  readonly issuer: string;
  readonly exchange: string;
  readonly sub: string;
  readonly before?: string;
  readonly teamFolders?: boolean;
};

export function runAdminRevoke(io: CliIo, options: RevokeOptions): Promise<ExitCode> {
  const exchange = oneOf(options.exchange, exchanges, '--exchange');
  const before = options.before ?? new Date(systemClock.nowMs()).toISOString();
  if (!Number.isFinite(Date.parse(before)))
    throw usage('--before is not a time such as 2026-11-23T12:00:00Z');
  if (options.sub === '' || /[*?]|\$\{/.test(options.sub)) throw usage('--sub must be one exact subject');
  const issuedBefore = new Date(Date.parse(before)).toISOString();
  const isOfTeam = options.teamFolders === true;
  const variable = subjectVariable({ exchange, issuer: options.issuer });
  const policy = isOfTeam
    ? endTeamSessions(issuedBefore)
    : revokePolicy(variable.slice(2, -1), options.sub, issuedBefore);
  for (const note of isOfTeam ? teamNotes : userNotes) io.say(`note: ${note}`);
  io.print(policy, jsonText(policy, 2));
  return Promise.resolve(exitCodes.ok);
}

export type AdminProfileOptions = {
  readonly account?: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly teamFolder: readonly string[];
  readonly link?: boolean;
};

/** From an account of this machine: its way to the bucket without anything of this machine. */
export async function runAdminProfile(
  io: CliIo,
  options: AdminProfileOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const config = await new ConfigFile({ home: io.home, env: process.env }).load(signal);
  const account = config.accounts.find(({ id }) => options.account === undefined || id === options.account);
  if (account === undefined)
    throw usage('there is no such account in the configuration; name one with --account');
  // Through the parser that reads it elsewhere: what this prints is what others can accept.
  const profile = parseProfile(
    JSON.stringify(
      profileDocument(
        profileOf(account, {
          bucket: options.bucket,
          prefix: options.prefix ?? defaultPrefix,
          teamFolders: options.teamFolder,
        }),
      ),
    ),
  );
  const asLink = await judgeByDomain((registrableDomain) =>
    judgeProfile(profile, { source: 'link', managed: noManagedPolicy, registrableDomain }),
  );
  const refused = linesOf(asLink.problems);
  if (options.link === true && refused.length > 0) throw usage(`as a link: ${refused.join('; ')}`);
  for (const problem of refused) io.say(`note: it cannot go as a link: ${problem}`);
  if (profile.accountId !== null)
    io.say(
      `note: setting up asks for the 12 digits ${profile.accountId}; send them apart, for example by phone`,
    );
  const document = profileDocument(profile);
  if (options.link === true) io.print({ link: profileLink(profile) }, profileLink(profile));
  else io.print(document, jsonText(document, 2));
  return exitCodes.ok;
}

function profileOf(
  account: AccountConfig,
  places: Pick<Profile, 'bucket' | 'prefix' | 'teamFolders'>,
): Profile {
  const { identity, exchange } = account;
  if (exchange.kind === 'aws-profile')
    throw usage(`${account.id} uses an AWS profile of this machine, which no connection profile can name`);
  const browser = identity.kind === 'browser' ? identity : null;
  return {
    id: account.id,
    issuer: account.issuer,
    clientId: account.clientId,
    scopes: account.scopes,
    redirectUri: browser?.redirectUri ?? null,
    authorizationParams: browser?.authorizationParams ?? {},
    accountId: account.accountId,
    exchange,
    region: account.region,
    s3Endpoint: account.s3Endpoint,
    forcePathStyle: account.forcePathStyle,
    ...places,
  };
}
