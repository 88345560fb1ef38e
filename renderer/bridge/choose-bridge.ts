// Selects the bridge: preload in the desktop window, HTTP on loopback.
import type { Bridge } from '../../preload/contract.ts';
import { createLoopbackBridge } from './loopback-bridge.ts';

declare global {
  interface Window {
    /** Set by the preload script; absent on the loopback page. */
    readonly driftless?: Bridge;
  }
}

export function chooseBridge(page: Window): Bridge {
  return page.driftless ?? createLoopbackBridge(takeCode(page));
}

/** Removes the code from address bar and history at once, so that it is not copied or bookmarked. */
function takeCode(page: Window): string | null {
  const code = page.location.hash.slice(1);
  if (code === '') return null;
  page.history.replaceState(null, '', page.location.pathname);
  return code;
}
