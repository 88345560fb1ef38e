// Schemas of the page's view: everything that main may send to it.
import { z } from 'zod';
import {
  atMs,
  bytes,
  code,
  codedSchema,
  count,
  fields,
  id,
  list,
  pairMode,
  text,
  webAddress,
} from './schema-parts.ts';
import { LIMITS } from './lean/limits.ts';
import { conflictSchema } from './conflict-schemas.ts';
import { settingsSchema } from './settings-schemas.ts';
import { setupSchema } from './setup-schemas.ts';

/** Evidence of access beyond the user's prefix, for the worst pair (never proof). */
const isolationSchema = z
  .object({
    verdict: z.enum(['not-checked', 'unknown', 'no-sign', 'whole-bucket', 'reaches-more']),
    prefix: text.nullable(),
    reached: list(
      z
        .object({
          place: z.enum(['own', 'root', 'parent', 'neighbour', 'sibling', 'canary']),
          action: z.enum(['list', 'list-versions', 'list-uploads', 'read-bucket-policy', 'read']),
        })
        .readonly(),
      LIMITS.reached,
    ),
  })
  .readonly();

const accountSchema = z
  .object({
    id,
    label: text,
    issuerHost: text,
    /** `new`: no user has signed in yet. `signed-out`: by choice. `needs-sign-in`: the sign-in has ended. */
    state: z.enum(['new', 'signed-out', 'signing-in', 'signed-in', 'needs-sign-in', 'offline']),
    personName: text.nullable(),
    /** After sign-out: until when AWS access that was already issued still works. Signed in: when the session ends. */
    accessUntilMs: atMs.nullable(),
    error: codedSchema.nullable(),
    deviceCode: z.object({ userCode: text, verificationUriHost: text }).readonly().nullable(),
    /** On loopback: the address of the sign-in that is waited for, which the page offers as a link; left out otherwise. */
    signInUrl: webAddress.exactOptional(),
    /** The account may talk to loopback over http; the page shows a banner. */
    development: z.boolean(),
    /** Service clock minus ours if relevant; null while ours is right. */
    clockOffsetMs: z.number().nullable(),
    isolation: isolationSchema,
    /** Names of the certificate authorities that this account trusts in addition to the system. */
    authorities: list(text, LIMITS.authorities),
    /**
     * Whether other programs may get credentials of this sign-in. `forbidden` by the machine's administrator; `not-needed` with an
     * AWS profile, which other programs use themselves.
     */
    programs: z.enum(['on', 'off', 'forbidden', 'not-needed']),
  })
  .readonly();

const progressSchema = z
  .object({
    filesDone: count,
    filesTotal: count,
    bytesDone: bytes,
    bytesTotal: bytes,
    bytesPerSecond: bytes,
    secondsLeft: z.number().nonnegative().nullable(),
  })
  .readonly();

const transferSchema = z
  .object({ path: text, direction: z.enum(['up', 'down']), bytesDone: bytes, bytesTotal: bytes })
  .readonly();

const guardSchema = z
  .object({
    id,
    /** What tripped, e.g. `mass-removal`, `side-emptied`, `root-marker-missing`; its sentence is `guard.<kind>` in the catalogue. */
    kind: code,
    /** Side that would lose data. */
    direction: z.enum(['local', 'remote']),
    counts: z
      .object({
        removals: count,
        replacements: count,
        conflicts: count,
        total: count.nullable(),
        /** Operations already done when the question was asked. */
        done: count,
        /** How many of those were replacements; left out where none was. */
        doneReplacements: count.exactOptional(),
      })
      .readonly(),
    /** Accepted answers, the safest first. */
    answers: list(z.enum(['keep', 'remove', 'later']), 3),
    examples: list(text, LIMITS.examples),
  })
  .readonly();

