// Tray icon of the running app: picture, tooltip and menu follow the backend.
import { join } from 'node:path';
import { Menu, Tray } from 'electron';
import type { Backend, CommandName, Input, Snapshot } from '../../../preload/contract.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Autostart } from '../autostart.ts';
import { trayIconFile, trayMenu, trayTooltip } from './tray.ts';
import type { TrayCommands } from './tray.ts';

type TrayParts = {
  readonly backend: Backend;
  readonly log: Log;
  readonly distDir: string;
  readonly signal: AbortSignal;
  readonly autostart: Autostart | null;
  readonly open: () => void;
  readonly quit: () => void;
};

export function showTray({ backend, log, distDir, signal, autostart, open, quit }: TrayParts): void {
  const icons = join(distDir, 'icons');
  const first = backend.snapshot();
  let shown = keyOf(first);
  // The subscription below holds the tray: an unreferenced one is collected, and its icon vanishes.
  const tray = new Tray(trayIconFile(icons, first.overall, process.platform));
  const commands: TrayCommands = {
    open,
    quit,
    pause: () => {
      run('pause', { pairId: null });
    },
    resume: () => {
      run('resume', { pairId: null });
    },
    syncNow: () => {
      run('syncNow', { pairId: null });
    },
    answer: (pairId, guardId, answer) => {
      run('answerGuard', { pairId, guardId, answer });
    },
  };
  tray.on('click', open);
  draw(first);
  backend.subscribe((_event, now) => {
    if (keyOf(now) === shown) return;
    tray.setImage(trayIconFile(icons, now.overall, process.platform));
    draw(now);
  });

  function draw(now: Snapshot): void {
    shown = keyOf(now);
    tray.setToolTip(trayTooltip(now.overall));
    // On Linux a menu is shown as it was when set, so every change sets a new one.
    const choice = autostart === null ? null : { isOn: autostart.isOn(), set: autostart.set };
    tray.setContextMenu(Menu.buildFromTemplate(trayMenu(now, commands, choice)));
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

/** What the tray shows; nothing else draws it again. */
function keyOf({ overall, pairs }: Snapshot): string {
  return JSON.stringify([overall, pairs.map(({ guards }) => guards.map(({ id }) => id))]);
}
