// Scenes: every state of the page as data, for tests, screenshots and the viewer.
import type {
  AccountView,
  ActivityView,
  FileEntry,
  FileList,
  GuardView,
  PairView,
  ProblemView,
  TrashEntryView,
  TrashGroupView,
  TrashList,
  VersionList,
} from '../../preload/contract.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';
import { folderLevels } from './choice-scenes.ts';
import { foreignProposal, proposal, refusedProposal } from './proposal-scenes.ts';
import { conflicts, manyConflicts, picturePreviews, textPreviews } from './conflict-scenes.ts';
import { added, firstPlan, plan } from './plan-scenes.ts';
import { emptySetup, plainSettings } from '../fakes/scripted-backend.ts';
import type { Answers } from '../fakes/scripted-backend.ts';

/** Relative times must read the same on every run, so scenes are built around the moment they are shown. */
export type Scene = {
  readonly name: string;
  readonly content: (nowMs: number) => SnapshotContent;
  readonly answers?: (nowMs: number) => Answers;
  /** Tab of the view that is shown; the overview if there is none. */
  readonly view?: string;
  /** The button of the menu that is opened. */
  readonly menu?: string;
  /** The button, or the item of the menu, that opens the dialog of this scene. */
  readonly open?: string;
  /** The button in that dialog that opens the next one. */
  readonly further?: string;
  /** Folders of the dialog's tree that are opened, and then those that are ticked or unticked. */
  readonly unfold?: readonly string[];
  readonly tick?: readonly string[];
};

const MINUTE_MS = 60_000;

export const account: AccountView = {
  id: 'work',
  label: 'Work',
  issuerHost: 'login.example.com',
  state: 'signed-in',
  personName: 'alice@example.com',
  accessUntilMs: null,
  error: null,
  deviceCode: null,
  development: false,
  clockOffsetMs: null,
  isolation: { verdict: 'no-sign', prefix: 'users/alice/', reached: [] },
  authorities: [],
  programs: 'off',
};

export const documents: PairView = {
  id: 'docs',
  accountId: 'work',
  folderLabel: '~/Documents',
  remoteLabel: 'company-files / users / alice',
  mode: 'two-way',
  state: 'in-sync',
  progress: null,
  transfers: [],
  counts: { files: 1284, folders: 96, bytes: 3_214_000_000 },
  lastInSyncAtMs: null,
  standing: null,
  guards: [],
  notices: [],
  problemCount: 0,
  conflictCount: 0,
};

const photos: PairView = {
  ...documents,
  id: 'photos',
  folderLabel: '~/Pictures',
  remoteLabel: 'company-archive / users / alice / pictures',
  mode: 'upload-only',
  counts: { files: 18_402, folders: 311, bytes: 96_420_000_000 },
};

export const progress: NonNullable<PairView['progress']> = {
  filesDone: 42,
  filesTotal: 128,
  bytesDone: 361_000_000,
  bytesTotal: 1_240_000_000,
  bytesPerSecond: 8_400_000,
  secondsLeft: 105,
};

export const guard: GuardView = {
  id: 'guard-1',
  kind: 'mass-removal-remote',
  direction: 'remote',
  counts: { removals: 412, replacements: 0, conflicts: 0, total: 1284, done: 0 },
  answers: ['keep', 'remove', 'later'],
  examples: [
    'Projects/2024/plan.odt',
    'Projects/2024/budget.ods',
    'Projects/2023/report.pdf',
    'Letters/Müller & Söhne.odt',
    'notes.md',
  ],
};

