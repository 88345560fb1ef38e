// Autostart at login: system login items, an XDG autostart file on Linux, or the portal within a Flatpak.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { App } from 'electron';
import type { LoginStart } from '../app/settings.ts';
import { isFlatpak } from '../core/config/flatpak.ts';

export const HIDDEN_FLAG = '--hidden';

export type Autostart = LoginStart & {
  /** Updates an existing entry to the path of the running program, which may have moved in an update. */
  readonly refresh: () => void;
  /** Whether the login started this process, so that no window is to be shown. */
  readonly hasStarted: () => boolean;
};

/** Path of the program that starts at login, as of the last start; null where none does. */
export type AutostartMemory = {
  readonly read: () => string | null;
  readonly write: (program: string | null) => void;
};

type AutostartParts = {
  readonly app: App;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly execPath: string;
  readonly argv: readonly string[];
  readonly memory: AutostartMemory;
  /** Asks the desktop's portal, which a Flatpak is left to; resolves with what holds from now on. */
  readonly askPortal: (isOn: boolean, commandLine: readonly string[]) => Promise<boolean>;
};

/** Program of the Flatpak, as build/linux/io.github.driftless.json installs it. */
const flatpakCommand = 'driftless-desktop';

/** null in a checkout: a login item that points into a development folder would break with it. */
export function createAutostart(parts: AutostartParts): Autostart | null {
  if (!parts.app.isPackaged) return null;
  if (parts.platform === 'win32') return windowsItem(parts);
  if (parts.platform === 'linux' && isFlatpak(parts.env)) return portalEntry(parts);
  return parts.platform === 'linux' ? desktopFile(parts) : macItem(parts);
}

/**
 * A value of the registry's Run key, under the app's id. Electron compares path and arguments, so the item of a program that has moved
 * is found only by its earlier path.
 */
function windowsItem({ app, execPath, argv, memory }: AutostartParts): Autostart {
  const item = { args: [HIDDEN_FLAG] };
  // The user may have disabled the item in the system's settings.
  const isOn = (): boolean => app.getLoginItemSettings(item).executableWillLaunchAtLogin;
  const remember = (): void => {
    memory.write(app.getLoginItemSettings(item).openAtLogin ? execPath : null);
  };
  return {
    isOn,
    hasStarted: () => argv.includes(HIDDEN_FLAG),
    set(value) {
      app.setLoginItemSettings({ ...item, openAtLogin: value });
      remember();
    },
    refresh() {
      const before = memory.read();
      if (before !== null && before !== execPath) {
        const old = app.getLoginItemSettings({ ...item, path: before });
        // `enabled` is true by default, which would overrule an item that the user has disabled.
        if (old.openAtLogin)
          app.setLoginItemSettings({ ...item, openAtLogin: true, enabled: old.executableWillLaunchAtLogin });
      }
      remember();
    },
  };
}

/** The system's own item for the app's bundle: it takes neither a path nor arguments. */
function macItem({ app, execPath, memory }: AutostartParts): Autostart {
  const isOn = (): boolean => app.getLoginItemSettings().openAtLogin;
  const remember = (): void => {
    memory.write(isOn() ? execPath : null);
  };
  return {
    isOn,
    hasStarted: () => app.getLoginItemSettings().wasOpenedAtLogin,
    set(value) {
      app.setLoginItemSettings({ openAtLogin: value });
      remember();
    },
    refresh() {
      const before = memory.read();
      const { openAtLogin, status } = app.getLoginItemSettings();
      const hasMoved = before !== null && before !== execPath;
      // An item that waits for the user's approval was disabled by the user.
      if (hasMoved && !openAtLogin && status !== 'requires-approval')
        app.setLoginItemSettings({ openAtLogin: true });
      remember();
    },
  };
}

/** The portal says what holds only when it is asked, so its last answer is kept. A change in the system's settings is not seen. */
function portalEntry({ argv, memory, askPortal }: AutostartParts): Autostart {
  let asked: Promise<boolean> = Promise.resolve(true);
  return {
    isOn: () => memory.read() !== null,
    hasStarted: () => argv.includes(HIDDEN_FLAG),
    // The desktop starts it by the id of the app, which does not move.
    refresh: () => undefined,
    set(isOn) {
      asked = asked.then(async () => {
        try {
          memory.write((await askPortal(isOn, [flatpakCommand, HIDDEN_FLAG])) ? flatpakCommand : null);
          return true;
        } catch {
          // No bus, no portal, or no answer: what held before still holds.
          return false;
        }
      });
    },
    applied: () => asked,
  };
}

function desktopFile({ app, env, execPath, argv }: AutostartParts): Autostart | null {
  const file = join(app.getPath('appData'), 'autostart', 'driftless.desktop');
  const program = appImageOf(env, execPath) ?? execPath;
  // A line break would end the entry and allow another command to be injected.
  if (/\p{Cc}/u.test(program)) return null;
  return {
    isOn: () => isEntryOn(readEntry(file)),
    hasStarted: () => argv.includes(HIDDEN_FLAG),
    refresh() {
      const entry = readEntry(file);
      const renewed = entry?.replace(ownExec, () => execLine(program)) ?? null;
      if (renewed !== null && renewed !== entry) writeFileSync(file, renewed);
    },
    set(isOn) {
      if (!isOn) {
        rmSync(file, { force: true });
        return;
      }
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, desktopEntry(program));
    },
  };
}

function readEntry(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Missing or unreadable: counts as no autostart.
    return null;
  }
}

/** Desktops disable an entry by a key in it: GNOME by its own, others by the specification's `Hidden`. */
function isEntryOn(entry: string | null): boolean {
  return entry !== null && !/^(?:Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(entry);
}

/** Command as written by `desktopEntry`; an entry edited by the user is left alone. */
const ownExec = new RegExp(`^Exec="[^\\n]*" ${HIDDEN_FLAG}$`, 'm');

function execLine(program: string): string {
  return `Exec=${quoteForExec(program)} ${HIDDEN_FLAG}`;
}

/**
 * An AppImage runs from a mount that is gone after logout; APPIMAGE is where it really is. Another AppImage that started us leaves its own
 * there, so it counts only together with the mount that we run from.
 */
export function appImageOf(env: NodeJS.ProcessEnv, execPath: string): string | null {
  const { APPIMAGE: image, APPDIR: mount } = env;
  if (image === undefined || mount === undefined || !isAbsolute(image) || !isAbsolute(mount)) return null;
  return execPath.startsWith(join(mount, '/')) ? image : null;
}

function desktopEntry(program: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Driftless',
    execLine(program),
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * Quoting of the Desktop Entry specification: reserved characters are escaped inside double quotes, then the backslashes
 * once more because the value is a string, and `%` is doubled because it begins a field code.
 */
export function quoteForExec(path: string): string {
  const quoted = path.replaceAll(/["`$\\]/g, (character) => `\\${character}`);
  return `"${quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}
