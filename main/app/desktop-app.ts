// Interface between the Electron shell and the engine that `main/compose/desktop.ts` builds.
import type { Backend } from '../../preload/contract.ts';
import type { Log } from '../ports/log.port.ts';
import type { DecodePicture } from './conflicts/preview.ts';
import type { CommandLineTool, LoginStart } from './settings.ts';
import type { CrashReports } from './report.ts';
import type { SetupDialogs } from './setup/setup.ts';
import type { Updater } from '../ports/updater.port.ts';
import type { Secrets } from '../ports/secrets.port.ts';

/** Desktop services, passed to the engine as plain functions. */
export type ShellServices = {
  /** Absolute path of the home directory (config, state, logs). */
  readonly home: string;
  readonly version: string;
  /** True in an installed build, which disables failpoints and other test hooks. */
  readonly isPackaged: boolean;
  /** BCP 47 tag of the desktop, or null when it is not known. */
  readonly locale: string | null;
  readonly secrets: Secrets;
  /** Opens one URL in the user's browser. Unchecked: only `main/adapters/system/programs/open-url.ts` may call it. */
  readonly openExternal: (href: string) => Promise<void>;
  /** Proxy for an address from the system settings, in PAC syntax: `PROXY host:port; DIRECT`. */
  readonly resolveProxy: (href: string) => Promise<string>;
  /** Whether the machine runs on battery. */
  readonly isOnBattery: () => boolean;
  /** Selects a folder or file in the file manager; never opens or runs it. */
  readonly revealInFileManager: (absolutePath: string) => void;
  /** Asks where to save a text, and saves it; false if the user chose nothing. */
  readonly saveText: (name: string, text: string) => Promise<boolean>;
  /** Null in a checkout, which must not start at login. */
  readonly login: LoginStart | null;
  /** Null where no command line was packed beside the app. */
  readonly commandLine: CommandLineTool | null;
  /** Left out in tests of other things. */
  readonly crashReports?: CrashReports;
  readonly copyText: (text: string) => Promise<void>;
  readonly decodePicture: DecodePicture;
  /** The system's own dialogs, above our window. */
  readonly dialogs: SetupDialogs;
};

/** Running engine, as seen by the shell. */
export interface DesktopApp {
  readonly backend: Backend;
  readonly log: Log;
  /** Takes the secrets of this run out of a text. */
  readonly redact: (text: string) => string;
  /** Output of a program of the system; null where it failed or could not be started. Never rejects. */
  readonly outputOf: (
    program: string,
    args: readonly string[],
    limits: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ) => Promise<string | null>;
  /** Handles a `driftless://` link from the system. Its text is untrusted: it is shown for review, or refused on the page. */
  offerLink(link: string): Promise<void>;
  /** Reports an inadmissible launch (extra arguments, several links): shows a refusal and does nothing else. */
  refuseLink(): void;
  /**
   * Fetches with `updater` what the signed release manifest names, until the app stops. Returns the installation of the version that
   * `onReady` named; it resolves with false if that no longer counts.
   */
  followUpdates(updater: Updater, onReady: (version: string) => void): () => Promise<boolean>;
  /** System resumed from sleep: retry stopped and waiting pairs at once. */
  wake(why: 'resume'): void;
  /** Power may have changed: the conditions are read at once. */
  conditionsChanged(): void;
  /** Finishes or journals in-flight work; resolves within 5 s, once nothing runs. */
  stop(): Promise<void>;
  /** Calls wait for a share that does not answer, and the process with them, although it has stopped. */
  isHeld(): boolean;
}

/** Rejects only if the user has to repair something first (one line in `message`); resolves without any account. */
export type ComposeDesktop = (services: ShellServices, signal: AbortSignal) => Promise<DesktopApp>;