function activity(nowMs: number): readonly ActivityView[] {
  const rows: readonly (readonly [ActivityView['kind'], string, string | null, number | null])[] = [
    ['uploaded', 'Projects/Harbour/site plan v3.pdf', null, 4_812_000],
    ['downloaded', 'Letters/Grüße aus Köln.odt', null, 38_200],
    ['conflict', 'Projects/Harbour/budget.ods', 'budget (conflict 2026-11-22 laptop).ods', 88_100],
    ['moved-remote', 'Archive/2025/minutes.md', 'minutes.md', null],
    ['removed-local', 'Drafts/old idea.txt', null, null],
    ['folder-made-remote', 'Projects/Lighthouse/', null, null],
    ['uploaded', 'Φωτογραφίες/λιμάνι.jpg', null, 2_410_000],
    ['restored', 'Letters/contract.odt', null, 51_000],
    ['downloaded', 'Team/handbook.pdf', null, 1_922_000],
    ['uploaded', 'Team/photo wall.png', null, 8_032_000],
  ];
  return rows.map(([kind, path, from, bytes], index) => ({
    id: `a${String(index)}`,
    atMs: nowMs - index * index * MINUTE_MS - 20_000,
    pairId: 'docs',
    kind,
    path,
    from,
    bytes,
  }));
}

function problems(nowMs: number): readonly ProblemView[] {
  const sinceMs = nowMs - 4 * MINUTE_MS;
  return [
    {
      id: 'p1',
      pairId: 'docs',
      path: 'Mail/inbox.pst',
      code: 'changing',
      fields: {},
      sinceMs,
      retryAtMs: nowMs + 40_000,
    },
    {
      id: 'p2',
      pairId: 'docs',
      path: 'Private/keys.kdbx',
      code: 'unreadable',
      fields: {},
      sinceMs,
      retryAtMs: null,
    },
    {
      id: 'p3',
      pairId: 'docs',
      path: 'Team/Readme.md',
      code: 'case-clash',
      fields: {},
      sinceMs,
      retryAtMs: null,
    },
  ];
}

export function content(nowMs: number, changes: Partial<SnapshotContent> = {}): SnapshotContent {
  return {
    app: { version: '0.1.0', home: 'loopback', platform: 'linux', locale: 'en-GB' },
    overall: 'in-sync',
    accounts: [account],
    pairs: [
      { ...documents, lastInSyncAtMs: nowMs - 20_000 },
      { ...photos, lastInSyncAtMs: nowMs - 90_000 },
    ],
    activity: activity(nowMs),
    problems: [],
    problemsRevision: 0,
    conflictsRevision: 0,
    conflicts: [],
    // On loopback only the first account is set up.
    setup: { ...emptySetup, isOpen: false },
    settings: plainSettings,
    newerVersion: null,
    ...changes,
  };
}

/** The usual content with the first folder changed. */
function withDocuments(
  nowMs: number,
  pair: Partial<PairView>,
  changes: Partial<SnapshotContent> = {},
): SnapshotContent {
  const usual = content(nowMs, changes);
  const [first = documents, ...rest] = usual.pairs;
  return { ...usual, pairs: [{ ...first, ...pair }, ...rest] };
}

function syncing(nowMs: number): SnapshotContent {
  const transfers: PairView['transfers'] = [
    {
      path: 'Projects/Harbour/flyover.mp4',
      direction: 'up',
      bytesDone: 214_000_000,
      bytesTotal: 880_000_000,
    },
    { path: 'Letters/Grüße aus Köln.odt', direction: 'down', bytesDone: 21_000, bytesTotal: 38_200 },
    { path: 'Φωτογραφίες/λιμάνι το πρωί.jpg', direction: 'up', bytesDone: 1_800_000, bytesTotal: 2_410_000 },
  ];
  return withDocuments(nowMs, { state: 'syncing', progress, transfers }, { overall: 'syncing' });
}

function allPairs(
  nowMs: number,
  state: PairView['state'],
  changes: Partial<SnapshotContent>,
): SnapshotContent {
  const usual = content(nowMs, changes);
  return { ...usual, pairs: usual.pairs.map((pair) => ({ ...pair, state })) };
}

