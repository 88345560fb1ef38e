// Backend of both UIs: state snapshot and commands, as defined in preload/contract.ts.
import { parseRelPath } from '../core/model/path.ts';
import { verdictOf } from '../core/status.ts';
import type { Clock } from '../ports/clock.port.ts';
import type { Links } from '../ports/links.port.ts';
import type { Log } from '../ports/log.port.ts';
import { fairShare } from '../core/fair-share.ts';
import { failed, LIMITS } from '../../preload/lean/limits.ts';
import type { Backend, Commands, Input, Output, Result, Snapshot } from '../../preload/contract.ts';
import { createPublisher } from '../../preload/snapshot-events.ts';
import type { Publisher, SnapshotContent } from '../../preload/snapshot-events.ts';
import { ofSignIn } from './account/runtime.ts';
import type { AccountRuntime } from './account/runtime.ts';
import { conflictsPage } from './conflicts/conflict-pages.ts';
import type { PairConflicts } from './conflicts/conflict-pages.ts';
import { conflictCommands } from './conflicts/conflict-commands.ts';
import type { DecodePicture } from './conflicts/preview.ts';
import { attempt } from './errors.ts';
import { entryOf, historyOf } from './files/history.ts';
import { makeRevision, problemById, problemsPage } from './files/problems.ts';
import type { PairProblems } from './files/problems.ts';
import { viewOfPlan } from './pair-view.ts';
import { makePace } from './publish-pace.ts';
import type { ReleaseNews } from './release-watch.ts';
import type { Registry, RegistryPart } from './registry.ts';
import { absoluteOf, fileCommands } from './files/file-commands.ts';
import { engineCommands } from './engine-commands.ts';
import { choiceCommands } from './files/folder-choice.ts';
import { makeItemNames } from './files/item-names.ts';
import { trashCommands } from './files/trash-commands.ts';
import { accountCommands } from './setup/account-commands.ts';
import type { AccountParts } from './setup/account-commands.ts';
import { folderCommands } from './setup/folder-commands.ts';
import type { FolderParts } from './setup/folder-commands.ts';
import { reportOf } from './report.ts';
import type { CrashReports, MachineFacts } from './report.ts';
import { settingsCommand, settingsView } from './settings.ts';
import type { SettingsParts } from './settings.ts';
import { ignoreProblem } from './setup/ignore-problem.ts';
import { checkOwnAccount } from './setup/own-account.ts';
import { failureOf } from './setup/setup.ts';
import type { Setup } from './setup/setup.ts';
import { makePairReader, resumePairs } from './pair-runtime.ts';
import { waitsForStart } from '../../preload/pause-words.ts';
import type { PairRuntime } from './pair-runtime.ts';

export type BackendParts = {
  readonly app: Snapshot['app'];
  readonly registry: Registry;
  readonly setup: Setup;
  readonly folders: FolderParts;
  readonly accounts: AccountParts;
  readonly settings: SettingsParts;
  /** Asks where to save a text and saves it; null where main has no dialogs. False if the user chose nothing. */
  readonly saveText: ((name: string, text: string) => Promise<boolean>) | null;
  readonly machine: MachineFacts;
  /** Left out where the program keeps none (a server). */
  readonly crashReports?: CrashReports | undefined;
  readonly releases: ReleaseNews;
  /** Shows the folder in the file manager; null without one (a server). */
  readonly revealFolder: ((absolutePath: string) => void) | null;
  /** Puts a text on the clipboard; null where main has none. */
  readonly copyText: ((text: string) => Promise<void>) | null;
  /** Null without a decoder (a server). */
  readonly decodePicture: DecodePicture | null;
  readonly links: Links;
  readonly clock: Clock;
  readonly log: Log;
};

