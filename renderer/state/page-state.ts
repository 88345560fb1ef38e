// State of the page, and its reducer. Pure.
import type {
  BackendEvent,
  Coded,
  ConflictPreviews,
  ConflictView,
  Connection,
  FolderSettings,
  PlanView,
  ProblemView,
  Snapshot,
  TrashList,
  VersionList,
} from '../../preload/contract.ts';
import { assertNever } from '../../preload/lean/assert-never.ts';
import { applyEvent } from '../../preload/snapshot-events.ts';

/** The dialog that is open. Content is `null` until it has arrived; `failure` says why it has not. */
export type OpenDialog =
  | { readonly kind: 'guard'; readonly pairId: string; readonly guardId: string }
  | {
      readonly kind: 'plan';
      readonly pairId: string;
      readonly plan: PlanView | null;
      /** Of a folder that was just added and waits for its start. */
      readonly isFirst?: boolean;
      /** Just connected: a folder without anything of the user's starts at once, and then these others are shown. */
      readonly others?: readonly string[];
      readonly failure?: Coded;
    }
  | { readonly kind: 'add-folder' }
  | {
      readonly kind: 'folder-settings';
      readonly pairId: string;
      readonly settings: FolderSettings | null;
      readonly failure?: Coded;
    }
  | {
      readonly kind: 'versions';
      readonly pairId: string;
      readonly fileId: string;
      readonly name: string;
      readonly versions: VersionList | null;
      readonly failure?: Coded;
    }
  | {
      readonly kind: 'conflict';
      readonly pairId: string;
      /** As it was listed: the snapshot need not hold it. */
      readonly conflict: ConflictView;
      readonly previews: ConflictPreviews | null;
      readonly failure?: Coded;
    }
  | { readonly kind: 'remove-folder'; readonly pairId: string }
  | {
      readonly kind: 'move-place';
      readonly pairId: string;
      readonly place: NonNullable<FolderSettings['place']>;
    }
  | { readonly kind: 'choose-folders'; readonly pairId: string }
  | { readonly kind: 'ignore-problem'; readonly pairId: string; readonly problem: ProblemView }
  | {
      readonly kind: 'trash';
      readonly pairId: string;
      /** Part of a path that is searched for. */
      readonly text: string;
      readonly list: TrashList | null;
      readonly failure?: Coded;
    }
  | { readonly kind: 'aws-profile'; readonly accountId: string }
  | { readonly kind: 'licences' }
  /** The ways in for one more connection. */
  | { readonly kind: 'connect' };

/** The app's views, in the order of their tabs. */
export const viewNames = ['overview', 'files', 'activity', 'problems', 'settings'] as const;
export type ViewName = (typeof viewNames)[number];

type Told = {
  readonly kind: 'told';
  readonly text: string;
  readonly name?: string;
  readonly untilMs?: number;
  readonly fields?: Readonly<Record<string, number>>;
};

/** Result of the last action. */
export type Answer =
  | { readonly kind: 'done'; readonly request: string }
  /** A text of its own, which may be about a name and a moment. */
  | Told
  | { readonly kind: 'failed'; readonly error: Coded };

export type PageState = {
  readonly snapshot: Snapshot | null;
  /** Events received before the snapshot they apply to, oldest first. */
  readonly waiting: readonly BackendEvent[];
  /** The snapshot is missing or known to have missed something. */
  readonly needsSnapshot: boolean;
  /** Incremented with every reason for a new snapshot, so that older answers are recognised. */
  readonly epoch: number;
  readonly connection: Connection;
  readonly view: ViewName;
  readonly dialog: OpenDialog | null;
  readonly answer: Answer | null;
  /** Keys of the requests that have no answer yet. */
  readonly busy: readonly string[];
};

export type PageAction =
  | { readonly kind: 'eventHeard'; readonly event: BackendEvent }
  | { readonly kind: 'snapshotTaken'; readonly snapshot: Snapshot; readonly epoch: number }
  | { readonly kind: 'connectionChanged'; readonly connection: Connection }
  | { readonly kind: 'requestStarted'; readonly key: string }
  | {
      readonly kind: 'requestDone';
      readonly key: string;
      readonly request: string;
      readonly isSilent: boolean;
    }
  | { readonly kind: 'requestFailed'; readonly key: string; readonly error: Coded }
  | { readonly kind: 'answerDismissed' }
  | (Omit<Told, 'kind'> & { readonly kind: 'answered' })
  | { readonly kind: 'viewOpened'; readonly view: ViewName }
  | { readonly kind: 'dialogOpened'; readonly dialog: OpenDialog }
  | { readonly kind: 'dialogClosed' }
  /** What a dialog shows could not be loaded. */
  | {
      readonly kind: 'contentFailed';
      readonly dialog: LoadingKind;
      readonly pairId: string;
      readonly error: Coded;
    }
  | { readonly kind: 'planArrived'; readonly pairId: string; readonly plan: PlanView }
  | { readonly kind: 'settingsArrived'; readonly pairId: string; readonly settings: FolderSettings }
  | {
      readonly kind: 'versionsArrived';
      readonly pairId: string;
      readonly fileId: string;
      readonly versions: VersionList;
    }
  | {
      readonly kind: 'previewsArrived';
      readonly pairId: string;
      readonly conflictId: string;
      readonly previews: ConflictPreviews;
    }
  | { readonly kind: 'trashSought'; readonly pairId: string; readonly text: string }
  | {
      readonly kind: 'trashArrived';
      readonly pairId: string;
      readonly text: string;
      readonly list: TrashList;
    };

