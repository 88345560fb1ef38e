// Contract between main and the page: schemas, and everything derived from them.
import { z } from 'zod';
import { codedSchema, id } from './schema-parts.ts';
import { failed } from './lean/limits.ts';
import type { Coded } from './schema-parts.ts';
import { allowProgramsSchema, awsProfileSchema, ofAwsProfile } from './account-schemas.ts';
import { conflictPreviewsSchema, ofConflict, resolveConflictSchema } from './conflict-schemas.ts';
import {
  askActivitySchema,
  askPartSchema,
  conflictListSchema,
  filesSchema,
  historySchema,
  ofFile,
  ofFolder,
  problemListSchema,
  restoreTrashSchema,
  restoreVersionSchema,
  restoredSchema,
  searchSchema,
  searchTrashSchema,
  shareSchema,
  sharedSchema,
  trashListSchema,
  trashRestoredSchema,
  versionsSchema,
} from './file-schemas.ts';
import {
  addFolderSchema,
  changeFolderSchema,
  chooseFoldersSchema,
  chosenFoldersSchema,
  folderLevelSchema,
  folderSettingsSchema,
  ignoreVerdictSchema,
  movePlaceSchema,
  testIgnoreSchema,
} from './folder-schemas.ts';
import { changeSettingsSchema } from './settings-schemas.ts';
import {
  acceptSchema,
  folderOfProposal,
  ofProposal,
  ownAccountSchema,
  ownCheckSchema,
  profileTextSchema,
} from './setup-schemas.ts';
import { planSchema, snapshotSchema } from './view-schemas.ts';
import type { BackendEvent, Snapshot } from './view-schemas.ts';

export type { Coded } from './schema-parts.ts';
export type { AwsProfile } from './account-schemas.ts';
export type { ConflictPreviews, ConflictView, FilePreview } from './conflict-schemas.ts';
export type { FileEntry, FileList, TrashGroupView, TrashList, VersionList } from './file-schemas.ts';
export type { FolderLevel, FolderSettings } from './folder-schemas.ts';
export type { AppSettings } from './settings-schemas.ts';
export type { OwnAccount, OwnCheck, ProposalView, SetupView } from './setup-schemas.ts';
export { eventSchema, snapshotSchema } from './view-schemas.ts';
export type {
  Snapshot,
  AccountView,
  PairView,
  ProgressView,
  TransferView,
  GuardView,
  ActivityView,
  ProblemView,
  IsolationView,
  Overall,
  EventBody,
  BackendEvent,
  PlanView,
  TrashEntryView,
} from './view-schemas.ts';

const none = z.strictObject({}).readonly();
const ofAccount = z.strictObject({ accountId: id }).readonly();
/** `another`: the provider asks which account to use. */
const signInSchema = z.strictObject({ accountId: id, another: z.boolean().exactOptional() }).readonly();
const connected = z.strictObject({ accountId: id, pairIds: z.array(id).readonly() }).readonly();
const ofPair = z.strictObject({ pairId: id }).readonly();
const ofPairOrAll = z.strictObject({ pairId: id.nullable() }).readonly();
const answerSchema = z
  .strictObject({ pairId: id, guardId: id, answer: z.enum(['keep', 'remove', 'later']) })
  .readonly();
const pauseUntilSchema = z
  .strictObject({ pairId: id.nullable(), until: z.enum(['hour', 'tomorrow']) })
  .readonly();
const ofActivity = z.strictObject({ pairId: id, activityId: id }).readonly();
const ofProblem = z.strictObject({ pairId: id, problemId: id }).readonly();
const done = z.null();

