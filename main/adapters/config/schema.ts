// The schema of `config.json`: what may be written, with defaults, and in words what is wrong with the rest.
import { z } from 'zod';
import { defaultPrefix, prefixProblem } from '../../core/access/principal.ts';
import { faultOf } from '../../core/access/value-faults.ts';
import { proxySettingProblem } from '../../core/net/proxy.ts';
import { pairOptions, writeHeaders } from './schema-options.ts';

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and "-", at most 63')
  .describe('Names this entry; lower-case letters, digits and "-".');

const urlText = z.string().min(1, 'must not be empty').max(2048, 'is too long');
const optionalUrl = urlText.nullable().default(null);
const stsEndpoint = optionalUrl.describe('Address of the STS. Default: that of AWS in the region.');

/** AWS's own form, and for other stores (Ceph, MinIO) the same with their partition and account names. */
const roleArn = z
  .string()
  .regex(
    /^arn:[a-z][a-z-]*:iam::[\w$.-]*:role\/[\w+=,.@/-]{1,512}$/,
    'is not a role ARN such as "arn:aws:iam::123456789012:role/driftless"',
  )
  .describe('ARN of the role that is taken.');
const principalArn = z
  .string()
  .regex(
    /^arn:[a-z][a-z-]*:iam::[\w$.-]*:(?:saml-provider|oidc-provider)\/[\w+=,.@:/-]{1,512}$/,
    'is not a provider ARN such as "arn:aws:iam::123456789012:saml-provider/idp"',
  )
  .describe('ARN of the identity provider in IAM that the role trusts.');
const durationRange = z
  .int('must be a whole number')
  .min(900, 'must be at least 900')
  .max(43_200, 'must be at most 43200')
  .describe('Seconds that a session lasts; the role has to allow them.');
const durationSeconds = durationRange.default(3600);
const sessionPolicy = z
  .string()
  .max(2048, 'must be at most 2048 characters')
  .refine(isJsonObject, 'must be an IAM policy document as JSON text')
  .describe('An IAM policy (JSON text) that narrows the session further.');

/** What the protocol itself sets; letting a file override them would undo the sign-in's checks. */
const reservedParams = [
  'redirect_uri',
  'response_type',
  'response_mode',
  'client_id',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
  'dpop_jkt',
];

const identity = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('browser'),
    redirectUri: z
      .string()
      .regex(
        /^http:\/\/(?:127\.0\.0\.1(?::\d{1,5})?|localhost:\d{1,5})\/[\w/-]*$/,
        'must be "http://127.0.0.1/path" or "http://localhost:PORT/path"',
      )
      .refine((text) => URL.canParse(text), 'has an impossible port')
      .exactOptional()
      .describe(
        'The loopback redirect registered with the provider; default http://127.0.0.1/callback on any free port.',
      ),
    authorizationParams: z
      .record(z.string().regex(/^\w{1,64}$/, 'is not a parameter name'), z.string().max(512))
      .refine(
        (params) => !Object.keys(params).some((name) => reservedParams.includes(name)),
        `must not set ${reservedParams.join(', ')}`,
      )
      .exactOptional()
      .describe('Extra parameters of the authorization request, e.g. {"access_type": "offline"} for Google.'),
  }),
  z.strictObject({ kind: z.literal('device') }),
  z.strictObject({
    kind: z.literal('token-file'),
    path: z.string().min(1).exactOptional().describe('Default: AWS_WEB_IDENTITY_TOKEN_FILE.'),
  }),
  z
    .strictObject({
      kind: z.literal('aws-profile'),
      profile: z
        .string()
        .regex(/^[\w.@:/+-]{1,128}$/, 'is not a profile name such as "work"')
        .describe('A profile of your AWS files; AWS_PROFILE is not read.'),
    })
    .describe('No id_token: the credentials of a named AWS profile, with exchange aws-profile.'),
]);

