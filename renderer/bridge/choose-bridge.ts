// Finds out which home the page is in and gives it that home's bridge.
import type { Bridge } from '../../preload/contract.ts';
import { createLoopbackBridge } from './loopback-bridge.ts';

declare global {
  interface Window {
    /** Put there by the preload script; not there on the loopback page. */
    readonly driftless?: Bridge;
  }
}

export function chooseBridge(page: Window): Bridge {
  return page.driftless ?? createLoopbackBridge(takeCode(page));
}

/** The code leaves the address bar and the history at once, so that nobody copies or bookmarks it. */
function takeCode(page: Window): string | null {
  const code = page.location.hash.slice(1);
  if (code === '') return null;
  page.history.replaceState(null, '', page.location.pathname);
  return code;
}
