// The shapes of everything a person sees: what main may send to the page, declared field by field, and no more.
import { z } from 'zod';

// Before the first schema: zod probes `new Function` while it builds an object schema, and under the page's policy the probe
// itself is a reported violation. Hence at import, and not in a function that somebody calls later.
z.config({ jitless: true });

const LABEL_CHARS = 4096;
const text = z.string().max(LABEL_CHARS);
export const id = z.string().min(1).max(200);
const count = z.number().int().nonnegative();
const bytes = z.number().nonnegative();
const atMs = z.number();
const code = z.string().regex(/^[a-z0-9][A-Za-z0-9._-]{0,79}$/);
const fields = z.record(z.string(), z.union([text, z.number(), z.boolean(), z.null()])).readonly();

export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max).readonly();
}

/** Caps on what main sends; a publisher trims to these, newest or most severe first. */
export const LIMITS = {
  activity: 100,
  problems: 200,
  transfers: 8,
  examples: 20,
  guards: 20,
  notices: 20,
  planOps: 500,
  trash: 500,
  pairs: 200,
} as const;

export const codedSchema = z.object({ code, fields }).readonly();

const accountSchema = z
  .object({
    id,
    label: text,
    issuerHost: text,
    state: z.enum(['signed-out', 'signing-in', 'signed-in', 'needs-sign-in', 'offline']),
    personName: text.nullable(),
    /** After sign-out: until when AWS access that was already issued still works. Signed in: when the session ends. */
    accessUntilMs: atMs.nullable(),
    error: codedSchema.nullable(),
    deviceCode: z.object({ userCode: text, verificationUriHost: text }).readonly().nullable(),
    /** The account may talk to loopback over http; the page shows a banner. */
    development: z.boolean(),
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
    /** Which side would lose something. */
    direction: z.enum(['local', 'remote']),
    counts: z
      .object({ removals: count, replacements: count, conflicts: count, total: count.nullable() })
      .readonly(),
    examples: list(text, LIMITS.examples),
  })
  .readonly();

const pairSchema = z
  .object({
    id,
    accountId: id,
    folderLabel: text,
    remoteLabel: text,
    mode: z.enum(['two-way', 'upload-only', 'download-only']),
    state: z.enum([
      'starting',
      'scanning',
      'syncing',
      'in-sync',
      'paused',
      'attention',
      'offline',
      'signed-out',
    ]),
    progress: progressSchema.nullable(),
    transfers: list(transferSchema, LIMITS.transfers),
    counts: z.object({ files: count, folders: count, bytes }).readonly(),
    lastInSyncAtMs: atMs.nullable(),
    guards: list(guardSchema, LIMITS.guards),
    notices: list(codedSchema, LIMITS.notices),
    /** All problems of the pair, also those beyond `LIMITS.problems`. */
    problemCount: count,
  })
  .readonly();

const activitySchema = z
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

const problemSchema = z
  .object({
    pairId: id,
    path: text.nullable(),
    code,
    fields,
    sinceMs: atMs,
    /** null: only a person can help. */ retryAtMs: atMs.nullable(),
  })
  .readonly();

const appSchema = z
  .object({ version: text, home: z.enum(['desktop', 'loopback']), platform: text, locale: text.nullable() })
  .readonly();
const overallSchema = z.enum(['signed-out', 'in-sync', 'syncing', 'paused', 'attention', 'offline']);

export const snapshotSchema = z
  .object({
    seq: count,
    app: appSchema,
    overall: overallSchema,
    accounts: list(accountSchema, LIMITS.pairs),
    pairs: list(pairSchema, LIMITS.pairs),
    /** Newest first. */
    activity: list(activitySchema, LIMITS.activity),
    problems: list(problemSchema, LIMITS.problems),
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
export type Coded = z.infer<typeof codedSchema>;
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
  /** Newest first; goes in front of what is there. */
  activityRecorded: z.object({
    kind: z.literal('activityRecorded'),
    entries: list(activitySchema, LIMITS.activity),
  }),
  problemsChanged: z.object({
    kind: z.literal('problemsChanged'),
    problems: list(problemSchema, LIMITS.problems),
  }),
} as const;

const eventBodySchema = z.discriminatedUnion('kind', [
  eventKinds.overallChanged,
  eventKinds.accountsChanged,
  eventKinds.pairChanged,
  eventKinds.pairProgressed,
  eventKinds.pairRemoved,
  eventKinds.activityRecorded,
  eventKinds.problemsChanged,
]);

export const eventSchema = z.object({ seq: count, body: eventBodySchema }).readonly();

/** What changed, without its number. */
export type EventBody = Readonly<z.infer<typeof eventBodySchema>>;
/** A numbered fact: `seq` grows by exactly one; a page that sees a gap takes a new snapshot. */
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
  })
  .readonly();

export const trashEntrySchema = z
  .object({ id, path: text, removedAtMs: atMs, bytes: bytes.nullable(), side: z.enum(['local', 'remote']) })
  .readonly();

export type PlanView = z.infer<typeof planSchema>;
export type TrashEntryView = z.infer<typeof trashEntrySchema>;