const pairSchema = z
  .object({
    id,
    accountId: id,
    folderLabel: text,
    remoteLabel: text,
    mode: pairMode,
    state: z.enum([
      'starting',
      'scanning',
      'syncing',
      'in-sync',
      'incomplete',
      'pausing',
      'paused',
      'attention',
      'offline',
      'signed-out',
    ]),
    /** When a timed pause ends by itself; left out otherwise. */
    pausedUntilMs: atMs.exactOptional(),
    /** The condition of the machine that pauses it; left out where it runs, or where the user paused it. */
    pausedBy: z.enum(['battery', 'metered']).exactOptional(),
    progress: progressSchema.nullable(),
    transfers: list(transferSchema, LIMITS.transfers),
    counts: z.object({ files: count, folders: count, bytes }).readonly(),
    lastInSyncAtMs: atMs.nullable(),
    /** Reason, start and next retry while the whole pair is stopped; null while it runs. */
    standing: z.object({ code, sinceMs: atMs, retryAtMs: atMs }).readonly().nullable(),
    guards: list(guardSchema, LIMITS.guards),
    notices: list(codedSchema, LIMITS.notices),
    /** All problems of the pair, also those beyond `LIMITS.problems`. */
    problemCount: count,
    /** All open conflicts of the pair, also those beyond `LIMITS.conflicts`. */
    conflictCount: count,
  })
  .readonly();

export const activitySchema = z
  .object({
    id,
    atMs,
    pairId: id,
    kind: z.enum([
      'uploaded',
      'downloaded',
      'moved-local',
      'moved-remote',
      'removed-local',
      'removed-remote',
      'conflict',
      'restored',
      'folder-made-local',
      'folder-made-remote',
    ]),
    path: text,
    /** For `moved-*`: the old path; for `conflict`: the name the other copy was kept under. */
    from: text.nullable(),
    bytes: bytes.nullable(),
  })
  .readonly();

export const problemSchema = z
  .object({
    id,
    pairId: id,
    path: text.nullable(),
    code,
    fields,
    sinceMs: atMs,
    /** null: user action required. */ retryAtMs: atMs.nullable(),
  })
  .readonly();

const appSchema = z
  .object({ version: text, home: z.enum(['desktop', 'loopback']), platform: text, locale: text.nullable() })
  .readonly();
const overallSchema = z.enum([
  'signed-out',
  'in-sync',
  'incomplete',
  'syncing',
  'paused',
  'attention',
  'offline',
]);

export const snapshotSchema = z
  .object({
    seq: count,
    app: appSchema,
    overall: overallSchema,
    accounts: list(accountSchema, LIMITS.pairs),
    pairs: list(pairSchema, LIMITS.pairs),
    /** Newest first. */
    activity: list(activitySchema, LIMITS.activity),
    /** The first of them; `listProblems` gives all. */
    problems: list(problemSchema, LIMITS.problems),
    /** Another number after each change of the problems, also of those that are not among these. */
    problemsRevision: count,
    /** Files kept in two versions, newest first: the first of them; `listConflicts` gives all. */
    conflicts: list(conflictSchema, LIMITS.conflicts),
    /** Another number after each change of the conflicts, also of those that are not among these. */
    conflictsRevision: count,
    setup: setupSchema,
    settings: settingsSchema,
    /** Published version that is newer than `app.version`, by a signed manifest; null if none is known. */
    newerVersion: text.nullable(),
  })
  .readonly();

export type Snapshot = z.infer<typeof snapshotSchema>;
export type AccountView = z.infer<typeof accountSchema>;
export type PairView = z.infer<typeof pairSchema>;
export type ProgressView = z.infer<typeof progressSchema>;
export type TransferView = z.infer<typeof transferSchema>;
export type GuardView = z.infer<typeof guardSchema>;
export type ActivityView = z.infer<typeof activitySchema>;
export type ProblemView = z.infer<typeof problemSchema>;
export type IsolationView = z.infer<typeof isolationSchema>;
export type Overall = z.infer<typeof overallSchema>;

