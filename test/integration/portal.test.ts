// Start at login asked of the Background portal, on a real session bus.
import { execFile as execFileWith } from 'node:child_process';
import { promisify } from 'node:util';
import type { App } from 'electron';
import { afterEach, describe, expect, test } from 'vitest';
import { createAutostart } from '../../main/shell/autostart.ts';
import { requestBackground } from '../../main/shell/portal/background.ts';
import { openSessionBus, socketOf } from '../../main/shell/portal/session-bus.ts';
import { startPortal } from '../support/portal-double.ts';
import type { PortalAnswer, PortalDouble } from '../support/portal-double.ts';
import { findProgram } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';

const commandLine = ['driftless-desktop', '--hidden'];
const gdbus = async (args: readonly string[]): Promise<string> =>
  (await promisify(execFileWith)('gdbus', [...args])).stdout;
const never = new AbortController().signal;
const yes: PortalAnswer = { code: 0, autostart: true };

describe('the Background portal', skipUnless(findProgram('dbus-daemon') !== null, 'dbus-daemon'), () => {
  let portal: PortalDouble;
  afterEach(() => portal.stop());

  const ask = async (answer: Parameters<typeof startPortal>[0], isOn = true): Promise<boolean> => {
    portal = await startPortal(answer);
    return requestBackground({ address: portal.address, isOn, commandLine }, never);
  };

  test.each([
    ['it allows', yes, true],
    ['it allows before it names its request', { ...yes, isEarly: true }, true],
    [
      'an older one answers at a path of its own',
      { ...yes, path: '/org/freedesktop/portal/desktop/request/old' },
      true,
    ],
    [
      'an older one answers so, and early',
      { ...yes, path: '/org/freedesktop/portal/x', isEarly: true },
      true,
    ],
    ['the user says no', { code: 1, autostart: true }, false],
    ['the request is closed', { code: 2, autostart: true }, false],
    ['it allows the background alone', { code: 0, autostart: false }, false],
  ])('%s', async (_name, answer, expected) => {
    expect(await ask(answer)).toBe(expected);
  });

  test('it receives what to start, and whether', async () => {
    expect(await ask({ code: 0, autostart: false }, false)).toBe(false);
    const [request] = portal.asked;
    expect(request?.parent).toBe('');
    expect(
      Object.fromEntries([...(request?.options ?? [])].map(([name, { value }]) => [name, value])),
    ).toEqual({
      handle_token: expect.stringMatching(/^\w+$/u) as string,
      reason: 'Keeps your folders in sync',
      autostart: false,
      commandline: commandLine,
      'dbus-activatable': false,
    });
  });

  test('a refusal is an error', async () => {
    await expect(ask('org.freedesktop.portal.Error.NotAllowed')).rejects.toThrow('NotAllowed');
  });

  test.each([
    ['before it named its request', null],
    ['before it said the outcome', 'silent' as const],
  ])('the end of the bus is an error %s', async (_name, answer) => {
    portal = await startPortal(answer);
    const open = requestBackground({ address: portal.address, isOn: true, commandLine }, never);
    const outcome = expect(open).rejects.toThrow(/NoReply|session bus closed/u);
    await expect.poll(() => portal.asked.length).toBe(1);
    await portal.stop();
    await outcome;
  });

  test('an abort ends the wait', async () => {
    portal = await startPortal('silent');
    const ending = new AbortController();
    const open = requestBackground({ address: portal.address, isOn: true, commandLine }, ending.signal);
    const outcome = expect(open).rejects.toThrow();
    await expect.poll(() => portal.asked.length).toBe(1);
    ending.abort();
    await outcome;
  });

  test('a bus without a portal is an error', async () => {
    portal = await startPortal(null);
    const address = portal.address;
    const bus = await openSessionBus(address, never);
    await expect(
      bus.call({ destination: 'org.freedesktop.portal.Elsewhere', path: '/', interface: 'a.b', member: 'C' }),
    ).rejects.toThrow('ServiceUnknown');
    bus.close();
  });

  test(
    'the double answers another program as well',
    skipUnless(findProgram('gdbus') !== null, 'gdbus'),
    async () => {
      portal = await startPortal(yes);
      const said = gdbus([
        ...['call', '--address', portal.address, '--dest', 'org.freedesktop.portal.Desktop'],
        ...['--object-path', '/org/freedesktop/portal/desktop'],
        ...[
          '--method',
          'org.freedesktop.portal.Background.RequestBackground',
          '',
          "{'handle_token': <'abc'>}",
        ],
      ]);
      expect(await said).toMatch(
        /^\(objectpath '[/]org[/]freedesktop[/]portal[/]desktop[/]request[/]1_\d+[/]abc',\)/u,
      );
    },
  );

  test('the switch in a Flatpak shows what the portal answered', async () => {
    portal = await startPortal(yes);
    const { address } = portal;
    let program: string | null = null;
    const autostart = createAutostart({
      app: { isPackaged: true } as App,
      platform: 'linux',
      env: { FLATPAK_ID: 'io.github.driftless' },
      execPath: '/app/main/driftless-desktop',
      argv: [],
      memory: { read: () => program, write: (value) => (program = value) },
      askPortal: (isOn, command) => requestBackground({ address, isOn, commandLine: command }, never),
    });
    expect(autostart?.isOn()).toBe(false);
    autostart?.set(true);
    expect(await autostart?.applied?.()).toBe(true);
    expect(autostart?.isOn()).toBe(true);
    expect(portal.asked[0]?.options.get('commandline')?.value).toEqual(commandLine);
    await portal.stop();
    // Without an answer what held before still holds.
    autostart?.set(false);
    expect(await autostart?.applied?.()).toBe(false);
    expect(autostart?.isOn()).toBe(true);
  });
});

test.each([
  ['unix:path=/run/user/1000/bus', '/run/user/1000/bus'],
  ['unix:path=/run/a%20b/bus,guid=1f', '/run/a b/bus'],
  ['unix:abstract=/tmp/dbus-x,guid=1f', '\0/tmp/dbus-x'],
  ['tcp:host=evil;unix:path=/run/bus', '/run/bus'],
  ['tcp:host=127.0.0.1,port=1', null],
  ['', null],
])('the bus at %j', (address, expected) => {
  expect(socketOf(address)).toBe(expected);
});
