// Start at login, set from the tray while its entry cannot be written.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFakeElectron } from '../fakes/fake-electron.ts';
import { buildShell, pathWithTrayAnswer, writePage } from '../support/boot-shell.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test.runIf(process.platform === 'linux')(
  'what its click meets ends nothing, and it is not ticked',
  async () => {
    const shell = await buildShell();
    onTestFinished(shell.dispose);
    writePage(shell.distDir);
    const room = await tempFolder('autostart');
    const home = join(room, 'home');
    mkdirSync(home, { mode: 0o700 });
    const path = process.env['PATH'];
    process.env['DRIFTLESS_HOME'] = home;
    process.env['PATH'] = pathWithTrayAnswer(join(room, 'bin'), true);
    const electron = createFakeElectron({ appData: room, isPackaged: true });
    onTestFinished(async () => {
      electron.app.quit();
      await waitFor(() => electron.app.quitState !== 'running', { what: 'the app to quit' });
      process.env['PATH'] = path;
      delete process.env['DRIFTLESS_HOME'];
    });
    await shell.start(electron);
    electron.app.becomeReady();
    const tray = await waitFor(() => electron.recorded.trays[0], { what: 'the tray' });
    const item = () => tray.menu.find(({ id }) => id === 'autostart') ?? {};
    writeFileSync(join(room, 'autostart'), 'in the way');
    const before = tray.menu;
    (item().click as (item: object) => void)({ checked: true });
    expect(tray.menu).not.toBe(before);
    expect(item().checked).toBe(false);
  },
);
