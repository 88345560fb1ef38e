// Driver of the desktop app for scenarios; real Electron and a stand-in implement it.
import type { Page } from 'playwright';

export type DesktopDriver = {
  /** Starts the app on this home, and resolves once its page is drawn. */
  start(home: string, system?: DesktopSystem): Promise<DesktopApp>;
  close(): Promise<void>;
};

/** What the app finds in the system's settings. */
export type DesktopSystem = {
  /** `host:port` of the proxy for everything but loopback; none if unset. */
  readonly proxy?: string;
};

/** Answers in the system's dialogs; a dialog without one is cancelled. */
export type DialogAnswers = {
  /** Chosen where the app asks for a folder. */
  readonly folder?: string;
  /** Chosen where the app asks where to save. */
  readonly file?: string;
  /** Number of the button in a question. */
  readonly button?: number;
};

export type DesktopApp = {
  readonly page: Page;
  /** Address of the page as main sees it. */
  pageUrl(): string;
  /** Next address that the app asks the system to open, or path that it asks the file manager to show. */
  openedUrl(): Promise<string>;
  /** Answers in all dialogs from now on. */
  answerDialogs(answers: DialogAnswers): Promise<void>;
  /** Text that the app has put on the clipboard. */
  copiedText(): Promise<string>;
  windowCount(): Promise<number>;
  isVisible(): Promise<boolean>;
  /** Hides the window, as its user does by closing it beside a tray. */
  hide(): Promise<void>;
  /** Starts the program a second time on the same home, with a link as the system does for one that is opened. */
  startAgain(link?: string): Promise<void>;
  /** Says that the computer has woken up, as the system does after a sleep. */
  wakeUp(): Promise<void>;
  quit(): Promise<void>;
};