const eventKinds = {
  overallChanged: z.object({ kind: z.literal('overallChanged'), overall: overallSchema }),
  accountsChanged: z.object({
    kind: z.literal('accountsChanged'),
    accounts: list(accountSchema, LIMITS.pairs),
  }),
  /** One pair appeared or changed; it keeps its place, a new one goes to the end. */
  pairChanged: z.object({ kind: z.literal('pairChanged'), pair: pairSchema }),
  /** The small, frequent one: at most four a second for a pair. */
  pairProgressed: z.object({
    kind: z.literal('pairProgressed'),
    pairId: id,
    progress: progressSchema.nullable(),
    transfers: list(transferSchema, LIMITS.transfers),
  }),
  pairRemoved: z.object({ kind: z.literal('pairRemoved'), pairId: id }),
  /** Newest first; prepended to the list. */
  activityRecorded: z.object({
    kind: z.literal('activityRecorded'),
    entries: list(activitySchema, LIMITS.activity),
  }),
  problemsChanged: z.object({
    kind: z.literal('problemsChanged'),
    problems: list(problemSchema, LIMITS.problems),
    problemsRevision: count,
  }),
  conflictsChanged: z.object({
    kind: z.literal('conflictsChanged'),
    conflicts: list(conflictSchema, LIMITS.conflicts),
    conflictsRevision: count,
  }),
  setupChanged: z.object({ kind: z.literal('setupChanged'), setup: setupSchema }),
  settingsChanged: z.object({ kind: z.literal('settingsChanged'), settings: settingsSchema }),
  newerVersionSeen: z.object({ kind: z.literal('newerVersionSeen'), newerVersion: text.nullable() }),
} as const;

const eventBodySchema = z.discriminatedUnion('kind', [
  eventKinds.overallChanged,
  eventKinds.accountsChanged,
  eventKinds.pairChanged,
  eventKinds.pairProgressed,
  eventKinds.pairRemoved,
  eventKinds.activityRecorded,
  eventKinds.problemsChanged,
  eventKinds.conflictsChanged,
  eventKinds.setupChanged,
  eventKinds.settingsChanged,
  eventKinds.newerVersionSeen,
]);

export const eventSchema = z.object({ seq: count, body: eventBodySchema }).readonly();

/** Change without its sequence number. */
export type EventBody = Readonly<z.infer<typeof eventBodySchema>>;
/** Numbered change: `seq` grows by exactly one; a page that sees a gap requests a new snapshot. */
export type BackendEvent = z.infer<typeof eventSchema>;

const planOpSchema = z
  .object({
    op: z.enum([
      'upload',
      'download',
      'make-local-folder',
      'make-remote-folder',
      'remove-local',
      'remove-remote',
      'remove-local-folder',
      'remove-remote-folder',
      'move-local',
      'move-remote',
      'set-aside',
      'adopt',
    ]),
    path: text,
    /** For `move-*`: the old path; for `set-aside`: the name the local copy gets. */
    from: text.nullable(),
    reason: code,
    bytes: bytes.nullable(),
  })
  .readonly();

export const planSchema = z
  .object({
    pairId: id,
    /** The first `LIMITS.planOps` of `opsTotal`. */
    ops: list(planOpSchema, LIMITS.planOps),
    opsTotal: count,
    counts: z
      .object({
        uploads: count,
        downloads: count,
        moves: count,
        removesLocal: count,
        removesRemote: count,
        conflicts: count,
        bytesUp: bytes,
        bytesDown: bytes,
      })
      .readonly(),
    guards: list(guardSchema, LIMITS.guards),
    /** There is nothing to do, or every step only brings what this computer lacks: nothing of the user's is touched. */
    onlyArrivals: z.boolean(),
    /** Both sides hold the same: every step, if there is one, only records that. */
    isIdentical: z.boolean(),
  })
  .readonly();

export const trashEntrySchema = z
  .object({ id, path: text, removedAtMs: atMs, bytes: bytes.nullable(), side: z.enum(['local', 'remote']) })
  .readonly();

export type PlanView = z.infer<typeof planSchema>;
export type TrashEntryView = z.infer<typeof trashEntrySchema>;