export const exchange = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('web-identity'),
    roleArn: roleArn.exactOptional().describe('May be left out with identity token-file: then AWS_ROLE_ARN.'),
    stsEndpoint,
    durationSeconds,
    sessionPolicy: sessionPolicy.exactOptional(),
  }),
  z
    .strictObject({
      kind: z.literal('delegation'),
      url: urlText.describe('Address that takes the id_token and answers with credentials.'),
      roleArn,
      principalArn,
      target: z
        .string()
        .min(1)
        .exactOptional()
        .describe('Sent along as "target", where the server wants one.'),
      clientId: z.string().min(1).exactOptional().describe("Sent instead of the account's clientId."),
      stsEndpoint,
    })
    .describe('Needs a server that you run.'),
  z
    .strictObject({
      kind: z.literal('saml'),
      assertionUrl: urlText.describe('Address that takes the id_token and answers with a SAML assertion.'),
      roleArn,
      principalArn,
      stsEndpoint,
      durationSeconds,
      sessionPolicy: sessionPolicy.exactOptional(),
    })
    .describe('Needs a server that you run.'),
  z.strictObject({
    kind: z.literal('cognito'),
    identityPoolId: z
      .string()
      .regex(
        /^[a-z]{2}(?:-[a-z]+)+-\d:[\w-]{1,55}$/,
        'is not an identity pool id such as "eu-central-1:11111111-2222-3333-4444-555555555555"',
      )
      .describe('Id of the Cognito identity pool.'),
    loginKey: z
      .string()
      .min(1)
      .max(128)
      .describe("The pool's name of the provider: the issuer without https://."),
    endpoint: optionalUrl.describe('Address of Cognito. Default: that of AWS in the region of the pool.'),
  }),
  z
    .strictObject({
      kind: z.literal('access-grants'),
      roleArn: roleArn.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\//, 'is not an AWS role ARN'),
      stsEndpoint,
      controlEndpoint: optionalUrl.describe('Default: S3 Control of the AWS account in roleArn.'),
      durationSeconds,
    })
    .describe(
      'As web-identity, and then S3 Access Grants: a folder with a fixed prefix gets the credentials of a grant for exactly that prefix (a team folder), one with {sub} or {tag:NAME} those of the role.',
    ),
]);

/** A connection profile cannot name the last one: it would choose among the credentials of this machine. */
const accountExchange = z.discriminatedUnion('kind', [
  ...exchange.options,
  z.strictObject({
    kind: z.literal('aws-profile'),
    roleArn: roleArn.describe('The credentials of the profile must be a session of this role.'),
    stsEndpoint,
  }),
]);

export const account = z.strictObject({
  id,
  issuer: urlText
    .exactOptional()
    .describe(
      'Exactly as the provider states it, with or without the trailing slash. Required but for identity aws-profile.',
    ),
  clientId: z
    .string()
    .min(1, 'must not be empty')
    .max(512)
    .exactOptional()
    .describe('Required but for identity aws-profile.'),
  scopes: z
    .string()
    .default('openid email offline_access')
    .refine((text) => text.split(' ').includes('openid'), 'must contain "openid"')
    .describe('What the provider is asked for. Without offline_access a sign-in ends with its first token.'),
  identity: identity
    .default({ kind: 'browser' })
    .describe('How the user signs in: in the browser, by a code on another device, or by a token in a file.'),
  exchange: accountExchange.describe('What the sign-in is traded for AWS credentials with.'),
  region: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a region such as "eu-central-1"')
    .describe('Region of the bucket.'),
  s3Endpoint: optionalUrl.describe('Address of a store that is not AWS. Default: S3 of the region.'),
  useFips: z
    .boolean()
    .exactOptional()
    .describe("AWS's FIPS endpoints, for S3 and the exchange; in the US, Canada and GovCloud."),
  useDualStack: z
    .boolean()
    .exactOptional()
    .describe("AWS's endpoints that answer over IPv6 and IPv4, for S3 and the exchange."),
  forcePathStyle: z
    .boolean()
    .default(false)
    .describe(
      'The bucket goes into the path of an address instead of its host, as most stores beside AWS want.',
    ),
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits')
    .nullable()
    .exactOptional()
    .describe('Default: the account in roleArn, when S3 is AWS.'),
  development: z.boolean().default(false).describe('Allows http to 127.0.0.1 and nothing else.'),
  caFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'File of certificate authorities (PEM or DER) that this account trusts in addition to the system. A running engine follows a change within seconds.',
    ),
  ...writeHeaders,
  credentialsEnabled: z.boolean().default(false).describe('Allows `driftless credentials` for this account.'),
  credentialsSession: z
    .strictObject({
      roleArn: roleArn.exactOptional(),
      durationSeconds: durationRange.exactOptional(),
      sessionPolicy: sessionPolicy.exactOptional(),
    })
    .exactOptional()
    .describe(
      'What `driftless credentials` hands out instead of the session of the sync: another role of the same AWS account, a narrower policy, a shorter time.',
    ),
});