/** Every request the page can make. Inputs are strict; outputs drop what is not declared, so nothing leaks by accident. */
export const requestSchemas = {
  snapshot: { input: none, output: snapshotSchema },
  signIn: { input: signInSchema, output: done },
  cancelSignIn: { input: ofAccount, output: done },
  signOut: { input: ofAccount, output: done },
  pause: { input: ofPairOrAll, output: done },
  /** Pauses with an end: in an hour, or at eight tomorrow morning. */
  pauseUntil: { input: pauseUntilSchema, output: done },
  resume: { input: ofPairOrAll, output: done },
  syncNow: { input: ofPairOrAll, output: done },
  checkNow: { input: ofPairOrAll, output: done },
  plan: { input: ofPair, output: planSchema },
  answerGuard: { input: answerSchema, output: done },
  revealFolder: { input: ofPair, output: done },
  /** Grouped by what happened, newest first; with a text only what has it in its path. */
  listTrash: { input: searchTrashSchema, output: trashListSchema },
  restoreTrash: { input: restoreTrashSchema, output: trashRestoredSchema },
  /** Tries everything that waits again at once. */
  retryNow: { input: ofPairOrAll, output: done },
  /** A part of all problems, in a fixed order. */
  listProblems: { input: askPartSchema, output: problemListSchema },
  revealProblem: { input: ofProblem, output: done },
  /** Leaves its file out by a rule of the folder's settings. */
  ignoreProblem: { input: ofProblem, output: done },
  /** Shows the file of an entry of the activity in the file manager. */
  revealActivity: { input: ofActivity, output: done },
  /** A part of all open conflicts, newest first. */
  listConflicts: { input: askPartSchema, output: conflictListSchema },
  /** Both versions of a file, as far as main can show them. */
  previewConflict: { input: ofConflict, output: conflictPreviewsSchema },
  /** What is not kept goes to the trash. */
  resolveConflict: { input: resolveConflictSchema, output: done },
  listActivity: { input: askActivitySchema, output: historySchema },
  listFiles: { input: ofFolder, output: filesSchema },
  searchFiles: { input: searchSchema, output: filesSchema },
  listVersions: { input: ofFile, output: versionsSchema },
  restoreVersion: { input: restoreVersionSchema, output: restoredSchema },
  /** Puts a link on the clipboard; null lasts an hour, or as long as the session if that is less. */
  shareFile: { input: shareSchema, output: sharedSchema },
  revealFile: { input: ofFile, output: done },
  /** Main opens its own dialog where `folder` is null; null is returned if the user chose none. The folder begins paused. */
  addFolder: { input: addFolderSchema, output: ofPair.nullable() },
  readFolder: { input: ofPair, output: folderSettingsSchema },
  /** Which ignore rule in use decides about a name in this folder. */
  testIgnore: { input: testIgnoreSchema, output: ignoreVerdictSchema },
  changeFolder: { input: changeFolderSchema, output: done },
  /** Another place in the bucket, as a new folder that begins paused. Null if the user declined in main's dialog, or nothing differs. */
  movePlace: { input: movePlaceSchema, output: ofPair.nullable() },
  removeFolder: { input: ofPair, output: done },
  /** Folders of one level, to choose which are synced here. */
  listFolders: { input: ofFolder, output: folderLevelSchema },
  /** Changes what is synced on this computer; nothing is removed from the bucket. */
  chooseFolders: { input: chooseFoldersSchema, output: chosenFoldersSchema },
  /** Shows a profile for review; nothing is fetched or written. */
  proposeProfile: { input: profileTextSchema, output: done },
  /** Judges what was typed, and makes the template for it; asks no service. */
  checkOwnAccount: { input: ownAccountSchema, output: ownCheckSchema },
  /** Puts the template on the clipboard. */
  copyOwnTemplate: { input: ownAccountSchema, output: done },
  /** Shows the profile made of it for review. */
  proposeOwnAccount: { input: ownAccountSchema, output: done },
  /** Opens a dialog of the main process; false if the user chose none. */
  chooseFolder: { input: folderOfProposal, output: z.boolean() },
  /** Null if the user declined in the main process's dialog. The folders begin paused. */
  acceptProfile: { input: acceptSchema, output: connected.nullable() },
  rejectProfile: { input: ofProposal, output: done },
  changeSettings: { input: changeSettingsSchema, output: done },
  /** Whether other programs get credentials of this sign-in. */
  allowPrograms: { input: allowProgramsSchema, output: done },
  /** What a profile for other tools looks like in the AWS config file; writes nothing. */
  showAwsProfile: { input: ofAwsProfile, output: awsProfileSchema },
  /** Main shows the lines and asks; false if the user declined. */
  addAwsProfile: { input: ofAwsProfile, output: z.boolean() },
  /** Takes the lines out again; false where they are not there as they were added. */
  removeAwsProfile: { input: ofAwsProfile, output: z.boolean() },
  /** Main opens a dialog for a file with certificates, and asks; false if the user chose none or declined. */
  chooseAuthorities: { input: ofAccount, output: z.boolean() },
  forgetAuthorities: { input: ofAccount, output: done },
  /** Main asks where to save a report without secrets; false if the user chose nothing. */
  saveReport: { input: none, output: z.boolean() },
  /** Shows the folder with the reports of crashes in the file manager. */
  revealCrashReports: { input: none, output: done },
  dismissRefusal: { input: none, output: done },
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
export const VIEW_CHANNEL = 'driftless:view';

export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requestSchemas, name);
}

/** Main as seen by the page, in the window and on loopback. */
export interface Bridge {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Result<Output<N>>>;
  /** Returns the unsubscriber. Subscribe first, then take a snapshot, then drop events with `seq` <= the snapshot's. */
  subscribe(listener: (event: BackendEvent) => void): () => void;
  /** Only in the desktop's window: the tray asks for a view. */
  watchView?(listener: (view: ShownView) => void): () => void;
  /** Only where the connection can be lost (loopback). `ended`: this page's access is over; a new link is needed. */
  watchConnection?(listener: (connection: Connection) => void): () => void;
}
/** Views that the tray can open. */
export const shownViews = ['overview', 'problems', 'settings'] as const;
export type ShownView = (typeof shownViews)[number];
export type Connection = 'open' | 'lost' | 'ended';

/** Implemented once by main; Electron IPC and the loopback server both call it through `dispatch`. */
export interface Backend {
  snapshot(): Snapshot;
  /**
   * Events follow the snapshot's `seq` without gaps, each with the snapshot that it led to. Returns the unsubscriber.
   * `everyMs`: so long the listener can wait for them, but for many at once; `snapshot` brings all that are due.
   */
  subscribe(listener: (event: BackendEvent, after: Snapshot) => void, everyMs?: number): () => void;
  readonly commands: Commands;
  /** Receives the unexpected exception of a command, for the log; the page only receives `internal`. */
  readonly reportFailure?: (request: string, cause: unknown) => void;
}
/** Expected failures are `{ ok: false }`; an exception is shown as `internal`. */
export type Commands = {
  readonly [N in CommandName]: (input: Input<N>, signal: AbortSignal) => Promise<Result<Output<N>>>;
};

/** Validates a raw request, runs it, and strips the result to its declared shape. Never throws. */
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
