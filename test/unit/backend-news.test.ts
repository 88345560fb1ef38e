// Events of the backend after something in it could not be read.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeBackend } from '../../main/app/backend.ts';
import type { BackendParts } from '../../main/app/backend.ts';
import { makeRegistry } from '../../main/app/registry.ts';
import { unknownConditions } from '../../main/core/conditions.ts';
import { emptySetup, plainSettings } from '../fakes/scripted-backend.ts';
import { instantClock } from '../support/instant-clock.ts';

test('a state that could not be read once is no end of all news', async () => {
  let isBroken = false;
  let newest: string | null = null;
  let tell = (): void => undefined;
  const errors: string[] = [];
  const parts = {
    app: { version: '1.2.3', home: 'desktop', platform: 'linux', locale: null },
    registry: makeRegistry({ accounts: [], pairs: [] }),
    setup: {
      onChange: () => () => undefined,
      view: () => {
        if (isBroken) throw new Error('the disk is away');
        return emptySetup;
      },
    },
    releases: {
      newest: () => newest,
      onChange: (listener: () => void) => {
        tell = listener;
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
    clock: instantClock(),
    log: { error: (message: string) => errors.push(message) },
  } as unknown as BackendParts;
  const ends = new AbortController();
  const backend = makeBackend(parts, ends.signal);
  const heard: (string | null)[] = [];
  backend.subscribe(({ body }) => {
    if (body.kind === 'newerVersionSeen') heard.push(body.newerVersion);
  });
  for (const version of ['2.0.0', '3.0.0', '4.0.0']) {
    newest = version;
    isBroken = version === '3.0.0';
    tell();
    await nextTurn();
    // A timer of the service asks for it, whose failure would end the program.
    expect(backend.snapshot().newerVersion).toBe(isBroken ? '2.0.0' : version);
  }
  expect(heard).toEqual(['2.0.0', '4.0.0']);
  expect(errors).toEqual(['status could not be announced']);
  ends.abort();
});
