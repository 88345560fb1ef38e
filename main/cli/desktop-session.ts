// The desktop app's stored sign-in, as far as the command line can see it: that there is one.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Sealed by the system's keychain for the app alone; see `openSealedStore` in `shell/desktop-settings.ts` for the file. */
export function hasDesktopSession(home: string, accountId: string): boolean {
  let text: string;
  try {
    text = readFileSync(join(home, 'desktop', 'secrets.json'), 'utf8');
  } catch {
    return false;
  }
  try {
    const stored: unknown = JSON.parse(text);
    return (
      typeof stored === 'object' && stored !== null && Object.hasOwn(stored, `oidc-session.${accountId}`)
    );
  } catch {
    // What cannot be read may be one.
    return true;
  }
}

/** Whether the desktop app has ever run on this home. */
export function hasDesktop(home: string): boolean {
  return existsSync(join(home, 'desktop'));
}