/** `stop` ends the events; the snapshot stays readable. */
export function makeBackend(parts: BackendParts, signal: AbortSignal): Backend {
  const readers = new Map(parts.registry.pairs.map((pair) => [pair, makePairReader(pair)]));
  const revisions = { problems: makeRevision(), conflicts: makeRevision() };
  const content = (): SnapshotContent => contentOf(parts, readers, revisions);
  const { publisher, publish } = publishing(content, parts.log);
  const { changed, publishNow, listen } = makePace({ clock: parts.clock, log: parts.log, publish }, signal);
  function follow({ accounts, pairs }: RegistryPart): void {
    for (const account of accounts) account.onChange(changed);
    for (const pair of pairs) pair.engine.onChange(changed);
  }
  follow(parts.registry);
  parts.setup.onChange(changed);
  parts.releases.onChange(changed);
  parts.settings.conditions.onChange(changed);
  parts.registry.onAdded((added) => {
    for (const pair of added.pairs) readers.set(pair, makePairReader(pair));
    follow(added);
    changed();
  });
  parts.registry.onRemoved((pair) => {
    readers.delete(pair);
    changed();
    return Promise.resolve();
  });
  return {
    snapshot: () => {
      // A snapshot is current; the last event may be a quarter of a second old.
      if (!publisher.isPublishing()) publishNow();
      return publisher.snapshot();
    },
    subscribe: (listener, everyMs) => {
      const unlisten = listen(everyMs);
      const unsubscribe = publisher.subscribe(listener);
      return () => {
        unlisten();
        unsubscribe();
      };
    },
    commands: {
      ...commandsOf(
        parts,
        (pair) => {
          const read = readers.get(pair)?.();
          return { pairId: pair.config.id, rows: read?.sorted.rows ?? [], conflicts: read?.open ?? [] };
        },
        (pair) => {
          const view = readers.get(pair)?.().view;
          return view !== undefined && waitsForStart(view);
        },
      ),
      changeSettings: settingsCommand(parts.settings, changed),
      saveReport: async () => {
        if (parts.saveText === null) return failed('not-supported');
        const machine = { ...parts.machine, crashReports: parts.crashReports?.names() ?? [] };
        const text = reportOf(publisher.snapshot(), machine, parts.clock.nowMs());
        return { ok: true, value: await parts.saveText('driftless-report.json', text) };
      },
    },
    reportFailure: (request, cause) => {
      parts.log.error('a request failed', {
        request,
        message: cause instanceof Error ? cause.message : String(cause),
        stack: cause instanceof Error ? cause.stack : undefined,
      });
    },
  };
}

/** A state that cannot be read or shown keeps the last one: neither later events nor `snapshot` fail by it. Logged once. */
function publishing(content: () => SnapshotContent, log: Log): { publisher: Publisher; publish: () => void } {
  const publisher = createPublisher(content());
  let isReadable = true;
  const publish = (): void => {
    try {
      publisher.publish(content());
      isReadable = true;
    } catch (error) {
      if (isReadable) log.error('status could not be announced', { message: String(error) });
      isReadable = false;
    }
  };
  return { publisher, publish };
}

function contentOf(
  parts: BackendParts,
  readers: ReadonlyMap<PairRuntime, ReturnType<typeof makePairReader>>,
  revisions: Readonly<Record<'problems' | 'conflicts', ReturnType<typeof makeRevision>>>,
): SnapshotContent {
  // In the order of the settings, which a pair that was changed keeps.
  const pairs = parts.registry.pairs.flatMap((pair) => readers.get(pair)?.() ?? []);
  const accounts = parts.registry.accounts.map((account) => account.view());
  return {
    app: parts.app,
    overall: verdictOf({ accounts, pairs: pairs.map((pair) => pair.view) }).overall,
    accounts,
    pairs: pairs.map((pair) => pair.view).slice(0, LIMITS.pairs),
    activity: pairs
      .flatMap((pair) => pair.activity)
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, LIMITS.activity),
    problems: fairShare(
      pairs.map((pair) => pair.problems),
      LIMITS.problems,
    ),
    problemsRevision: revisions.problems(pairs.map(({ sorted }) => sorted)),
    conflicts: pairs
      .flatMap((pair) => pair.conflicts)
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, LIMITS.conflicts),
    conflictsRevision: revisions.conflicts(pairs.map(({ open }) => open)),
    setup: parts.setup.view(),
    settings: settingsView(parts.settings),
    newerVersion: parts.releases.newest(),
  };
}

const ok: Result<null> = { ok: true, value: null };

