// Pauses on battery and on metered networks: what the machine says, and what becomes of it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConditions } from '../../main/adapters/limits/machine-conditions.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import type { App } from '../../main/compose/app.ts';
import { makeConditionWatch } from '../../main/compose/conditions.ts';
import { runApp } from '../../main/compose/run.ts';
import { pauseReason } from '../../main/core/conditions.ts';
import type { Conditions } from '../../main/core/conditions.ts';
import type { PairEngine } from '../../main/sync/runner/pair-status.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const never = new AbortController().signal;

type Supplies = Readonly<Record<string, Readonly<Record<string, string>>>>;

async function said(supplies: Supplies | null, metered: string, platform: NodeJS.Platform = 'linux') {
  const room = await tempFolder();
  for (const [name, fields] of Object.entries(supplies ?? {})) {
    await mkdir(join(room, name));
    for (const [field, value] of Object.entries(fields))
      await writeFile(join(room, name, field), `${value}\n`);
  }
  const suppliesDir = supplies === null ? join(room, 'missing') : room;
  return readConditions({ platform, suppliesDir, run: () => Promise.resolve(metered) }, never);
}

const battery = (status: string) => ({ type: 'Battery', status });

test.each<[string, Supplies | null, boolean | null]>([
  ['a laptop on its battery', { AC: { type: 'Mains', online: '0' }, BAT0: battery('Discharging') }, true],
  ['a laptop at the mains', { AC: { type: 'Mains', online: '1' }, BAT0: battery('Charging') }, false],
  [
    'a full battery that is used beside the mains',
    { AC: { type: 'Mains', online: '1' }, BAT0: battery('Discharging') },
    false,
  ],
  [
    'a charger that is plugged in by USB',
    { ucsi: { type: 'USB', online: '1' }, BAT1: battery('Not charging') },
    false,
  ],
  ['a desktop with a wireless mouse', { mouse: { ...battery('Discharging'), scope: 'Device' } }, false],
  ['a machine behind a supply that bridges an outage', { ups: { type: 'UPS', status: 'Discharging' } }, true],
  ['a machine without any supply listed', {}, false],
  ['a container, where nothing is listed', null, null],
])('power: %s', async (_name, supplies, expected) => {
  expect((await said(supplies, '')).onBattery).toBe(expected);
});

test.each([
  ['(<uint32 0>,)', null],
  ['(<uint32 1>,)', true],
  ['(<uint32 2>,)', false],
  ['(<uint32 3>,)', true],
  ['(<uint32 4>,)', false],
  ['(<uint32 41>,)', null],
  ['', null],
])('network: %s', async (answer, expected) => {
  expect((await said({}, `${answer}\n`)).isMetered).toBe(expected);
});

test('another system says nothing of either', async () => {
  const supplies = { BAT0: battery('Discharging') };
  expect(await said(supplies, '(<uint32 1>,)', 'win32')).toEqual({ onBattery: null, isMetered: null });
});

test('only what is known and set pauses', () => {
  const both = { pauseOnBattery: true, pauseOnMetered: true };
  const off = { pauseOnBattery: false, pauseOnMetered: false };
  expect(pauseReason({ onBattery: true, isMetered: true }, off)).toBeNull();
  expect(pauseReason({ onBattery: null, isMetered: null }, both)).toBeNull();
  expect(pauseReason({ onBattery: true, isMetered: true }, both)).toBe('battery');
  expect(pauseReason({ onBattery: false, isMetered: true }, both)).toBe('metered');
  expect(pauseReason({ onBattery: true, isMetered: false }, { ...off, pauseOnMetered: true })).toBeNull();
});

/** `null`: the machine never answers, and nothing is to pause. */
function running(first: Conditions | null) {
  const steps: string[] = [];
  const machine = { now: first, settings: { pauseOnBattery: first !== null, pauseOnMetered: false } };
  let passes = (): void => undefined;
  const conditions = makeConditionWatch({
    read: () => (machine.now === null ? new Promise<never>(() => undefined) : Promise.resolve(machine.now)),
    settings: () => machine.settings,
    clock: {
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          passes = resolve;
          signal.addEventListener('abort', () => {
            reject(new Error('ended'));
          });
        }),
    },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const engine: Partial<PairEngine> = {
    run: () => {
      steps.push('run');
      return Promise.resolve();
    },
    hold: (reason) => void steps.push(`hold ${String(reason)}`),
    retryNow: () => undefined,
  };
  const app: Partial<App> = {
    accounts: [],
    pairs: [{ engine } as PairRuntime], // what running uses of it
    conditions,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    followSettings: () => Promise.resolve(),
    watchRelease: () => Promise.resolve(),
    onRemoved: () => () => undefined,
    onAdded: () => () => undefined,
  };
  const started = runApp(app as App);
  return {
    machine,
    conditions,
    started,
    steps,
    timePasses: () => {
      passes();
    },
  };
}

test('a pair is held before it begins, and continues at the mains', async () => {
  const { machine, started, steps, timePasses } = running({ onBattery: true, isMetered: null });
  await waitFor(() => steps.includes('run'));
  expect(steps.at(0)).toBe('hold battery');
  expect(steps.slice(0, steps.indexOf('run'))).not.toContain('hold null');
  machine.now = { onBattery: false, isMetered: null };
  timePasses();
  await waitFor(() => steps.at(-1) === 'hold null');
  machine.now = { onBattery: true, isMetered: null };
  started.conditionsChanged();
  await waitFor(() => steps.at(-1) === 'hold battery');
  await started.stop();
});

test('a pair begins without an answer of the machine where no setting wants one', async () => {
  const { started, steps } = running(null);
  await waitFor(() => steps.includes('run'));
  await started.stop();
});

test('a setting counts at once, by what the machine says now', async () => {
  const { machine, conditions, started, steps } = running({ onBattery: false, isMetered: true });
  await waitFor(() => steps.includes('run'));
  expect(steps).not.toContain('hold metered');
  machine.settings = { pauseOnBattery: true, pauseOnMetered: true };
  conditions.onSettings();
  expect(steps.at(-1)).toBe('hold metered');
  machine.settings = { pauseOnBattery: false, pauseOnMetered: false };
  conditions.onSettings();
  expect(steps.at(-1)).toBe('hold null');
  await started.stop();
});
