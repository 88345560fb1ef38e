// Settings of the app: kept across restarts, changed one by one; and the report, which names nothing.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLookStore } from '../../main/adapters/config/app-settings.ts';
import { reportOf } from '../../main/app/report.ts';
import { settingsCommand, settingsView } from '../../main/app/settings.ts';
import type { SettingsParts } from '../../main/app/settings.ts';
import { unknownConditions } from '../../main/core/conditions.ts';
import type { LimitsConfig } from '../../main/core/config/config.ts';
import { tempFolder } from '../support/temp.ts';
import { hostile } from '../ui/scenes.ts';

const { signal } = new AbortController();

test('the look is kept, and a damaged field falls back alone', async () => {
  const home = await tempFolder();
  const usual = {
    language: null,
    theme: 'system',
    notifications: true,
    pauseOnBattery: false,
    pauseOnMetered: false,
  };
  expect(openLookStore(home).read()).toEqual(usual);
  openLookStore(home).write({ theme: 'dark' });
  openLookStore(home).write({ notifications: false });
  expect(openLookStore(home).read()).toEqual({ ...usual, theme: 'dark', notifications: false });
  await writeFile(join(home, 'app.json'), '{"language":"de","theme":"blue"}');
  expect(openLookStore(home).read()).toEqual({ ...usual, language: 'de' });
  await writeFile(join(home, 'app.json'), '{');
  expect(openLookStore(home).read()).toEqual(usual);
  openLookStore(home).write({ language: 'en' });
  expect(JSON.parse(await readFile(join(home, 'app.json'), 'utf8'))).toEqual({ ...usual, language: 'en' });
});

test('what is chosen while another store of the same home is open is not lost by its next change', async () => {
  const home = await tempFolder();
  const before = openLookStore(home);
  const after = openLookStore(home);
  before.write({ pauseOnMetered: true });
  expect(after.read().pauseOnMetered).toBe(true);
  after.write({ theme: 'dark' });
  expect(openLookStore(home).read()).toMatchObject({ pauseOnMetered: true, theme: 'dark' });
});

async function partsIn(login: SettingsParts['login']): Promise<SettingsParts> {
  let limits: LimitsConfig = { uploadBytesPerSecond: 5000 };
  let proxy: string | null = null;
  return {
    conditions: {
      current: () => unknownConditions,
      onSettings: () => undefined,
      onChange: () => () => undefined,
    },
    look: openLookStore(await tempFolder()),
    proxy: {
      read: () => proxy,
      write: (next) => {
        proxy = next;
        return Promise.resolve();
      },
    },
    login,
    commandLine: null,
    limits: {
      read: () => limits,
      write: (change) => {
        limits = change(limits);
        return Promise.resolve();
      },
    },
  };
}

test('one limit changes and the other stays; the page is notified', async () => {
  const parts = await partsIn(null);
  let told = 0;
  const change = settingsCommand(parts, () => (told += 1));
  await change({ downloadLimit: 7000 }, signal);
  expect(parts.limits.read()).toEqual({ uploadBytesPerSecond: 5000, downloadBytesPerSecond: 7000 });
  await change({ uploadLimit: null, language: 'de' }, signal);
  expect(settingsView(parts)).toMatchObject({ uploadLimit: null, downloadLimit: 7000, language: 'de' });
  expect(told).toBe(2);
  await change({ timetable: '08:00,512k 18:00,off' }, signal);
  await change({ downloadLimit: 8000 }, signal);
  expect(parts.limits.read()).toEqual({ downloadBytesPerSecond: 8000, timetable: '08:00,512k 18:00,off' });
  await change({ timetable: null }, signal);
  expect(parts.limits.read()).toEqual({ downloadBytesPerSecond: 8000 });
});

test('the proxy is written where it is given, and nowhere else', async () => {
  const parts = await partsIn(null);
  const change = settingsCommand(parts, () => undefined);
  await change({ proxy: 'http://proxy:1' }, signal);
  await change({ theme: 'dark' }, signal);
  expect(settingsView(parts).proxy).toBe('http://proxy:1');
  await change({ proxy: null }, signal);
  expect(settingsView(parts).proxy).toBeNull();
});

