// Whether the desktop shows a tray icon, asked of a real session bus.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { outputOf } from '../../main/adapters/system/programs/run-program.ts';
import { openSessionBus } from '../../main/shell/portal/session-bus.ts';
import { isTrayShown, trayArrives } from '../../main/shell/tray/tray-host.ts';
import { startPortal } from '../support/portal-double.ts';
import type { PortalDouble } from '../support/portal-double.ts';
import { findProgram } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';

const missing = ['dbus-daemon', 'gdbus'].filter((name) => findProgram(name) === null);
const never = new AbortController().signal;

/** A watcher of tray icons, as a panel is one for as long as it runs. */
async function startWatcher(address: string): Promise<{ readonly stop: () => void }> {
  const bus = await openSessionBus(address, never);
  await bus.call({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'RequestName',
    signature: 'su',
    body: ['org.kde.StatusNotifierWatcher', 4],
  });
  return { stop: () => bus.close() };
}

describe('a session bus', skipUnless(missing.length === 0, `not installed: ${missing.join(', ')}`), () => {
  // The bus of the portal's tests: a desktop without a watcher of tray icons.
  let desktop: PortalDouble;
  const address = process.env['DBUS_SESSION_BUS_ADDRESS'];

  beforeEach(async () => {
    desktop = await startPortal(null);
    process.env['DBUS_SESSION_BUS_ADDRESS'] = desktop.address;
  });
  afterEach(async () => {
    if (address === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
    else process.env['DBUS_SESSION_BUS_ADDRESS'] = address;
    await desktop.stop();
  });

  test('without a watcher shows no icon; one that comes late does, and one that ends no longer', async () => {
    expect(await isTrayShown('linux', outputOf, never)).toBe(false);
    const watcher = await startWatcher(desktop.address);
    expect(await isTrayShown('linux', outputOf, never)).toBe(true);
    watcher.stop();
    await expect.poll(() => isTrayShown('linux', outputOf, never)).toBe(false);
  });

  test('is waited for until a watcher comes, which may be there already', async () => {
    const arrives = trayArrives(outputOf, never);
    const watcher = await startWatcher(desktop.address);
    expect(await arrives).toBe(true);
    expect(await trayArrives(outputOf, never)).toBe(true);
    watcher.stop();
  });

  test('is not waited for without end, nor where there is none', async () => {
    expect(await trayArrives(outputOf, never, 1)).toBe(false);
    expect(await trayArrives(outputOf, AbortSignal.abort())).toBe(false);
    await desktop.stop();
    expect(await trayArrives(outputOf, never)).toBe(false);
  });

  test('that has ended shows no icon, and other systems always do', async () => {
    await startWatcher(desktop.address);
    await desktop.stop();
    expect(await isTrayShown('linux', outputOf, never)).toBe(false);
    expect(await isTrayShown('darwin', outputOf, never)).toBe(true);
    expect(await isTrayShown('win32', outputOf, never)).toBe(true);
  });
});
