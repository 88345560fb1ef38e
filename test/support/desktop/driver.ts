// Driver of the desktop app for scenarios; real Electron and a stand-in implement it.
import type { Page } from 'playwright';

export type DesktopDriver = {
  /** Starts the app on this home, and resolves once its page is drawn. */
  start(home: string): Promise<DesktopApp>;
  close(): Promise<void>;
};

export type DesktopApp = {
  readonly page: Page;
  /** Address of the page as main sees it. */
  pageUrl(): string;
  /** Next address that the app asks the system to open. */
  openedUrl(): Promise<string>;
  windowCount(): Promise<number>;
  isVisible(): Promise<boolean>;
  /** Hides the window, as its user does by closing it beside a tray. */
  hide(): Promise<void>;
  /** Starts the program a second time on the same home. */
  startAgain(): Promise<void>;
  quit(): Promise<void>;
};