function attention(nowMs: number): SnapshotContent {
  const list = problems(nowMs);
  return withDocuments(
    nowMs,
    { state: 'attention', problemCount: list.length, notices: [{ code: 'merge-only', fields: {} }] },
    { overall: 'attention', problems: list },
  );
}

/** The store refuses the whole folder, and another one waits for an answer. */
function stopped(nowMs: number): SnapshotContent {
  const usual = withDocuments(
    nowMs,
    {
      state: 'attention',
      standing: { code: 'remote-denied', sinceMs: nowMs - 600_000, retryAtMs: nowMs + 240_000 },
      notices: [{ code: 'remote-denied', fields: {} }],
    },
    { overall: 'attention' },
  );
  const [first, ...others] = usual.pairs;
  if (first === undefined) return usual;
  return {
    ...usual,
    pairs: [first, ...others.map((pair) => ({ ...pair, state: 'attention' as const, guards: [guard] }))],
  };
}

const guarded = (nowMs: number) =>
  withDocuments(nowMs, { state: 'attention', guards: [guard] }, { overall: 'attention' });

const withoutSignIn = (nowMs: number, changes: Partial<AccountView> = {}) =>
  content(nowMs, {
    overall: 'signed-out',
    accounts: [{ ...account, state: 'signed-out', personName: null, ...changes }],
    pairs: [],
    activity: [],
  });

const deletedTogether = ['Notes/ideas.md', 'Notes/Shopping list.md', 'Pictures/Harbour 01.jpg', 'budget.ods'];

function trash(nowMs: number): TrashList {
  const entry = (id: string, path: string, minutes: number, bytes: number): TrashEntryView => ({
    ...{ id, path, bytes, side: 'remote' },
    removedAtMs: nowMs - minutes * MINUTE_MS,
  });
  const together = [
    ...deletedTogether,
    ...Array.from({ length: 19 }, (_, index) => `Pictures/Harbour ${String(index + 2).padStart(2, '0')}.jpg`),
  ].map((path, index) => entry(`g${String(index)}`, path, 20, 1_200_000 + index * 40_000));
  const old: TrashEntryView = { ...entry('t1', 'Drafts/old idea.txt', 6, 1_200), side: 'local' };
  const alone = entry('t2', 'Projects/Harbour/budget.ods', 3_000, 88_100);
  const versions = [
    entry('v1', 'Letters/To the bank.odt', 41, 31_000),
    entry('v2', 'budget.ods', 9_000, 87_000),
  ];
  const group = (
    id: string,
    entries: readonly TrashEntryView[],
    more: Partial<TrashGroupView> = {},
  ): TrashGroupView => ({
    ...{ id, why: 'removed', entries, count: entries.length, folders: [] },
    atMs: entries[0]?.removedAtMs ?? nowMs,
    bytes: entries.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    ...more,
  });
  return {
    groups: [
      group('t1', [old]),
      group('g22', together, { folders: ['Pictures', 'Notes', ''] }),
      group('t2', [alone]),
      group('replaced', versions, { why: 'replaced' }),
    ],
    more: 0,
  };
}

const hostileNames = [
  'invoice\u202Efdp.exe',
  'tab\there\u0007 and\nline',
  '<script>alert(1)</script>.html',
  'zero\u200Bwidth.txt',
  'مرحبا.txt',
];

export function hostile(nowMs: number): SnapshotContent {
  const entries: ActivityView[] = hostileNames.map((path, index) => ({
    id: `h${String(index)}`,
    atMs: nowMs - index * 1_000,
    pairId: 'docs',
    kind: 'downloaded',
    path,
    from: null,
    bytes: 10,
  }));
  const name = hostileNames[0] ?? '';
  return withDocuments(
    nowMs,
    { folderLabel: `~/${name}`, state: 'attention', guards: [{ ...guard, examples: hostileNames }] },
    { overall: 'attention', activity: entries },
  );
}

