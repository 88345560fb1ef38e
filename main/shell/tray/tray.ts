// The tray icon: one picture and one line per state, and the few commands that need no window.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import type { GuardView, Overall, PairView } from '../../../preload/contract.ts';
import { en } from '../../../preload/locales/en.ts';
import { createWords } from '../../../preload/locales/lookup.ts';
import { questionWords } from '../../../preload/locales/question-words.ts';
import { stateWords, words } from '../words.ts';

export type TrayCommands = {
  readonly open: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly syncNow: () => void;
  readonly quit: () => void;
  readonly answer: (pairId: string, guardId: string, answer: GuardView['answers'][number]) => void;
};

/** What the menu is made of; the picture and the tooltip follow `overall` alone. */
export type TrayFacts = {
  readonly overall: Overall;
  readonly pairs: readonly Pick<PairView, 'id' | 'folderLabel' | 'mode' | 'guards'>[];
};

export type AutostartChoice = { readonly isOn: boolean; readonly set: (isOn: boolean) => void };

/** macOS tints a template picture itself; Windows wants 16 pixels, Linux panels 22; `@2x` files are found by name. */
export function trayIconFile(iconsDir: string, overall: Overall, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return join(iconsDir, `tray-${overall}-16Template.png`);
  return join(iconsDir, `tray-${overall}-${platform === 'win32' ? '16' : '22'}.png`);
}

export function trayTooltip(overall: Overall): string {
  return `${words.appName}: ${stateWords[overall]}`;
}

/** `autostart` is null where it cannot be set (a checkout). */
export function trayMenu(
  { overall, pairs }: TrayFacts,
  commands: TrayCommands,
  autostart: AutostartChoice | null,
): MenuItemConstructorOptions[] {
  const isSignedIn = overall !== 'signed-out';
  return [
    { id: 'state', label: stateWords[overall], enabled: false },
    ...questionItems(pairs, commands),
    { type: 'separator' },
    { id: 'open', label: words.open, click: commands.open },
    overall === 'paused'
      ? { id: 'resume', label: words.resume, click: commands.resume }
      : { id: 'pause', label: words.pause, enabled: isSignedIn, click: commands.pause },
    {
      id: 'sync-now',
      label: words.syncNow,
      enabled: isSignedIn && overall !== 'paused',
      click: commands.syncNow,
    },
    ...(autostart === null ? [] : [autostartItem(autostart)]),
    { type: 'separator' },
    { id: 'quit', label: words.quit, click: commands.quit },
  ];
}

/** Each question with its answers in a submenu, so that it is not answered by a misplaced click. */
function questionItems(
  pairs: TrayFacts['pairs'],
  commands: TrayCommands,
): readonly MenuItemConstructorOptions[] {
  const texts = createWords(en, 'en');
  return pairs.flatMap((pair) =>
    pair.guards.map((guard): MenuItemConstructorOptions => {
      const asked = questionWords(texts, guard, pair.mode);
      return {
        id: `question-${guard.id}`,
        label: `${pair.folderLabel}: ${asked.what}`,
        submenu: guard.answers.map((answer) => ({
          id: `answer-${guard.id}-${answer}`,
          label: asked.answers[answer],
          click: () => {
            commands.answer(pair.id, guard.id, answer);
          },
        })),
      };
    }),
  );
}

function autostartItem(autostart: AutostartChoice): MenuItemConstructorOptions {
  return {
    id: 'autostart',
    label: words.startAtLogin,
    type: 'checkbox',
    checked: autostart.isOn,
    click: (item) => {
      autostart.set(item.checked);
    },
  };
}

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
