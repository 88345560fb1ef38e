// What the shell needs from `main/compose.ts`, and what it offers in return: the only seam between Electron and the engine.
import type { Backend } from '../../preload/contract.ts';
import type { Log } from '../ports/log.port.ts';
import type { Secrets } from '../ports/secrets.port.ts';

/** What only the desktop can do, handed to the engine as plain functions. */
export type ShellServices = {
  /** Absolute path of the home directory (config, state, logs). */
  readonly home: string;
  readonly version: string;
  /** True in an installed build: what only tests may do is inert there. */
  readonly isPackaged: boolean;
  /** BCP 47 tag of the desktop, or null when it is not known. */
  readonly locale: string | null;
  readonly secrets: Secrets;
  /** Opens one URL in the person's browser. Unchecked: only `main/adapters/open-url.ts` may call it. */
  readonly openExternal: (href: string) => Promise<void>;
  /** Shows a folder or file selected in the file manager; it is never opened or run. */
  readonly revealInFileManager: (absolutePath: string) => void;
};

/** The running engine as the shell sees it. */
export interface DesktopApp {
  readonly backend: Backend;
  readonly log: Log;
  /** Finishes or journals what is in flight; resolves within 5 seconds, when nothing runs any more. */
  stop(): Promise<void>;
}

/** Rejects only for what a person must repair first (one plain line in `message`); without any account it still resolves. */
export type ComposeDesktop = (services: ShellServices, signal: AbortSignal) => Promise<DesktopApp>;