export type LoadingKind = 'plan' | 'trash' | 'folder-settings' | 'versions' | 'conflict';

/** More than this many waiting events are cheaper to replace by one more snapshot. */
const WAITING_MAX = 500;

/** @param connection `open` where it cannot be lost (the desktop); `lost` where it must first be made. */
export function initialPageState(connection: Connection): PageState {
  return {
    snapshot: null,
    waiting: [],
    needsSnapshot: true,
    epoch: 0,
    connection,
    view: 'overview',
    dialog: null,
    answer: null,
    busy: [],
  };
}

export function reduce(state: PageState, action: PageAction): PageState {
  switch (action.kind) {
    case 'eventHeard':
      return hear(state, action.event);
    case 'snapshotTaken':
      return action.epoch === state.epoch ? take(state, action.snapshot) : state;
    case 'connectionChanged':
      return connect(state, action.connection);
    case 'requestStarted':
      return { ...state, busy: [...state.busy, action.key], answer: null };
    case 'requestDone':
      return finish(state, action.key, action.isSilent ? null : { kind: 'done', request: action.request });
    case 'requestFailed':
      return finish(state, action.key, { kind: 'failed', error: action.error });
    case 'answerDismissed':
      return { ...state, answer: null };
    case 'answered':
      return { ...state, answer: { ...action, kind: 'told' } };
    case 'versionsArrived':
      return state.dialog?.kind === 'versions' && state.dialog.fileId === action.fileId
        ? withDialog(state, { versions: action.versions })
        : state;
    case 'previewsArrived':
      return state.dialog?.kind === 'conflict' && state.dialog.conflict.id === action.conflictId
        ? withDialog(state, { previews: action.previews })
        : state;
    case 'viewOpened':
      return { ...state, view: action.view, answer: null };
    case 'dialogOpened':
      return { ...state, dialog: action.dialog, answer: null };
    case 'dialogClosed':
      return { ...state, dialog: null };
    case 'contentFailed':
      return isShowing(state, action.dialog, action.pairId)
        ? withDialog(state, { failure: action.error })
        : state;
    case 'planArrived':
      return isShowing(state, 'plan', action.pairId) ? withDialog(state, { plan: action.plan }) : state;
    case 'settingsArrived':
      return isShowing(state, 'folder-settings', action.pairId)
        ? withDialog(state, { settings: action.settings })
        : state;
    case 'trashSought':
      return isShowing(state, 'trash', action.pairId) ? withDialog(state, { text: action.text }) : state;
    case 'trashArrived': {
      const { pairId, text, list } = action;
      // An answer to what was typed before is late.
      const isWanted = state.dialog?.kind === 'trash' && state.dialog.text === text;
      return isWanted && isShowing(state, 'trash', pairId)
        ? { ...state, dialog: { kind: 'trash', pairId, text, list } }
        : state;
    }
    default:
      return assertNever(action);
  }
}

function hear(state: PageState, event: BackendEvent): PageState {
  if (state.snapshot === null || state.needsSnapshot) {
    return { ...state, waiting: [...state.waiting, event].slice(-WAITING_MAX) };
  }
  if (event.seq <= state.snapshot.seq) return state;
  if (event.seq === state.snapshot.seq + 1) return { ...state, snapshot: applyEvent(state.snapshot, event) };
  return { ...state, waiting: [event], needsSnapshot: true, epoch: state.epoch + 1 };
}

/** Events up to the snapshot are in it already; those right after it are applied; a gap asks for one more. */
function take(state: PageState, taken: Snapshot): PageState {
  let snapshot = taken;
  const later = state.waiting.filter((event) => event.seq > taken.seq);
  for (const [index, event] of later.entries()) {
    if (event.seq !== snapshot.seq + 1) {
      return { ...state, snapshot, waiting: later.slice(index), needsSnapshot: true, epoch: state.epoch + 1 };
    }
    snapshot = applyEvent(snapshot, event);
  }
  return { ...state, snapshot, waiting: [], needsSnapshot: false };
}

/** The engine may have restarted and count from zero: drop everything received before the loss. */
function connect(state: PageState, connection: Connection): PageState {
  if (connection !== 'open') return { ...state, connection };
  return { ...state, connection, waiting: [], needsSnapshot: true, epoch: state.epoch + 1 };
}

function finish(state: PageState, key: string, answer: Answer | null): PageState {
  const busy = state.busy.filter((other) => other !== key);
  return answer === null ? { ...state, busy } : { ...state, busy, answer };
}

function isShowing(state: PageState, kind: LoadingKind, pairId: string): boolean {
  return state.dialog?.kind === kind && state.dialog.pairId === pairId;
}

function withDialog(state: PageState, content: object): PageState {
  return state.dialog === null ? state : { ...state, dialog: { ...state.dialog, ...content } };
}
