// Detection of a desktop that shows tray icons.
import type { DesktopApp } from '../../app/desktop-app.ts';

const watcher = 'org.kde.StatusNotifierWatcher';
const askMs = 3000;

type Run = DesktopApp['outputOf'];

/**
 * Electron cannot tell whether the desktop shows its tray icon. On Linux a StatusNotifierWatcher on the session bus does;
 * GNOME has none unless an extension brings it, and a window hidden into an invisible tray would be gone for good.
 */
export async function isTrayShown(
  platform: NodeJS.Platform,
  run: Run,
  signal: AbortSignal,
): Promise<boolean> {
  if (platform !== 'linux') return true;
  const bus = 'org.freedesktop.DBus';
  const object = ['--dest', bus, '--object-path', '/org/freedesktop/DBus'];
  const method = ['--method', `${bus}.NameHasOwner`, watcher];
  const args = ['call', '--session', '--timeout', '2', ...object, ...method];
  const answer = await run('gdbus', args, { signal, timeoutMs: askMs });
  // Without one (no bus, no gdbus) a close minimises the window instead of hiding it.
  return answer?.includes('true') ?? false;
}

/** How long a start at login waits for the panel, which may start after it. */
const arrivalSeconds = 60;

/**
 * Whether the desktop shows tray icons by the end of that time; resolves as soon as it does. The bus itself tells when, so nothing asks
 * again and again. False also where the question cannot be asked (no bus, no gdbus, or one from before 2018).
 */
export async function trayArrives(run: Run, signal: AbortSignal, seconds = arrivalSeconds): Promise<boolean> {
  const args = ['wait', '--session', '--timeout', String(seconds), watcher];
  return (await run('gdbus', args, { signal, timeoutMs: seconds * 1000 + askMs })) !== null;
}

type ClosingParts = {
  /** What the desktop answered at the start. */
  readonly isShown: boolean;
  readonly ask: () => Promise<boolean>;
  /** Takes a window that is still minimized into the tray. */
  readonly hide: () => void;
  /** That the app runs on without an icon. */
  readonly tell: () => void;
};

/**
 * What a close of the window does. A panel may start after the app, as at login, or restart, so the desktop is asked again at each
 * close; until it answers, the window stays reachable.
 */
export function createClosing({ isShown, ask, hide, tell }: ClosingParts): () => 'hide' | 'minimize' {
  let isTrayThere = isShown;
  let isTold = false;
  const renew = async (wasThere: boolean): Promise<void> => {
    isTrayThere = await ask();
    if (wasThere) return;
    if (isTrayThere) hide();
    else if (!isTold) {
      isTold = true;
      tell();
    }
  };
  return () => {
    const wasThere = isTrayThere;
    void renew(wasThere);
    return wasThere ? 'hide' : 'minimize';
  };
}