function settingUp(
  nowMs: number,
  setup: Partial<SnapshotContent['setup']> = {},
  home: 'desktop' | 'loopback' = 'loopback',
): SnapshotContent {
  const usual = content(nowMs, { overall: 'signed-out', accounts: [], pairs: [], activity: [] });
  const by = home === 'desktop' ? ({ folderBy: 'dialog', folderRoots: [] } as const) : {};
  return { ...usual, app: { ...usual.app, home }, setup: { ...emptySetup, ...by, ...setup } };
}

function files(nowMs: number): FileList {
  const rows: readonly (readonly [string, FileEntry['kind'], number | null, FileEntry['state']])[] = [
    ['Archive', 'folder', null, 'in-sync'],
    ['Letters', 'folder', null, 'in-sync'],
    ['Projects', 'folder', null, 'waiting'],
    ['budget.ods', 'file', 88_100, 'in-sync'],
    ['flyover.mp4', 'file', 880_000_000, 'waiting'],
    ['Grüße aus Köln.odt', 'file', 38_200, 'in-sync'],
    ['inbox.pst', 'file', 4_100_000_000, 'left-out'],
    ['λιμάνι.jpg', 'file', 2_410_000, 'in-sync'],
  ];
  const entries = rows.map(([name, kind, bytes, state], index) => ({
    id: `f${String(index)}`,
    name,
    path: name,
    kind,
    bytes,
    modifiedMs: kind === 'folder' ? null : nowMs - index * 3_000 * MINUTE_MS,
    state,
  }));
  return { path: '', entries, isCut: false };
}

function versions(nowMs: number): VersionList {
  const at = (minutes: number) => nowMs - minutes * MINUTE_MS;
  return {
    versions: [
      { id: 'v3', isLatest: true, isRemoval: false, bytes: 88_100, modifiedMs: at(20) },
      { id: 'v2', isLatest: false, isRemoval: false, bytes: 87_400, modifiedMs: at(1_500) },
      { id: 'v1', isLatest: false, isRemoval: false, bytes: 61_000, modifiedMs: at(20_000) },
    ],
    isCut: false,
  };
}

const browsing = (nowMs: number): Answers => ({
  files: files(nowMs),
  versions: versions(nowMs),
  found: { ...files(nowMs), entries: files(nowMs).entries.slice(3, 4) },
  linkEndsMs: nowMs + 60 * MINUTE_MS,
});

/** Far more than is drawn at once. */
export function longHistory(nowMs: number, length: number): readonly ActivityView[] {
  return Array.from({ length }, (_, index) => ({
    id: `l${String(index)}`,
    atMs: nowMs - index * 30_000,
    pairId: 'docs',
    kind: index % 50 === 0 ? 'conflict' : 'uploaded',
    path: `Photos/${String(2026 - (index % 9))}/IMG_${String(index).padStart(6, '0')}.jpg`,
    from: null,
    bytes: 2_000_000 + index,
  }));
}

/** Half of them with a reason of several lines, so that rows differ in height. */
export function manyProblems(nowMs: number, length: number): readonly ProblemView[] {
  return Array.from({ length }, (_, index) => ({
    id: `m${String(index)}`,
    pairId: 'docs',
    path: `Mail/Archive/part ${String(index).padStart(5, '0')}.pst`,
    ...(index % 2 === 0
      ? { code: 'unreadable', fields: {} }
      : { code: 'case-clash', fields: { other: `Mail/Archive/Part ${String(index).padStart(5, '0')}.pst` } }),
    sinceMs: nowMs - 4 * MINUTE_MS,
    retryAtMs: index % 3 === 0 ? nowMs + 40_000 : null,
  }));
}

/** Thousands of files wait: the snapshot holds the first of them. */
export function withManyProblems(nowMs: number, length: number): SnapshotContent {
  const problems = manyProblems(nowMs, length).slice(0, LIMITS.problems);
  return inDesktop(
    withDocuments(
      nowMs,
      { state: 'attention', problemCount: length },
      { overall: 'attention', problems, problemsRevision: 1 },
    ),
  );
}

