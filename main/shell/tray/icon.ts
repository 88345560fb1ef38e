// Tray icon of the running app: picture, tooltip and menu follow the backend.
import { join } from 'node:path';
import { Menu, Tray } from 'electron';
import type { Backend, CommandName, Input, ShownView, Snapshot } from '../../../preload/contract.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Autostart } from '../autostart.ts';
import { recentFiles, trayIconFile, trayMenu, trayTooltip } from './tray.ts';
import type { TrayCommands } from './tray.ts';
import { languageIn } from '../words.ts';
import { overallKey } from '../../../preload/pause-words.ts';

type TrayParts = {
  readonly backend: Backend;
  readonly log: Log;
  readonly distDir: string;
  readonly signal: AbortSignal;
  readonly autostart: Autostart | null;
  readonly open: (view?: ShownView) => void;
  readonly update: () => void;
  readonly quit: () => void;
};

export function showTray({ backend, log, distDir, signal, autostart, open, update, quit }: TrayParts): void {
  const icons = join(distDir, 'icons');
  const first = backend.snapshot();
  let shown = keyOf(first);
  let told = '';
  // The subscription below holds the tray: an unreferenced one is collected, and its icon vanishes.
  const tray = new Tray(trayIconFile(icons, first.overall, process.platform));
  const commands: TrayCommands = {
    open,
    update,
    quit,
    pause: () => {
      run('pause', { pairId: null });
    },
    resume: () => {
      run('resume', { pairId: null });
    },
    pauseUntil: (until) => {
      run('pauseUntil', { pairId: null, until });
    },
    revealFolder: (pairId) => {
      run('revealFolder', { pairId });
    },
    revealActivity: (pairId, activityId) => {
      run('revealActivity', { pairId, activityId });
    },
    syncNow: () => {
      run('syncNow', { pairId: null });
    },
    answer: (pairId, guardId, answer) => {
      run('answerGuard', { pairId, guardId, answer });
    },
  };
  tray.on('click', () => {
    open();
  });
  draw(first);
  backend.subscribe((_event, now) => {
    tell(now);
    if (keyOf(now) === shown) return;
    tray.setImage(trayIconFile(icons, now.overall, process.platform));
    draw(now);
  });

  /** Progress is shown here only: a menu that is set again would close under the pointer. */
  function tell(now: Snapshot): void {
    const line = trayTooltip(now, languageIn(now));
    if (line !== told) tray.setToolTip(line);
    told = line;
  }

  function draw(now: Snapshot): void {
    shown = keyOf(now);
    tell(now);
    // On Linux a menu is shown as it was when set, so every change sets a new one.
    const choice = autostart === null ? null : { isOn: autostart.isOn(), set: startAtLogin };
    const parts = { commands, autostart: choice, language: languageIn(now) };
    tray.setContextMenu(Menu.buildFromTemplate(trayMenu(now, parts)));
  }

  /** The desktop may say no, after which the tick that the click has set is wrong. */
  function startAtLogin(isOn: boolean): void {
    try {
      autostart?.set(isOn);
    } catch (cause) {
      // What a click throws is a dialog with a stack, and the tick stays.
      log.warn('start at login not changed', { cause: String(cause) });
      draw(backend.snapshot());
      return;
    }
    void autostart?.applied?.().then(() => {
      if (!signal.aborted) draw(backend.snapshot());
    });
  }

  function run<N extends CommandName>(name: N, input: Input<N>): void {
    backend.commands[name](input, signal).then(
      (result) => {
        if (!result.ok) log.warn('tray command refused', { command: name, code: result.error.code });
      },
      (cause: unknown) => {
        if (!signal.aborted) backend.reportFailure?.(name, cause);
      },
    );
  }
}

/** What the menu shows; nothing else draws it again. */
function keyOf(now: Snapshot): string {
  return JSON.stringify([
    overallKey(now),
    now.newerVersion,
    languageIn(now),
    now.settings.startAtLogin,
    now.pairs.map(({ id, folderLabel, guards, problemCount, pausedBy = null, pausedUntilMs = null }) => [
      id,
      pausedBy,
      pausedUntilMs,
      folderLabel,
      problemCount,
      guards.map((guard) => guard.id),
    ]),
    recentFiles(now).map(({ id }) => id),
  ]);
}
