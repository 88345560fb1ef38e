// Starts the app, hidden in the tray, when the person logs in: the system's login items, or an XDG autostart file on Linux.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { App } from 'electron';

export const HIDDEN_FLAG = '--hidden';

export type Autostart = {
  readonly isOn: () => boolean;
  readonly set: (isOn: boolean) => void;
  /** After an update the program may have another path: makes an entry that is there name the one that runs. */
  readonly refresh: () => void;
};

type AutostartParts = {
  readonly app: App;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly execPath: string;
};

/** null in a checkout: a login item that points into a development folder would break with it. */
export function createAutostart({ app, platform, env, execPath }: AutostartParts): Autostart | null {
  if (!app.isPackaged) return null;
  if (platform !== 'linux') {
    const item = { args: [HIDDEN_FLAG] };
    return {
      isOn() {
        const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings(item);
        // On Windows the person may have switched the item off in the system's own settings.
        return platform === 'win32' ? executableWillLaunchAtLogin : openAtLogin;
      },
      set(isOn) {
        app.setLoginItemSettings({ ...item, openAtLogin: isOn });
      },
      refresh: () => undefined,
    };
  }
  const file = join(app.getPath('appData'), 'autostart', 'driftless.desktop');
  const program = appImageOf(env, execPath) ?? execPath;
  // It would end the line in the file, and the next one could start anything.
  if (/\p{Cc}/u.test(program)) return null;
  return {
    isOn: () => isEntryOn(readEntry(file)),
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
    // Not there, or not ours to read: then it starts nothing for us to speak of.
    return null;
  }
}

/** Desktops switch an entry off by writing into it: GNOME by its own key, others by the specification's `Hidden`. */
function isEntryOn(entry: string | null): boolean {
  return entry !== null && !/^(?:Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(entry);
}

/** A command as `desktopEntry` writes it; one that a person has changed is left alone. */
const ownExec = new RegExp(`^Exec="[^\\n]*" ${HIDDEN_FLAG}$`, 'm');

function execLine(program: string): string {
  return `Exec=${quoteForExec(program)} ${HIDDEN_FLAG}`;
}

/**
 * An AppImage runs from a mount that is gone after logout; APPIMAGE is where it really is. Another AppImage that started us leaves its own
 * there, so it counts only together with the mount that we run from.
 */
function appImageOf(env: NodeJS.ProcessEnv, execPath: string): string | null {
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