function commandsOf(
  parts: BackendParts,
  listsOf: (pair: PairRuntime) => PairProblems & PairConflicts,
  isNew: (pair: PairRuntime) => boolean,
): Omit<Commands, 'changeSettings' | 'saveReport'> {
  const { setup } = parts;
  const names = makeItemNames();
  const findAccount = (id: string): AccountRuntime | undefined =>
    parts.registry.accounts.find((one) => one.id === id);
  const findPair = (id: string): PairRuntime | undefined =>
    parts.registry.pairs.find((one) => one.config.id === id);
  const problemOf = ({ pairId, problemId }: Input<'revealProblem'>) => {
    const pair = findPair(pairId);
    return pair === undefined ? undefined : problemById(listsOf(pair), problemId);
  };
  return {
    signIn: ({ accountId, another = false }, signal) =>
      signIn(parts, { account: findAccount(accountId), another }, signal),
    cancelSignIn: ({ accountId }) => {
      findAccount(accountId)?.cancelSignIn();
      return Promise.resolve(ok);
    },
    signOut: async ({ accountId }, signal) => {
      const account = findAccount(accountId);
      if (account === undefined) return failed('unknown-account');
      await account.signOut(signal);
      for (const pair of parts.registry.pairs) if (pair.account === account) pair.engine.restart();
      return ok;
    },
    ...engineCommands(parts.registry.pairs, parts.clock, isNew),
    plan: ({ pairId }, signal) => preview(findPair(pairId), signal),
    answerGuard: ({ pairId, guardId, answer }) =>
      Promise.resolve(
        findPair(pairId)?.engine.answer(guardId, answer) === true ? ok : failed('unknown-guard'),
      ),
    revealFolder: ({ pairId }) =>
      Promise.resolve(revealWhole(parts, findPair(pairId)?.config.folder ?? null, 'unknown-pair')),
    revealCrashReports: () =>
      Promise.resolve(revealWhole(parts, parts.crashReports?.folder ?? null, 'not-on-this-machine')),
    ...trashCommands(findPair),
    listProblems: (asked) =>
      Promise.resolve({ ok: true, value: problemsPage(parts.registry.pairs.map(listsOf), asked) }),
    listConflicts: (asked) =>
      Promise.resolve({ ok: true, value: conflictsPage(parts.registry.pairs.map(listsOf), asked) }),
    revealProblem: (asked) => Promise.resolve(reveal(parts, findPair(asked.pairId), problemOf(asked)?.path)),
    ignoreProblem: (asked, signal) => {
      const ignored = { pairId: asked.pairId, problem: () => problemOf(asked) };
      return attempt(async () => {
        await ignoreProblem(parts.folders.editor, ignored, signal);
        return ok;
      }, failureOf);
    },
    revealActivity: ({ pairId, activityId }) => {
      const pair = findPair(pairId);
      const entry = pair === undefined ? undefined : entryOf(pair, activityId);
      return Promise.resolve(reveal(parts, pair, entry?.path));
    },
    listActivity: (asked) => Promise.resolve({ ok: true, value: historyOf(parts.registry.pairs, asked) }),
    ...conflictCommands({ findPair, decodePicture: parts.decodePicture }),
    ...fileCommands({ ...parts, findPair, names }),
    ...choiceCommands({ findPair, names, editor: parts.folders.editor }),
    ...folderCommands(parts.folders, findPair),
    ...accountCommands(parts.accounts, findAccount),
    proposeProfile: (given, signal) => setup.propose(given, signal),
    checkOwnAccount: (typed) => Promise.resolve({ ok: true, value: checkOwnAccount(typed) }),
    copyOwnTemplate: async (typed) => {
      const { template } = checkOwnAccount(typed);
      if (parts.copyText === null) return failed('not-on-this-machine');
      if (template === null) return failed('own-incomplete');
      await parts.copyText(template);
      return ok;
    },
    proposeOwnAccount: (typed, signal) => setup.proposeOwn(typed, signal),
    chooseFolder: (input) => setup.chooseFolder(input),
    acceptProfile: (input, signal) => setup.accept(input, signal),
    rejectProfile: (input) => Promise.resolve(setup.reject(input)),
    dismissRefusal: () => Promise.resolve(setup.dismissRefusal()),
  };
}

/** @param folder null: the answer is `missing` */
function revealWhole({ revealFolder }: BackendParts, folder: string | null, missing: string): Result<null> {
  if (folder === null) return failed(missing);
  if (revealFolder === null) return failed('not-on-this-machine');
  revealFolder(folder);
  return ok;
}

/** `path`: as the engine told it; it is checked again, because it becomes a path of this disk. */
function reveal(
  { revealFolder }: BackendParts,
  pair: PairRuntime | undefined,
  path: string | null | undefined,
): Result<null> {
  if (pair === undefined) return failed('unknown-pair');
  if (revealFolder === null) return failed('not-on-this-machine');
  // No path would be the folder itself.
  if (path === undefined || path === null) return failed('unknown-file');
  const parsed = parseRelPath(path);
  if (parsed.kind !== 'path') return failed('unknown-file');
  const place = absoluteOf(pair, parsed.path);
  if (place === null) return failed('unknown-file');
  revealFolder(place);
  return ok;
}

async function signIn(
  parts: BackendParts,
  { account, another }: { readonly account: AccountRuntime | undefined; readonly another: boolean },
  signal: AbortSignal,
): Promise<Result<null>> {
  if (account === undefined) return failed('unknown-account');
  return attempt(
    async () => {
      const showsUrl = parts.app.home === 'loopback';
      await account.signIn({ choosesAccount: another, showsUrl, onDeviceCode: () => undefined }, signal);
      resumePairs(parts.registry.pairs, account, (await account.credentials.principal(signal)).sub);
      return ok;
    },
    (error) => failed(ofSignIn(error).code, error.fields),
  );
}

async function preview(pair: PairRuntime | undefined, signal: AbortSignal): Promise<Result<Output<'plan'>>> {
  if (pair === undefined) return failed('pair-not-running');
  return attempt(async () => {
    const previewed = await pair.engine.preview(signal);
    if (previewed.kind === 'guard') {
      return { ok: true, value: viewOfPlan(pair.config.id, [], [previewed.guard]) };
    }
    const { ops, guards } = previewed.planned;
    return { ok: true, value: viewOfPlan(pair.config.id, ops, guards) };
  });
}
