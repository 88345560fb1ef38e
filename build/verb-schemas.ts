// The shapes that the smaller verbs print with --json: accounts, pairs, files, the doctor and the administrator's side.
import { z } from 'zod';
import { pair } from '../main/adapters/config/schema.ts';

const count = z.number().int().nonnegative();
const time = z.string().describe('ISO 8601');
const ok = z.literal(true);

const isolation = z
  .array(
    z.strictObject({
      pair: z.string(),
      verdict: z.enum(['no-sign', 'reaches-more', 'unknown', 'whole-bucket']),
    }),
  )
  .describe('What the role was seen to reach beyond the prefix: evidence, never proof');

const login = z.strictObject({
  ok,
  account: z.string(),
  sub: z.string().describe('What {sub} stands for'),
  issuer: z.string(),
  byEngine: z.boolean().describe('Whether the running engine signed in itself'),
  isolation,
});

const logout = z.strictObject({
  ok: z.boolean().describe('False where a sign-in is left to the desktop app'),
  accounts: z.array(
    z.strictObject({
      account: z.string(),
      accessUntil: z.string().nullable().describe('When AWS access already issued ends'),
      revoked: z
        .boolean()
        .describe('False: the provider could not be reached; the revocation is sent again at the next start'),
      leftToDesktop: z.boolean().describe('The desktop app has a sign-in of its own, which only it can end'),
    }),
  ),
});

/** As in config.json, with what it leaves out. */
const pairShape = z.looseObject({
  ...pair.pick({ id: true, account: true, folder: true, bucket: true, prefix: true, mode: true }).shape,
});

const profileDocument = z.looseObject({
  driftlessProfile: z.literal(1),
  id: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  accountId: z.string().nullable(),
  exchange: z.looseObject({ kind: z.string() }),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
});

const profileShow = z.strictObject({
  profile: profileDocument,
  acceptable: z.boolean(),
  problems: z.array(z.string()),
  hostsToType: z.array(z.string()).describe('Foreign hosts; each needs --allow-host'),
  account: z.string().nullable().describe('The account that it is already'),
});

const profileAccept = z.strictObject({
  ok: z.boolean(),
  account: z.string().nullable(),
  added: z.boolean(),
  next: z.string().nullable().describe('The command to go on with'),
});

const credentials = z
  .strictObject({
    Version: z.literal(1),
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    SessionToken: z.string(),
    Expiration: time,
  })
  .describe('What credential_process of the AWS SDKs expects, with --json and without');

const credentialsInstall = z.strictObject({
  ok: z.boolean(),
  path: z.string(),
  profile: z.string(),
  added: z.boolean(),
});

const doctor = z.strictObject({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      id: z.string().describe('A word for scripts'),
      about: z.string(),
      status: z.enum(['ok', 'warn', 'fail', 'unknown']),
      message: z.string(),
      detail: z.unknown().optional(),
    }),
  ),
});

const policy = z.looseObject({ Version: z.literal('2012-10-17'), Statement: z.array(z.looseObject({})) });

const adminTemplate = z.union([
  z.looseObject({ AWSTemplateFormatVersion: z.literal('2010-09-09'), Resources: z.looseObject({}) }),
  z.looseObject({ terraform: z.looseObject({}), resource: z.looseObject({}) }),
  z.strictObject({
    provider: z.strictObject({ url: z.string(), clientIds: z.array(z.string()) }),
    maxSessionDuration: count,
    roles: z.array(
      z.strictObject({
        roleName: z.string(),
        roleArn: z.string(),
        subject: z.string().nullable(),
        trustPolicy: policy,
        permissionPolicy: policy,
      }),
    ),
    bucketPolicy: policy,
    bucket: z.record(z.string(), z.looseObject({})).describe('By S3 request'),
  }),
]);

