// A reload that finds other bandwidth limits only: they are applied, and nothing restarts.
import { expect, test } from 'vitest';
import { makeLiveEngine } from '../../main/cli/service/live-engine.ts';
import type { App } from '../../main/compose/app.ts';
import { unknownConditions } from '../../main/core/conditions.ts';
import type { AppConfig } from '../../main/core/config/config.ts';
import { createFakeBackend } from '../fakes/fake-backend.ts';

const never = new AbortController().signal;

test('limits alone restart nothing; anything else does', async () => {
  const applied: (AppConfig['limits'] | undefined)[] = [];
  let settings: AppConfig = { accounts: [], pairs: [] };
  let made = 0;
  let switched = 0;
  let ended = 0;
  const engine = await makeLiveEngine({
    makeApp: () => {
      made += 1;
      const config = settings;
      const app: Partial<App> = {
        config,
        running: () => config,
        accounts: [],
        pairs: [],
        applyLive: ({ limits }) => {
          applied.push(limits);
          return Promise.resolve();
        },
        conditions: {
          isWanted: () => false,
          current: () => unknownConditions,
          reason: () => null,
          look: () => Promise.resolve(),
          follow: () => Promise.resolve(),
          onSettings: () => undefined,
          onChange: () => () => undefined,
        },
        changes: {
          ended: () => Promise.resolve(),
          end: () => {
            ended += 1;
          },
        },
        followSettings: () => Promise.resolve(),
        watchRelease: () => Promise.resolve(),
        onRemoved: () => () => undefined,
        onAdded: () => () => undefined,
      };
      return Promise.resolve(app as App); // what a reload uses of it
    },
    makeBackend: () => createFakeBackend(),
    onSwitch: () => {
      switched += 1;
    },
  });
  settings = { ...settings, limits: { uploadBytesPerSecond: 1000 } };
  expect(await engine.reload(never)).toBe(true);
  expect(await engine.reload(never)).toBe(false);
  expect(applied.at(-1)).toEqual({ uploadBytesPerSecond: 1000 });
  expect(switched).toBe(0);
  settings = { ...settings, scan: { settleMs: 1, auditSeconds: 60 } };
  expect(await engine.reload(never)).toBe(true);
  // The app that was replaced takes no edits any more.
  expect({ switched, made, ended }).toEqual({ switched: 1, made: 4, ended: 1 });
  await engine.stop();
});
