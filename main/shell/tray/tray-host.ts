// Detection of a desktop that shows tray icons.
import { execFile } from 'node:child_process';

/**
 * Electron cannot tell whether the desktop shows its tray icon. On Linux a StatusNotifierWatcher on the session bus does;
 * GNOME has none unless an extension brings it, and a window hidden into an invisible tray would be gone for good.
 */
export async function isTrayShown(platform: NodeJS.Platform, signal: AbortSignal): Promise<boolean> {
  if (platform !== 'linux') return true;
  const bus = 'org.freedesktop.DBus';
  const answer = await run(
    'gdbus',
    [
      ...['call', '--session', '--timeout', '2', '--dest', bus, '--object-path', '/org/freedesktop/DBus'],
      ...['--method', `${bus}.NameHasOwner`, 'org.kde.StatusNotifierWatcher'],
    ],
    signal,
  );
  return answer.includes('true');
}

/** Without an answer (no bus, no gdbus) the window is minimised instead of hidden. */
function run(program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { signal, timeout: 3000, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? stdout : '');
    });
  });
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