const ofService = {
  kind: z.enum(['systemd', 'launchd', 'task-scheduler']),
  file: z.string().describe('The unit, agent or task'),
};
const service = z.union([
  z.strictObject({ ok, ...ofService, text: z.string().describe('With --print: what would be in the file') }),
  z.strictObject({ ok: z.boolean(), ...ofService, started: z.boolean() }),
  z.strictObject({ ok: z.boolean(), ...ofService, removed: z.boolean() }),
  z.strictObject({
    ok: z.boolean().describe('Installed, and an engine runs'),
    ...ofService,
    installed: z.boolean(),
    running: z.boolean(),
    pid: count.nullable(),
  }),
]);
const limits = z.strictObject({
  ok,
  pair: z.string().nullable().describe('Null: of all pairs of an account together'),
  uploadBytesPerSecond: count.nullable(),
  downloadBytesPerSecond: count.nullable(),
  timetable: z.string().nullable(),
});
const config = z.strictObject({
  ok,
  proxy: z.string().nullable().describe('Null: what HTTPS_PROXY says, and for the desktop app the system'),
  accounts: z.array(
    z.strictObject({ account: z.string(), caFile: z.string().nullable(), credentialsEnabled: z.boolean() }),
  ),
});
const reload = z.strictObject({ ok, changed: z.boolean().describe('False: nothing was restarted') });

const inPair = { ok, pair: z.string().describe('The pair that was asked') };

const trash = z.strictObject({
  ...inPair,
  items: z.array(
    z.strictObject({
      id: z.string().describe('For trash restore'),
      path: z.string(),
      side: z.string(),
      why: z.string(),
      bytes: count,
      removedAt: time,
    }),
  ),
});

const versions = z.strictObject({
  ...inPair,
  path: z.string(),
  versions: z
    .array(
      z.strictObject({
        versionId: z.string(),
        isLatest: z.boolean(),
        isDeleteMarker: z.boolean(),
        bytes: count,
        modifiedAt: time,
      }),
    )
    .describe('Newest first'),
  more: z.boolean().describe('There are older ones'),
});

const ls = z.strictObject({
  ...inPair,
  path: z.string(),
  entries: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['file', 'folder']),
      bytes: count.nullable(),
      modifiedAt: time.nullable(),
    }),
  ),
});

const version = z.strictObject({ bytes: count, modifiedAt: time });
const conflicts = z.strictObject({
  ...inPair,
  conflicts: z
    .array(
      z.strictObject({
        id: z.string().describe('For conflicts keep; changes with each version'),
        path: z.string(),
        copy: z.string().describe('The name of the version that was set aside'),
        device: z.string().nullable().describe('Where that version is from'),
        at: time,
        this: version,
        other: version,
      }),
    )
    .describe('Newest first'),
});
const conflictKeep = z.strictObject({
  ...inPair,
  path: z.string(),
  copy: z.string(),
  keep: z.enum(['this', 'other', 'both']),
});

const restored = z.strictObject({ ...inPair, path: z.string().describe('The name it has now') });
const trashRestored = z
  .strictObject({
    ok: z.boolean().describe('False where something was not restored'),
    pair: inPair.pair,
    restored: z.array(z.strictObject({ path: z.string().describe('The name it has now'), from: z.string() })),
    failed: z.array(z.strictObject({ path: z.string(), code: z.string() })),
  })
  .describe('trash restore with --under or --since');
const share = z.strictObject({ ...inPair, path: z.string(), url: z.string(), expiresAt: time });

const answer = z
  .strictObject({
    ok,
    pair: z.string(),
    question: z.string(),
    answer: z.enum(['keep', 'remove', 'later']),
    byEngine: z.boolean().describe('Whether a running engine has taken it'),
  })
  .describe('Beside an engine, and for later; else as sync');

export const verbSchemas = {
  'admin-profile': z.union([profileDocument, z.strictObject({ link: z.string() })]),
  'admin-revoke': policy,
  'admin-template': adminTemplate,
  answer,
  'conflicts-keep': conflictKeep,
  'conflicts-ls': conflicts,
  credentials,
  'credentials-install': credentialsInstall,
  doctor,
  done: z.strictObject({ ok }).describe('check, pause, resume'),
  login,
  logout,
  ls,
  'page-url': z.strictObject({ url: z.string() }).describe('status --page-url'),
  'pair-add': z.strictObject({ ok, pair: pairShape }),
  'pair-ls': z.strictObject({ pairs: z.array(pairShape) }),
  'pair-rm': z.strictObject({ ok, pair: z.string() }),
  'profile-accept': profileAccept,
  'profile-show': profileShow,
  config,
  limits,
  reload,
  restored,
  serve: z
    .strictObject({ url: z.string().nullable().describe('Null with --no-page'), pid: count })
    .describe('The first line of output'),
  service: service.describe('service install, uninstall and status'),
  share,
  trash,
  'trash-restored': trashRestored,
  versions,
};
