// Scripted backend for page tests and screenshots. Holds a snapshot, records requests, changes as scripted.
import { checkOwnAccount } from '../../main/app/setup/own-account.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import type {
  ActivityView,
  AppSettings,
  Backend,
  BackendEvent,
  Coded,
  CommandName,
  Commands,
  ConflictPreviews,
  ConflictView,
  FileList,
  FolderLevel,
  FolderSettings,
  Input,
  Output,
  PlanView,
  ProblemView,
  ProposalView,
  Result,
  SetupView,
  TrashList,
  VersionList,
} from '../../preload/contract.ts';
import { createPublisher } from '../../preload/snapshot-events.ts';
import type { EventListener, SnapshotContent } from '../../preload/snapshot-events.ts';

export type Call = { readonly name: CommandName; readonly input: unknown };

export type ScriptedBackend = Backend & {
  readonly calls: readonly Call[];
  /** Makes it differ from what it is, and announces the difference. */
  change(edit: (now: SnapshotContent) => SnapshotContent): void;
  /** Announces an event past the publisher: for gaps and repeats. */
  say(event: BackendEvent): void;
  /** The next call of that name fails with this code. */
  failNext(name: CommandName, code: string, fields?: Coded['fields']): void;
  /** The next call of that name is answered with this. */
  answerNext<N extends CommandName>(name: N, value: Output<N>): void;
  snapshotsTaken(): number;
};

export type Answers = {
  readonly plan?: PlanView;
  readonly trash?: TrashList;
  readonly folder?: FolderSettings;
  readonly previews?: ConflictPreviews;
  readonly verdict?: Output<'testIgnore'>;
  readonly history?: readonly ActivityView[];
  /** All of them, where they are more than the snapshot holds. */
  readonly problems?: readonly ProblemView[];
  /** As `problems`. */
  readonly conflicts?: readonly ConflictView[];
  readonly files?: FileList;
  readonly found?: FileList;
  /** Folders of a level, by the id of the one that holds them; the top has the id ''. */
  readonly levels?: Readonly<Record<string, FolderLevel>>;
  readonly versions?: VersionList;
  readonly linkEndsMs?: number;
  /** What a proposed profile is shown as. */
  readonly proposal?: ProposalView;
};

/** Nothing is being set up, and this page may take a profile. */
export const emptySetup: SetupView = {
  isOpen: true,
  folderBy: 'typing',
  folderRoots: ['/home/alice/Driftless'],
  proposal: null,
  refusal: null,
};

const noPreview = { kind: 'none', why: 'no-preview' } as const;
const noPreviews: ConflictPreviews = { current: noPreview, aside: noPreview };
const noFolders: FolderLevel = { folders: [], isCut: false };
const noFiles: FileList = { path: '', entries: [], isCut: false };
const unruled: Output<'testIgnore'> = { isSynced: true, rule: null, source: null, folder: null };
const plainFolder: FolderSettings = {
  mode: 'two-way',
  ignore: [],
  uploadLimit: null,
  downloadLimit: null,
  place: { above: 'company-files/users/alice/', name: 'Documents' },
};

function installed(
  tool: AppSettings['commandLine'],
  wanted: 'install' | 'remove' | undefined,
): Partial<AppSettings> {
  if (tool === null || wanted === undefined) return {};
  return { commandLine: { ...tool, state: wanted === 'install' ? 'installed' : 'absent' } };
}

/** As after an installation. */
export const plainSettings: AppSettings = {
  language: null,
  theme: 'system',
  notifications: true,
  pauseOnBattery: false,
  pauseOnMetered: false,
  onBattery: false,
  isMetered: null,
  uploadLimit: null,
  timetable: null,
  downloadLimit: null,
  proxy: null,
  startAtLogin: null,
  commandLine: null,
};

function withoutEntries(trash: TrashList, isGone: (group: string, entry: string) => boolean): TrashList {
  const groups = trash.groups.flatMap(({ id, count, entries, ...group }) => {
    const left = entries.filter((entry) => !isGone(id, entry.id));
    return left.length === 0
      ? []
      : [{ ...group, id, entries: left, count: count - entries.length + left.length }];
  });
  return { ...trash, groups };
}

/** Of one that the snapshot lacks the count stays, too: the test says what main would. */
function withoutConflict(
  now: SnapshotContent,
  { pairId, conflictId }: Input<'resolveConflict'>,
): SnapshotContent {
  const conflicts = now.conflicts.filter(({ id }) => id !== conflictId);
  const gone = now.conflicts.length - conflicts.length;
  const pairs = now.pairs.map((pair) =>
    pair.id === pairId ? { ...pair, conflictCount: pair.conflictCount - gone } : pair,
  );
  return { ...now, conflicts, pairs };
}

/** Those of the chosen folder whose path contains the text. */
function searched<T extends { readonly path: string | null; readonly pairId: string }>(
  items: readonly T[],
  asked: { readonly text: string; readonly pairId: string | null },
): readonly T[] {
  return items
    .filter(({ path }) => (path ?? '').toLowerCase().includes(asked.text.toLowerCase()))
    .filter(({ pairId }) => asked.pairId === null || asked.pairId === pairId);
}

