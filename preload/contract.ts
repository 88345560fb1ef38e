// The one agreement between main and the page: channel names, types and validation all derive from the schemas in this file.
import { z } from 'zod';

// Before the first schema: zod probes `new Function` while it builds an object schema, and under the page's policy the probe
// itself is a reported violation. Hence at import, and not in a function that somebody calls later.
z.config({ jitless: true });

const LABEL_CHARS = 4096;
const text = z.string().max(LABEL_CHARS);
const id = z.string().min(1).max(200);
const count = z.number().int().nonnegative();
const bytes = z.number().nonnegative();
const atMs = z.number();
const code = z.string().regex(/^[a-z0-9][A-Za-z0-9._-]{0,79}$/);
const fields = z.record(z.string(), z.union([text, z.number(), z.boolean(), z.null()])).readonly();

function list<T extends z.ZodType>(item: T, max: number) {
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

const codedSchema = z.object({ code, fields }).readonly();

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

const planSchema = z
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

const trashEntrySchema = z
  .object({ id, path: text, removedAtMs: atMs, bytes: bytes.nullable(), side: z.enum(['local', 'remote']) })
  .readonly();

export type PlanView = z.infer<typeof planSchema>;
export type PlanOpView = z.infer<typeof planOpSchema>;
export type TrashEntryView = z.infer<typeof trashEntrySchema>;

const none = z.strictObject({}).readonly();
const ofAccount = z.strictObject({ accountId: id }).readonly();
const ofPair = z.strictObject({ pairId: id }).readonly();
const ofPairOrAll = z.strictObject({ pairId: id.nullable() }).readonly();
const ofGuard = z.strictObject({ pairId: id, guardId: id }).readonly();
const ofTrashEntry = z.strictObject({ pairId: id, id }).readonly();
const done = z.null();

/** Every request the page can make. Inputs are strict; outputs drop what is not declared, so nothing leaks by accident. */
export const requestSchemas = {
  snapshot: { input: none, output: snapshotSchema },
  signIn: { input: ofAccount, output: done },
  cancelSignIn: { input: ofAccount, output: done },
  signOut: { input: ofAccount, output: done },
  pause: { input: ofPairOrAll, output: done },
  resume: { input: ofPairOrAll, output: done },
  syncNow: { input: ofPairOrAll, output: done },
  checkNow: { input: ofPair, output: done },
  plan: { input: ofPair, output: planSchema },
  approveGuard: { input: ofGuard, output: done },
  declineGuard: { input: ofGuard, output: done },
  revealFolder: { input: ofPair, output: done },
  listTrash: { input: ofPair, output: list(trashEntrySchema, LIMITS.trash) },
  restoreTrash: { input: ofTrashEntry, output: done },
} as const;

export type RequestName = keyof typeof requestSchemas;
export type CommandName = Exclude<RequestName, 'snapshot'>;
export type Input<N extends RequestName> = z.infer<(typeof requestSchemas)[N]['input']>;
export type Output<N extends RequestName> = z.infer<(typeof requestSchemas)[N]['output']>;
export type Result<V> =
  { readonly ok: true; readonly value: V } | { readonly ok: false; readonly error: Coded };

export const requestNames: readonly RequestName[] = Object.keys(requestSchemas).filter(isRequestName);

/** IPC channel of one request; the loopback page posts to `/api/<name>` instead. */
export function channelOf(name: RequestName): `driftless:${RequestName}` {
  return `driftless:${name}`;
}
export const EVENT_CHANNEL = 'driftless:event';

export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requestSchemas, name);
}

/** What the page sees of main, in both homes. */
export interface Bridge {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Result<Output<N>>>;
  /** Returns the unsubscriber. Subscribe first, then take a snapshot, then drop events with `seq` <= the snapshot's. */
  subscribe(listener: (event: BackendEvent) => void): () => void;
  /** Only where the connection can be lost (loopback). `ended`: this page's access is over; a new link is needed. */
  watchConnection?(listener: (connection: Connection) => void): () => void;
}
export type Connection = 'open' | 'lost' | 'ended';

/** What main implements once; Electron IPC and the loopback server both sit on it through `dispatch`. */
export interface Backend {
  snapshot(): Snapshot;
  /** Events follow the snapshot's `seq` without gaps. Returns the unsubscriber. */
  subscribe(listener: (event: BackendEvent) => void): () => void;
  readonly commands: Commands;
  /** Where a command's unexpected exception goes (the log); the page only hears `internal`. */
  readonly reportFailure?: (request: string, cause: unknown) => void;
}
/** Commands answer what can be planned for as `{ ok: false }`; what they throw is shown as `internal`. */
export type Commands = {
  readonly [N in CommandName]: (input: Input<N>, signal: AbortSignal) => Promise<Result<Output<N>>>;
};

/** Validates a raw request, runs it, and lets only the declared shape out again. Never throws. */
export async function dispatch(
  backend: Backend,
  name: string,
  rawInput: unknown,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  if (!isRequestName(name)) return failed('unknown-request');
  const input = requestSchemas[name].input.safeParse(rawInput);
  if (!input.success) return failed('bad-request', { field: input.error.issues[0]?.path.join('.') ?? '' });
  try {
    // Parsed by this request's own schema one line above; TypeScript cannot carry that link through the union of names.
    const result =
      name === 'snapshot'
        ? { ok: true as const, value: backend.snapshot() }
        : await run(backend, name, input.data as never, signal);
    if (!result.ok) return { ok: false, error: codedSchema.parse(result.error) };
    return { ok: true, value: requestSchemas[name].output.parse(result.value) };
  } catch (cause) {
    if (signal.aborted) return failed('cancelled');
    backend.reportFailure?.(name, cause);
    return failed('internal', { name: cause instanceof Error ? cause.name : 'unknown' });
  }
}

async function run<N extends CommandName>(
  backend: Backend,
  name: N,
  input: Input<N>,
  signal: AbortSignal,
): Promise<Result<Output<N>>> {
  return backend.commands[name](input, signal);
}

/** Makes an error result. */
export function failed(
  errorCode: string,
  errorFields: Coded['fields'] = {},
): { readonly ok: false; readonly error: Coded } {
  return { ok: false, error: { code: errorCode, fields: errorFields } };
}

/** Parses an answer on the page's side; a malformed one counts as an internal error. */
export function parseResult<N extends RequestName>(name: N, raw: unknown): Result<Output<N>> {
  const shape = z
    .union([
      z.object({ ok: z.literal(true), value: z.unknown() }),
      z.object({ ok: z.literal(false), error: codedSchema }),
    ])
    .safeParse(raw);
  if (!shape.success) return failed('internal', { name: 'bad-answer' });
  if (!shape.data.ok) return shape.data;
  const value = requestSchemas[name].output.safeParse(shape.data.value);
  return value.success
    ? { ok: true, value: value.data as Output<N> }
    : failed('internal', { name: 'bad-answer' });
}
