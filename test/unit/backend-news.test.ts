// Events of the backend after something in it could not be read.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeBackend } from '../../main/app/backend.ts';
import type { BackendParts } from '../../main/app/backend.ts';
import { makeRegistry } from '../../main/app/registry.ts';
import { unknownConditions } from '../../main/core/conditions.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import type { BackendEvent } from '../../preload/contract.ts';
import { emptySetup, plainSettings } from '../fakes/scripted-backend.ts';
import { virtualClock } from '../simulation/seeded.ts';
import type { VirtualClock } from '../simulation/seeded.ts';
import { instantClock } from '../support/instant-clock.ts';

/** Its only fact that changes is the newest version, which every page has. */
function backendOf(clock: BackendParts['clock'], signal: AbortSignal) {
  const state = { isBroken: false, newest: null as string | null, reads: 0, tell: (): void => undefined };
  const errors: string[] = [];
  const parts = {
    app: { version: '1.2.3', home: 'desktop', platform: 'linux', locale: null },
    registry: makeRegistry({ accounts: [], pairs: [] }),
    setup: {
      onChange: () => () => undefined,
      view: () => {
        state.reads += 1;
        if (state.isBroken) throw new Error('the disk is away');
        return emptySetup;
      },
    },
    releases: {
      newest: () => state.newest,
      onChange: (listener: () => void) => {
        state.tell = listener;
        return () => undefined;
      },
    },
    settings: {
      look: { read: () => plainSettings },
      limits: { read: () => ({}) },
      proxy: { read: () => null },
      conditions: { current: () => unknownConditions, onChange: () => () => undefined },
      login: null,
      commandLine: null,
    },
    folders: {},
    accounts: {},
    clock,
    log: { error: (message: string) => errors.push(message) },
  } as unknown as BackendParts;
  return { backend: makeBackend(parts, signal), state, errors };
}

test('a state that could not be read once is no end of all news', async () => {
  const ends = new AbortController();
  const { backend, state, errors } = backendOf(instantClock(), ends.signal);
  const heard: (string | null)[] = [];
  backend.subscribe(({ body }) => {
    if (body.kind === 'newerVersionSeen') heard.push(body.newerVersion);
  });
  for (const version of ['2.0.0', '3.0.0', '4.0.0']) {
    state.newest = version;
    state.isBroken = version === '3.0.0';
    state.tell();
    await nextTurn();
    // A timer of the service asks for it, whose failure would end the program.
    expect(backend.snapshot().newerVersion).toBe(state.isBroken ? '2.0.0' : version);
  }
  expect(heard).toEqual(['2.0.0', '4.0.0']);
  expect(errors).toEqual(['status could not be announced']);
  ends.abort();
});

const pass = (clock: VirtualClock, ms: number): Promise<void> =>
  clock.drive(clock.sleep(ms, new AbortController().signal));

test('without a listener nothing is read until it is asked for', async () => {
  const clock = virtualClock(0);
  const ends = new AbortController();
  const { backend, state } = backendOf(clock, ends.signal);
  const reads = state.reads;
  for (const version of ['2.0.0', '3.0.0']) {
    state.newest = version;
    state.tell();
    await pass(clock, 1000);
  }
  expect(state.reads).toBe(reads);
  expect(backend.snapshot().newerVersion).toBe('3.0.0');
  ends.abort();
});

test('a listener that can wait hears of many changes at once, in time, and with a snapshot', async () => {
  const clock = virtualClock(0);
  const ends = new AbortController();
  const { backend, state } = backendOf(clock, ends.signal);
  const heard: (string | null)[] = [];
  const isVersion = ({ body }: BackendEvent): void => {
    if (body.kind === 'newerVersionSeen') heard.push(body.newerVersion);
  };
  backend.subscribe(isVersion, 5000);
  const say = (version: string): void => {
    state.newest = version;
    state.tell();
  };
  say('2.0.0');
  await pass(clock, 1000);
  say('3.0.0');
  await pass(clock, 3900);
  expect(heard).toEqual([]);
  await pass(clock, 200);
  expect(heard).toEqual(['3.0.0']);
  say('4.0.0');
  await pass(clock, 10);
  backend.snapshot();
  expect(heard.at(-1)).toBe('4.0.0');
  for (let count = 0; count < LIMITS.activity; count += 1) say('5.0.0');
  await pass(clock, 10);
  expect(heard.at(-1), 'so many that a snapshot would not have them all').toBe('5.0.0');
  const unsubscribe = backend.subscribe(() => undefined);
  await pass(clock, 300);
  say('6.0.0');
  await pass(clock, 10);
  expect(heard.at(-1), 'as soon as another one that cannot wait').toBe('6.0.0');
  unsubscribe();
  ends.abort();
});
