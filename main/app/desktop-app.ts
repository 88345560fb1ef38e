// What the shell needs from `main/compose.ts`, and what it offers in return: the only seam between Electron and the engine.
import type { Backend } from '../../preload/contract.ts';
import type { Log } from '../ports/log.port.ts';
import type { SetupDialogs } from './setup.ts';
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
  /** What the system's proxy settings say for an address, as a PAC script answers: `PROXY host:port; DIRECT`. */
  readonly resolveProxy: (href: string) => Promise<string>;
  /** Shows a folder or file selected in the file manager; it is never opened or run. */
  readonly revealInFileManager: (absolutePath: string) => void;
  /** The system's own dialogs, above our window. */
  readonly dialogs: SetupDialogs;
};

/** The running engine as the shell sees it. */
export interface DesktopApp {
  readonly backend: Backend;
  readonly log: Log;
  /** A `driftless://` link that the system handed over: text from a stranger. It is put up for the person to read, or refused on the page. */
  offerLink(link: string): Promise<void>;
  /** What came with a link that must not be looked at (further arguments, several links): the person is told, and nothing else happens. */
  refuseLink(): void;
  /** The machine woke up: what stands still or waits is tried at once. */
  wake(why: 'resume'): void;
  /** Finishes or journals what is in flight; resolves within 5 seconds, when nothing runs any more. */
  stop(): Promise<void>;
}

/** Rejects only for what a person must repair first (one plain line in `message`); without any account it still resolves. */
export type ComposeDesktop = (services: ShellServices, signal: AbortSignal) => Promise<DesktopApp>;