function partOf<T>(found: readonly T[], { skip }: { readonly skip: number }, size: number): readonly T[] {
  return found.slice(skip, skip + size);
}

const emptyPlan: PlanView = {
  pairId: 'docs',
  ops: [],
  opsTotal: 0,
  counts: {
    uploads: 0,
    downloads: 0,
    moves: 0,
    removesLocal: 0,
    removesRemote: 0,
    conflicts: 0,
    bytesUp: 0,
    bytesDown: 0,
  },
  guards: [],
  onlyArrivals: true,
  isIdentical: true,
};

export function createScriptedBackend(initial: SnapshotContent, answers: Answers = {}): ScriptedBackend {
  const publisher = createPublisher(initial);
  const listeners = new Set<EventListener>();
  const calls: Call[] = [];
  const failures = new Map<CommandName, Coded>();
  const answersOnce = new Map<CommandName, unknown>();
  /** AWS profiles that were added. */
  const profiles = new Set<string>();
  let snapshots = 0;
  let trash = answers.trash ?? { groups: [], more: 0 };

  function trusting(accountId: string, authorities: readonly string[]): void {
    const now = publisher.snapshot();
    const accounts = now.accounts.map((one) => (one.id === accountId ? { ...one, authorities } : one));
    publisher.publish({ ...now, accounts });
  }

  function takeFailure(name: CommandName): Coded | undefined {
    const error = failures.get(name);
    failures.delete(name);
    return error;
  }

  function unlessFailing<V>(name: CommandName, valueOf: () => V): Promise<Result<V>> {
    const error = takeFailure(name);
    return Promise.resolve(error === undefined ? { ok: true, value: valueOf() } : { ok: false, error });
  }

  function answering<V>(
    name: CommandName,
    value: V,
    effect?: (setup: SetupView) => SetupView,
  ): (input: unknown) => Promise<Result<V>> {
    return (input) => {
      calls.push({ name, input });
      const error = takeFailure(name);
      // Put there by `answerNext` of the same name, whose type says so.
      const answer = answersOnce.has(name) ? (answersOnce.get(name) as V) : value;
      answersOnce.delete(name);
      if (error === undefined && effect !== undefined) {
        const now = publisher.snapshot();
        publisher.publish({ ...now, setup: effect(now.setup) });
      }
      return Promise.resolve(error === undefined ? { ok: true, value: answer } : { ok: false, error });
    };
  }

  const commands: Commands = {
    signIn: answering('signIn', null),
    cancelSignIn: answering('cancelSignIn', null),
    signOut: answering('signOut', null),
    pause: answering('pause', null),
    resume: answering('resume', null),
    syncNow: answering('syncNow', null),
    checkNow: answering('checkNow', null),
    plan: answering('plan', answers.plan ?? emptyPlan),
    answerGuard: answering('answerGuard', null),
    revealFolder: answering('revealFolder', null),
    listTrash: (asked) => answering('listTrash', trash)(asked),
    restoreTrash: (asked) => {
      const isWanted = (group: string, entry: string) =>
        'groupId' in asked ? asked.groupId === group : asked.ids.includes(entry);
      const all = trash.groups.flatMap(({ id, entries }) => entries.map((entry) => ({ id, entry })));
      const back = all.filter(({ id, entry }) => isWanted(id, entry.id));
      if (!failures.has('restoreTrash')) trash = withoutEntries(trash, isWanted);
      return answering('restoreTrash', {
        restored: back.length,
        beside: 0,
        failed: 0,
        code: null,
        name: back.length === 1 ? (back[0]?.entry.path.split('/').at(-1) ?? null) : null,
      })(asked);
    },
    pauseUntil: answering('pauseUntil', null),
    changeSettings: (input) => {
      calls.push({ name: 'changeSettings', input });
      const now = publisher.snapshot();
      const { commandLine, ...rest } = input;
      const change = { ...rest, ...installed(now.settings.commandLine, commandLine) };
      publisher.publish({ ...now, settings: { ...now.settings, ...change } as AppSettings });
      return Promise.resolve({ ok: true, value: null });
    },
    allowPrograms: (asked) => {
      const now = publisher.snapshot();
      const accounts = now.accounts.map((one) =>
        one.id === asked.accountId
          ? { ...one, programs: asked.isOn ? ('on' as const) : ('off' as const) }
          : one,
      );
      publisher.publish({ ...now, accounts });
      return answering('allowPrograms', null)(asked);
    },
    showAwsProfile: (asked) =>
      answering('showAwsProfile', {
        file: '/home/alice/.aws/config',
        lines: `[profile ${asked.profile}]\ncredential_process = /home/alice/.local/bin/driftless credentials --account work --home /home/alice/.config/driftless\nregion = eu-central-1\n`,
        state: profiles.has(asked.profile) ? ('there' as const) : ('absent' as const),
      })(asked),
    addAwsProfile: (asked) => {
      if (!failures.has('addAwsProfile')) profiles.add(asked.profile);
      return answering('addAwsProfile', true)(asked);
    },
    removeAwsProfile: (asked) => answering('removeAwsProfile', profiles.delete(asked.profile))(asked),
    chooseAuthorities: (asked) => {
      trusting(asked.accountId, ['Example Company Root CA']);
      return answering('chooseAuthorities', true)(asked);
    },
    forgetAuthorities: (asked) => {
      trusting(asked.accountId, []);
      return answering('forgetAuthorities', null)(asked);
    },
    saveReport: answering('saveReport', true),
    revealCrashReports: answering('revealCrashReports', null),
    retryNow: answering('retryNow', null),
    listProblems: (asked) => {
      calls.push({ name: 'listProblems', input: asked });
      return unlessFailing('listProblems', () => {
        const found = searched(answers.problems ?? publisher.snapshot().problems, asked);
        return { problems: partOf(found, asked, LIMITS.problems), total: found.length };
      });
    },
    revealProblem: answering('revealProblem', null),
    ignoreProblem: answering('ignoreProblem', null),
    revealActivity: answering('revealActivity', null),
    listConflicts: (asked) => {
      calls.push({ name: 'listConflicts', input: asked });
      return unlessFailing('listConflicts', () => {
        const found = searched(answers.conflicts ?? publisher.snapshot().conflicts, asked);
        return { conflicts: partOf(found, asked, LIMITS.conflicts), total: found.length };
      });
    },
    previewConflict: answering('previewConflict', answers.previews ?? noPreviews),
    resolveConflict: (asked) => {
      const now = publisher.snapshot();
      const isHere = !failures.has('resolveConflict');
      if (isHere) publisher.publish(withoutConflict(now, asked));
      return answering('resolveConflict', null)(asked);
    },
    listActivity: (asked) =>
      unlessFailing('listActivity', () => {
        const found = searched(answers.history ?? publisher.snapshot().activity, asked).filter(
          ({ kind }) => asked.kind !== 'conflicts' || kind === 'conflict',
        );
        return { entries: partOf(found, asked, LIMITS.history), total: found.length };
      }),
    listFiles: answering('listFiles', answers.files ?? noFiles),
    searchFiles: answering('searchFiles', answers.found ?? noFiles),
    listVersions: answering('listVersions', answers.versions ?? { versions: [], isCut: false }),
    restoreVersion: answering('restoreVersion', { path: 'restored.txt' }),
    shareFile: answering('shareFile', { expiresAtMs: answers.linkEndsMs ?? 0 }),
    revealFile: answering('revealFile', null),
    addFolder: answering('addFolder', { pairId: 'docs' }),
    readFolder: answering('readFolder', answers.folder ?? plainFolder),
    changeFolder: answering('changeFolder', null),
    movePlace: answering('movePlace', { pairId: 'docs' }),
    removeFolder: answering('removeFolder', null),
    listFolders: (asked) =>
      answering('listFolders', answers.levels?.[asked.folderId ?? ''] ?? noFolders)(asked),
    chooseFolders: answering('chooseFolders', { leaving: 0, kept: 0 }),
    testIgnore: answering('testIgnore', answers.verdict ?? unruled),
    proposeProfile: answering('proposeProfile', null, (setup) => ({
      ...setup,
      proposal: answers.proposal ?? null,
    })),
    // The real one, which asks no service.
    checkOwnAccount: (typed) => Promise.resolve({ ok: true, value: checkOwnAccount(typed) }),
    copyOwnTemplate: answering('copyOwnTemplate', null),
    proposeOwnAccount: answering('proposeOwnAccount', null, (setup) => ({
      ...setup,
      proposal: answers.proposal ?? null,
    })),
    chooseFolder: answering('chooseFolder', true, ({ proposal, ...setup }) => ({
      ...setup,
      proposal: proposal === null ? null : { ...proposal, folder: '/home/alice/Documents' },
    })),
    acceptProfile: answering('acceptProfile', { accountId: 'work', pairIds: ['docs'] }, (setup) => ({
      ...setup,
      proposal: null,
    })),
    rejectProfile: answering('rejectProfile', null, (setup) => ({ ...setup, proposal: null })),
    dismissRefusal: answering('dismissRefusal', null, (setup) => ({ ...setup, refusal: null })),
  };

  return {
    calls,
    commands,
    snapshot() {
      snapshots += 1;
      return publisher.snapshot();
    },
    subscribe(listener) {
      listeners.add(listener);
      const unsubscribe = publisher.subscribe(listener);
      return () => {
        listeners.delete(listener);
        unsubscribe();
      };
    },
    change: (edit) => {
      publisher.publish(edit(publisher.snapshot()));
    },
    say: (event) => {
      for (const listener of listeners) listener(event, publisher.snapshot());
    },
    failNext: (name, code, fields = {}) => void failures.set(name, { code, fields }),
    answerNext: (name, value) => void answersOnce.set(name, value),
    snapshotsTaken: () => snapshots,
  };
}