test('a changed condition for pausing is kept and counts at once; other settings do not ask for it', async () => {
  const parts = await partsIn(null);
  let asked = 0;
  const conditions = { ...parts.conditions, onSettings: () => void (asked += 1) };
  const change = settingsCommand({ ...parts, conditions }, () => undefined);
  await change({ theme: 'dark' }, signal);
  expect(asked).toBe(0);
  await change({ pauseOnBattery: true }, signal);
  expect(asked).toBe(1);
  expect(settingsView(parts)).toMatchObject({ pauseOnBattery: true, pauseOnMetered: false, onBattery: null });
});

test('start at login is refused where the system does not offer it', async () => {
  const without = settingsCommand(await partsIn(null), () => undefined);
  expect(await without({ startAtLogin: true }, signal)).toMatchObject({ error: { code: 'not-supported' } });
  let isOn = false;
  const login = { isOn: () => isOn, set: (to: boolean) => void (isOn = to) };
  const parts = await partsIn(login);
  await settingsCommand(parts, () => undefined)({ startAtLogin: true }, signal);
  expect([isOn, settingsView(parts).startAtLogin]).toEqual([true, true]);
});

test('start at login is shown as the desktop answered, and refused where it did not', async () => {
  let isOn = false;
  let answer: { readonly isOn: boolean } | null = { isOn: false };
  const login = {
    isOn: () => isOn,
    set: () => undefined,
    applied: () => {
      isOn = answer?.isOn ?? isOn;
      return Promise.resolve(answer !== null);
    },
  };
  const parts = await partsIn(login);
  const change = settingsCommand(parts, () => undefined);
  expect(await change({ startAtLogin: true }, signal)).toMatchObject({ ok: true });
  expect(settingsView(parts).startAtLogin).toBe(false);
  answer = { isOn: true };
  await change({ startAtLogin: true }, signal);
  expect(settingsView(parts).startAtLogin).toBe(true);
  answer = null;
  expect(await change({ startAtLogin: false }, signal)).toMatchObject({ error: { code: 'not-supported' } });
  expect(settingsView(parts).startAtLogin).toBe(true);
});

test('the command line is installed and removed where one was packed, and refused where not', async () => {
  const without = settingsCommand(await partsIn(null), () => undefined);
  expect(await without({ commandLine: 'install' }, signal)).toMatchObject({
    error: { code: 'not-supported' },
  });
  let state: 'absent' | 'installed' | 'occupied' = 'absent';
  const becomes = (next: typeof state) => () => {
    const isTaken = state === 'occupied';
    if (!isTaken) state = next;
    return Promise.resolve(!isTaken);
  };
  const view = () => ({ file: '/h/driftless', program: '/p', copy: null, isOnPath: true, state });
  const commandLine = {
    view,
    install: becomes('installed'),
    remove: becomes('absent'),
    renew: () => Promise.resolve(),
  };
  const parts = { ...(await partsIn(null)), commandLine };
  const change = settingsCommand(parts, () => undefined);
  expect(await change({ commandLine: 'install' }, signal)).toMatchObject({ ok: true });
  expect(settingsView(parts).commandLine).toMatchObject({ state: 'installed', file: '/h/driftless' });
  expect(await change({ commandLine: 'remove' }, signal)).toMatchObject({ ok: true });
  expect(settingsView(parts).commandLine).toMatchObject({ state: 'absent' });
  state = 'occupied';
  expect(await change({ commandLine: 'install' }, signal)).toMatchObject({ ok: false });
});

test('a report names no file, no folder, no person and no host', () => {
  const snapshot = { ...hostile(1_795_000_000_000), seq: 1 };
  const crashReports = ['uncaught-errors.log'];
  const machine = { platform: 'linux', release: '6.1', architecture: 'x64', node: '24', crashReports };
  const text = reportOf(snapshot, machine, 1_795_000_000_000);
  expect(JSON.parse(text)).toMatchObject({
    version: '0.1.0',
    overall: 'attention',
    crashReports,
    folders: [{ state: 'attention', activity: { downloaded: 5 } }, { state: 'in-sync' }],
  });
  for (const secret of ['alice', 'example.com', 'company-files', 'invoice', 'Documents', 'docs', 'Work'])
    expect(text).not.toContain(secret);
});