const menu = 'More: ~/Documents';

/** The usual content in the desktop's window, where main opens dialogs. */
export function desktop(nowMs: number, changes: Partial<SnapshotContent> = {}): SnapshotContent {
  return inDesktop(content(nowMs, changes));
}

function inDesktop(usual: SnapshotContent): SnapshotContent {
  const setup = { ...emptySetup, folderBy: 'dialog', folderRoots: [] } as const;
  return { ...usual, app: { ...usual.app, home: 'desktop' }, setup };
}

/** The desktop app with the command line packed beside it, not yet on the PATH. */
export function withCommandLine(nowMs: number): SnapshotContent {
  const usual = desktop(nowMs);
  const commandLine = {
    file: '/home/alice/.local/bin/driftless',
    program: '/opt/Driftless/resources/cli/bin/driftless',
    copy: null,
    state: 'absent',
    isOnPath: false,
  } as const;
  return { ...usual, settings: { ...usual.settings, commandLine } };
}

/** A company's network, and other tools under the same sign-in. */
export function withOtherTools(nowMs: number): SnapshotContent {
  const usual = withCommandLine(nowMs);
  const { commandLine } = usual.settings;
  return {
    ...usual,
    accounts: [{ ...account, authorities: ['Example Company Root CA'], programs: 'on' }],
    settings: {
      ...usual.settings,
      proxy: 'http://proxy.example.com:8080',
      commandLine: commandLine === null ? null : { ...commandLine, state: 'installed', isOnPath: true },
    },
  };
}

/** The snapshot holds the first of many conflicts. */
export function withConflicts(nowMs: number, open = conflicts(nowMs)): SnapshotContent {
  const sent = open.slice(0, LIMITS.conflicts);
  return desktop(nowMs, withDocuments(nowMs, { conflictCount: open.length }, { conflicts: sent }));
}

const atBudget = { content: desktop, answers: browsing, view: 'Files', menu: 'More: budget.ods' };

