// IPC handlers, one per contract request; each checks its sender before reading input.
import type { BrowserWindow, IpcMain, IpcMainInvokeEvent } from 'electron';
import type { Backend, BackendEvent, Result, ShownView } from '../../../preload/contract.ts';
import { EVENT_CHANNEL, VIEW_CHANNEL, channelOf, dispatch, requestNames } from '../../../preload/contract.ts';
import { failed } from '../../../preload/lean/limits.ts';
import { PAGE_ORIGIN, isPageUrl } from './page-address.ts';

type IpcParts = {
  readonly ipcMain: IpcMain;
  /** Window whose requests are accepted, or null. */
  readonly currentWindow: () => BrowserWindow | null;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  readonly onRefused: (request: string) => void;
};

/** Registers the handlers and forwards the backend's events to the window. Returns the function that ends both. */
export function connectPage({ ipcMain, currentWindow, backend, signal, onRefused }: IpcParts): () => void {
  for (const name of requestNames) {
    ipcMain.handle(channelOf(name), (event, ...args: unknown[]): Promise<Result<unknown>> => {
      if (!isFromPage(event, currentWindow())) {
        onRefused(name);
        return Promise.resolve(failed('forbidden'));
      }
      return args.length === 1
        ? dispatch(backend, name, args[0], signal)
        : Promise.resolve(failed('bad-request', { field: '' }));
    });
  }
  const unsubscribe = backend.subscribe((event) => {
    sendToPage(currentWindow(), event);
  });
  return () => {
    unsubscribe();
    for (const name of requestNames) ipcMain.removeHandler(channelOf(name));
  };
}

/** Accepts only our window, its main frame, and our page URL; each check alone has been bypassed before. */
function isFromPage(event: IpcMainInvokeEvent, window: BrowserWindow | null): boolean {
  const frame = event.senderFrame;
  if (window === null || window.isDestroyed() || frame === null) return false;
  const { mainFrame } = window.webContents;
  // By token, not by object: Electron does not promise one wrapper object per frame.
  return (
    event.sender.id === window.webContents.id &&
    frame.processId === mainFrame.processId &&
    frame.frameToken === mainFrame.frameToken &&
    frame.parent === null &&
    frame.origin === PAGE_ORIGIN &&
    isPageUrl(frame.url)
  );
}

/** Asks the page for one of its views. */
export function showView(window: BrowserWindow, view: ShownView): void {
  if (window.isDestroyed() || !isPageUrl(window.webContents.getURL())) return;
  window.webContents.send(VIEW_CHANNEL, view);
}

function sendToPage(window: BrowserWindow | null, event: BackendEvent): void {
  if (window === null || window.isDestroyed()) return;
  if (!isPageUrl(window.webContents.getURL())) return;
  window.webContents.send(EVENT_CHANNEL, event);
}
