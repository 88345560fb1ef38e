// Dependencies, status and commands of a running pair.
import type { SyncError } from '../../core/model/errors.ts';
import type { PauseReason } from '../../core/conditions.ts';
import type { Guard, PlanProblem } from '../../core/plan/types.ts';
import type { FileWatcher } from '../../ports/file-watcher.port.ts';
import type { Clock, Random } from '../../ports/clock.port.ts';
import type { Log } from '../../ports/log.port.ts';
import type { PairContext, TransferProgress } from '../context.ts';
import type { Previewed } from './previews.ts';
import type { Session } from '../session/session.ts';
import type { PairTimes } from './timers.ts';
import type { ProgressFacts } from './progress.ts';
import type { GuardAnswer } from '../../core/safety/answers.ts';

export type PairActivity = 'starting' | 'scanning' | 'syncing' | 'idle';

/**
 * Where the loop of a pair is. `opening`: signs in, proves both sides, recovers. `asking`: a marker is missing, and
 * nothing continues before an answer. `backing-off`: stopped as a whole, tried again later. `pausing`: what runs is being
 * ended. `stopped`: not running.
 */
export type PairPhase =
  | 'stopped'
  | 'opening'
  | 'asking'
  | 'scanning'
  | 'planning'
  | 'executing'
  | 'idle'
  | 'backing-off'
  | 'pausing'
  | 'paused';

export type PairStatus = {
  readonly phase: PairPhase;
  readonly activity: PairActivity;
  readonly isPaused: boolean;
  /** When a timed pause ends (wall clock); null for none, or one without an end. */
  readonly pausedUntilMs: number | null;
  /** The condition that pauses it; null where it runs, or where the user paused it. */
  readonly pausedBy: PauseReason | null;
  readonly guards: readonly Guard[];
  readonly notices: readonly string[];
  /**
   * What stopped the pair as a whole, since when, and when it is retried (wall clock). It stays during a retry, until
   * both sides have been scanned: a retry alone is no sign that the failure is over.
   */
  readonly failure: {
    readonly error: SyncError;
    readonly sinceMs: number;
    readonly retryAtMs: number;
    /** Transfers that were planned and not done when it happened. */
    readonly waiting: number;
  } | null;
  readonly planProblems: readonly SeenProblem[];
  readonly progress: ProgressFacts | null;
  readonly transfers: readonly TransferProgress[];
  readonly lastInSyncAtMs: number | null;
  readonly watch: 'watching' | 'timed' | 'off';
};

/** What the latest plan could not do, and since when plans have found it (wall clock). */
export type SeenProblem = PlanProblem & { readonly sinceMs: number };

/** A pause that outlives the program. */
export type PauseMemory = {
  readonly isPaused: () => boolean;
  /** Wall clock; null for a pause without an end. */
  readonly endsAtMs?: () => number | null;
  readonly remember: (isPaused: boolean, untilMs: number | null) => void;
};

export type PairEngineParts = {
  readonly id: string;
  /**
   * Signs in silently, resolves the prefix, probes the endpoint and opens the state. Called again after a
   * failure.
   */
  readonly openContext: (
    onTransfer: (transfer: TransferProgress) => void,
    signal: AbortSignal,
  ) => Promise<PairContext>;
  readonly makeWatcher: () => FileWatcher;
  /**
   * Identity of what is at the folder's path (`LocalRoot.sight`), polled without opening anything while the
   * pair waits for its folder. If absent, the pair is reopened at the usual back-off.
   */
  readonly rootSight?: () => Promise<string>;
  readonly times: PairTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called before a retry that something other than the passing of time is the reason for: waits elsewhere end, too. */
  readonly onRetry?: () => void;
  /** Questions that an earlier run left without an answer: they wait for one before the pair is open, too. */
  readonly rememberedQuestions?: () => readonly Guard[];
  /** Pause state of the pair, kept across restarts. If absent, the pair starts unpaused and nothing is stored. */
  readonly pauseMemory?: PauseMemory;
};

export type PairEngine = {
  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** `untilMs`: wall clock at which it resumes by itself; null for no end. */
  pause(untilMs?: number | null): void;
  /** Ends a pause, and syncs in spite of the condition that holds it now. */
  resume(): void;
  /** Pauses for as long as a condition lasts; null ends it. Not kept over restarts, and no end of the user's own pause. */
  hold(reason: PauseReason | null): void;
  /** Starts a full scan of both sides, and retries everything that failed. */
  checkNow(): void;
  /**
   * Runs known pending work now: debounced events, announcements of other devices, and whatever failed or
   * stopped the pair.
   */
  syncNow(): void;
  /** Retries what stopped the pair, and the files in back-off. */
  retryNow(): void;
  /** After a sign-in: what waited for that is over, everything else is retried. */
  signedIn(): void;
  /** Ends what runs and begins again, for instance after a sign-out. */
  restart(): void;
  /** False if no such question is open, or if it does not accept this answer. */
  answer(guardId: string, answer: GuardAnswer): boolean;
  status(): PairStatus;
  /**
   * What the next cycle would do; also while paused. Rejects with a SyncError if a failure has stopped the
   * pair.
   */
  preview(signal: AbortSignal): Promise<Previewed>;
  /**
   * Changes files of the pair while its loop rests: no plan begins and no recovery runs meanwhile. Rejects with what the
   * work throws, or with SyncError `pair-not-running`.
   */
  betweenSteps<T>(
    work: (session: Session, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
  context(): PairContext | null;
  onChange(listener: () => void): () => void;
};