export const scenes: readonly Scene[] = [
  { name: 'in-sync', content },
  { name: 'files', content: desktop, answers: browsing, view: 'Files' },
  { name: 'file-menu', ...atBudget },
  { name: 'versions-dialog', ...atBudget, open: 'Versions' },
  {
    name: 'activity',
    content,
    answers: (nowMs) => ({ history: longHistory(nowMs, 3000) }),
    view: 'Activity',
  },
  {
    name: 'problems-view',
    content: (nowMs) => inDesktop(attention(nowMs)),
    view: 'Problems',
  },
  {
    name: 'many-problems',
    content: (nowMs) => withManyProblems(nowMs, 10_000),
    answers: (nowMs) => ({ problems: manyProblems(nowMs, 10_000) }),
    view: 'Problems',
  },
  { name: 'stopped-folder', content: (nowMs) => inDesktop(stopped(nowMs)), view: 'Problems' },
  { name: 'conflicts', content: withConflicts, view: 'Problems' },
  { name: 'conflicts-overview', content: withConflicts },
  {
    name: 'many-conflicts',
    content: (nowMs) => withConflicts(nowMs, manyConflicts(nowMs, 1000)),
    answers: (nowMs) => ({ conflicts: manyConflicts(nowMs, 1000), previews: textPreviews }),
    view: 'Problems',
  },
  {
    name: 'conflict-dialog',
    content: withConflicts,
    answers: () => ({ previews: textPreviews }),
    view: 'Problems',
    open: 'Compare: Letters/Grüße aus Köln.md',
  },
  {
    name: 'conflict-pictures',
    content: withConflicts,
    answers: () => ({ previews: picturePreviews }),
    view: 'Problems',
    open: 'Compare: Projects/Harbour/photographs/view from the breakwater at sunrise.png',
  },
  { name: 'settings', content, view: 'Settings' },
  { name: 'command-line', content: withCommandLine, view: 'Settings' },
  { name: 'other-tools', content: withOtherTools, view: 'Settings' },
  {
    name: 'aws-profile',
    content: withOtherTools,
    view: 'Settings',
    open: 'Set up an AWS profile…: Work',
  },
  { name: 'licences', content: desktop, view: 'Settings', open: 'Licences…' },
  { name: 'syncing', content: syncing },
  {
    name: 'paused-on-battery',
    content: (nowMs) => {
      const paused = allPairs(nowMs, 'paused', { overall: 'paused' });
      return { ...paused, pairs: paused.pairs.map((pair) => ({ ...pair, pausedBy: 'battery' })) };
    },
  },
  { name: 'paused', content: (nowMs) => allPairs(nowMs, 'paused', { overall: 'paused' }) },
  {
    name: 'paused-until',
    content: (nowMs) => {
      const paused = allPairs(nowMs, 'paused', { overall: 'paused' });
      return {
        ...paused,
        pairs: paused.pairs.map((pair) => ({ ...pair, pausedUntilMs: nowMs + 45 * MINUTE_MS })),
      };
    },
  },
  {
    name: 'offline',
    content: (nowMs) => {
      const offline = allPairs(nowMs, 'offline', {
        overall: 'offline',
        accounts: [{ ...account, state: 'offline' }],
      });
      const standing = {
        code: 'endpoint-unreachable',
        sinceMs: nowMs - 300_000,
        retryAtMs: nowMs + 40_000,
      };
      const reason = { code: standing.code, fields: {} };
      const waiting = { code: 'offline-waiting', fields: { count: 12 } };
      return {
        ...offline,
        pairs: offline.pairs.map((pair) => ({
          ...pair,
          standing,
          notices: pair.id === 'docs' ? [reason, waiting] : [reason],
        })),
      };
    },
  },
  { name: 'problems', content: attention },
  { name: 'guard-waiting', content: guarded },
  { name: 'guard-dialog', content: guarded, open: 'Review: ~/Documents' },
  { name: 'first-sync', content: (nowMs) => added(desktop(nowMs)) },
  {
    name: 'first-sync-signed-out',
    content: (nowMs) => ({
      ...added(desktop(nowMs)),
      overall: 'signed-out',
      accounts: [{ ...account, state: 'new', personName: null }],
    }),
  },
  {
    name: 'first-preview',
    content: (nowMs) => added(desktop(nowMs)),
    answers: () => ({ plan: firstPlan }),
    open: 'Preview the first sync: ~/Documents',
  },
  { name: 'plan-dialog', content, answers: () => ({ plan }), menu, open: 'Preview' },
  {
    name: 'trash-dialog',
    content,
    answers: (nowMs) => ({ trash: trash(nowMs) }),
    menu,
    open: 'Deleted files',
  },
  { name: 'folder-menu', content: desktop, menu },
  { name: 'add-folder', content: desktop, open: 'Add folder' },
  {
    name: 'folder-settings',
    content: desktop,
    answers: () => ({
      folder: {
        mode: 'two-way',
        ignore: ['*.tmp', 'build/', 'node_modules/'],
        uploadLimit: 2_000_000,
        downloadLimit: null,
        place: { above: 'company-files/users/alice/', name: 'Documents' },
      },
    }),
    menu,
    open: 'Folder settings',
  },
  {
    name: 'move-place',
    content: desktop,
    menu,
    open: 'Folder settings',
    further: 'Change…',
    answers: () => ({ plan: firstPlan }),
  },
  {
    name: 'choose-folders',
    content: desktop,
    menu,
    open: 'Choose folders',
    answers: () => ({ levels: folderLevels }),
    unfold: ['Photographs', 'Projects'],
    tick: ['Harbour'],
  },
  {
    name: 'ignore-problem',
    content: (nowMs) => inDesktop(attention(nowMs)),
    view: 'Problems',
    open: 'Leave out…: Mail/inbox.pst',
  },
  { name: 'remove-folder', content: desktop, menu, open: 'Stop syncing this folder' },
  {
    name: 'needs-sign-in',
    content: (nowMs) =>
      allPairs(nowMs, 'signed-out', {
        overall: 'attention',
        accounts: [{ ...account, state: 'needs-sign-in', error: { code: 'token-expired', fields: {} } }],
      }),
  },
  { name: 'welcome', content: (nowMs) => withoutSignIn(nowMs) },
  {
    name: 'signing-in',
    content: (nowMs) =>
      withoutSignIn(nowMs, {
        state: 'signing-in',
        signInUrl: 'https://login.example.com/authorize?client_id=0oa4driftless8x5d7&state=Wk3',
      }),
  },
  {
    name: 'device-code',
    content: (nowMs) =>
      withoutSignIn(nowMs, {
        state: 'signing-in',
        deviceCode: { userCode: 'WDJB-MJHT', verificationUriHost: 'login.example.com' },
      }),
  },
  {
    name: 'sign-in-failed',
    content: (nowMs) => withoutSignIn(nowMs, { error: { code: 'exchange-denied', fields: {} } }),
  },
  { name: 'signed-out', content: (nowMs) => withoutSignIn(nowMs, { accessUntilMs: nowMs + 40 * MINUTE_MS }) },
  { name: 'no-accounts', content: (nowMs) => settingUp(nowMs) },
  { name: 'no-accounts-desktop', content: (nowMs) => settingUp(nowMs, {}, 'desktop') },
  { name: 'profile', content: (nowMs) => settingUp(nowMs, { proposal }) },
  {
    name: 'profile-desktop',
    content: (nowMs) => settingUp(nowMs, { proposal: { ...proposal, source: 'link' } }, 'desktop'),
  },
  { name: 'profile-foreign', content: (nowMs) => settingUp(nowMs, { proposal: foreignProposal }) },
  { name: 'profile-refused', content: (nowMs) => settingUp(nowMs, { proposal: refusedProposal }) },
  {
    name: 'link-refused',
    content: (nowMs) => settingUp(nowMs, { refusal: { code: 'link-refused', fields: {} } }, 'desktop'),
  },
  {
    name: 'another-connection',
    content: desktop,
    view: 'Settings',
    open: 'Add another connection…',
  },
  {
    name: 'reaches-more',
    content: (nowMs) =>
      content(nowMs, {
        accounts: [
          {
            ...account,
            isolation: {
              verdict: 'reaches-more',
              prefix: 'users/alice/',
              reached: [
                { place: 'root', action: 'list' },
                { place: 'sibling', action: 'list' },
                { place: 'root', action: 'read-bucket-policy' },
              ],
            },
          },
        ],
      }),
  },
  {
    name: 'clock-wrong',
    content: (nowMs) =>
      content(nowMs, {
        accounts: [
          {
            ...account,
            clockOffsetMs: 17 * MINUTE_MS,
            isolation: { verdict: 'not-checked', prefix: null, reached: [] },
          },
        ],
      }),
  },
  {
    name: 'german',
    content: (nowMs) => {
      const usual = inDesktop(attention(nowMs));
      return { ...usual, app: { ...usual.app, locale: 'de-DE' } };
    },
  },
  { name: 'outdated', content: (nowMs) => content(nowMs, { newerVersion: '0.2.0' }) },
  { name: 'no-folders', content: (nowMs) => content(nowMs, { pairs: [], activity: [] }) },
  { name: 'hostile-names', content: hostile },
  {
    name: 'development',
    content: (nowMs) =>
      content(nowMs, {
        accounts: [{ ...account, label: 'Local cloud', issuerHost: '127.0.0.1:9000', development: true }],
      }),
  },
];

export function sceneOf(name: string): Scene {
  const found = scenes.find((scene) => scene.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  return found;
}