export const pair = z.strictObject({
  id,
  account: id.describe('Id of the account under which it is synced.'),
  folder: z.string().min(1, 'must not be empty').describe('Absolute path of a folder on this computer.'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is not a bucket name')
    .describe('Name of the bucket; the account must own it, see accountId.'),
  prefix: z
    .string()
    .default(defaultPrefix)
    .superRefine((text, context) => {
      const problem = prefixProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .describe('Whole segments with a trailing "/"; {sub} and {tag:NAME} are filled in from the principal.'),
  mode: z
    .enum(['two-way', 'upload-only', 'download-only'])
    .default('two-way')
    .describe('Which sides are changed: both, the bucket only, or the folder only.'),
  ignore: z
    .array(z.string().min(1).max(1024))
    .max(10_000)
    .default([])
    .describe(
      'Rules in the syntax of .gitignore; what they name is left alone on both sides, whatever a .driftlessignore says.',
    ),
  caseSensitivity: z
    .enum(['auto', 'sensitive', 'insensitive'])
    .default('auto')
    .describe('Whether names that differ in case alone are two files here; auto tries it out.'),
  exclude: z
    .array(z.string().min(1).max(1024))
    .max(10_000)
    .exactOptional()
    .describe("Folders, relative to the pair's folder, that are left alone on both sides."),
  propagateDeletes: z
    .boolean()
    .exactOptional()
    .describe('Upload-only: whether a local delete also deletes in the bucket.'),
  ...pairOptions,
});

export const configSchema = z.strictObject({
  $schema: z.string().exactOptional().describe('Address of this schema, for editors.'),
  accounts: z.array(account).max(100).default([]).describe('Sign-ins, each with its exchange and store.'),
  pairs: z.array(pair).max(1000).default([]).describe('Folders, each with its place in a bucket.'),
  proxy: z
    .string()
    .max(300, 'is too long')
    .superRefine((text, context) => {
      const problem = proxySettingProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .describe(
      'The proxy of all accounts, such as "http://proxy.example.com:8080", or "direct" for none. Default: HTTPS_PROXY, and for the desktop app the system\'s. NO_PROXY is honoured. A running engine follows a change within seconds.',
    )
    .exactOptional(),
  updates: z
    .strictObject({
      check: z.boolean().default(true).describe('False: no release manifest is asked for.'),
      manifestUrl: urlText
        .regex(/^https:\/\//, 'must start with https://')
        .describe(
          'Another copy of the manifest than the one that the build names; its signature is checked all the same.',
        )
        .exactOptional(),
    })
    .describe(
      'The daily look whether a newer version is out. The desktop app may fetch it; it is installed only when the user asks.',
    )
    .exactOptional(),
  ...pairOptions,
});

export type ParsedConfig = z.infer<typeof configSchema>;

type FieldProblem = readonly [
  field: string,
  problem: string,
  why: string,
  /** What the page's sentence for `why` names beside the field, if anything. */
  fields?: Readonly<Record<string, string>>,
];

/**
 * The first problem as the field and what is wrong with it, with the others behind it, and the code of the first:
 * `pairs[0].bucket`, `is missing; pairs[0].buckett is an unknown key`, `missing`.
 */
export function describeProblem(error: z.ZodError): FieldProblem {
  const [first, ...others] = error.issues.flatMap(describeIssue);
  if (first === undefined) return ['the file', 'is not valid', 'not-valid'];
  const [field, problem, ...rest] = first;
  const told = others.slice(0, mostToldBeside).map(([name, what]) => `${name} ${what}`);
  const left = others.length - told.length;
  const all = [problem, ...told, ...(left > 0 ? [`and ${String(left)} more`] : [])].join('; ');
  return [field, all, ...rest];
}

/** A file that is something else altogether has a problem in every line. */
const mostToldBeside = 4;

function describeIssue(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => [describePath([...issue.path, key]), 'is an unknown key', 'unknown-key']);
  return [describeField(issue)];
}

function describeField(issue: z.core.$ZodIssue): FieldProblem {
  const field = describePath(issue.path);
  const isOfKind = issue.code === 'invalid_union' || issue.code === 'invalid_value';
  if (issue.input === undefined && (isOfKind || issue.code === 'invalid_type'))
    return [field, 'is missing', 'missing'];
  if (issue.code === 'invalid_union') {
    const kinds: unknown = Reflect.get(issue, 'options');
    const known = Array.isArray(kinds) ? `: ${quoted(kinds)}` : '';
    return [field, `is not one of the kinds that exist${known}`, 'unknown-kind'];
  }
  if (issue.code === 'invalid_value') {
    const values = quoted(issue.values);
    return [field, `must be one of ${values}`, 'not-one-of', { values }];
  }
  if (issue.code === 'invalid_type') {
    const isPlain = issue.message.startsWith('Invalid');
    const line = isPlain ? `must be of type ${issue.expected}` : issue.message;
    return [field, line, faultOf(line)];
  }
  const isOurs = /^(?:is|must|has) /.test(issue.message) || issue.code === 'custom';
  if (isOurs) return [field, issue.message, faultOf(issue.message)];
  const bounds: Readonly<Record<string, string>> = { too_small: 'empty', too_big: 'over-long' };
  return [field, `is not valid: ${issue.message}`, bounds[issue.code] ?? 'not-valid'];
}

function quoted(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

function describePath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${String(part)}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
