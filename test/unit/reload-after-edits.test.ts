// Settings that change around a reload or a start: what is in them is what runs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { makeLiveEngine } from '../../main/cli/service/live-engine.ts';
import type { LiveEngine } from '../../main/cli/service/live-engine.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App } from '../../main/compose/app.ts';
import { createFakeBackend } from '../fakes/fake-backend.ts';
import { goodProfile } from '../support/profiles.ts';
import { tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();

/** An engine with the pair `docs`, not begun; the apps that it made, and its settings as text. */
async function kit() {
  const home = await tempFolder();
  const room = await tempFolder();
  const file = join(home, 'config.json');
  const { driftlessProfile: _format, bucket, prefix: _prefix, ...account } = goodProfile;
  const pairAt = (id: string) => {
    mkdirSync(join(room, id));
    return { id, account: account.id, folder: join(room, id), bucket, prefix: `users/{sub}/${id}/` };
  };
  writeFileSync(file, JSON.stringify({ accounts: [account], pairs: [pairAt('docs')] }));
  const apps: App[] = [];
  const engine: LiveEngine = await makeLiveEngine({
    makeApp: async () => {
      const app = await composeApp(
        {
          ...{ home, secrets: new FileSecrets(join(home, 'secrets')), env: {} },
          launch: () => Promise.resolve(),
          ...{ logLevel: 'error', writeLog: () => undefined, isPackaged: false, version: '0.1.0' },
        },
        signal,
      );
      apps.push(app);
      return app;
    },
    makeBackend: () => createFakeBackend(),
    onSwitch: (backend) => void switched.push(backend),
  });
  const switched: unknown[] = [];
  const [app] = apps;
  if (app === undefined) throw new Error('no app');
  const read = (): string => readFileSync(file, 'utf8');
  const write = (text: string): void => {
    writeFileSync(file, text);
  };
  return { engine, app, apps, switched, pairAt, read, write };
}

const modes = (app: App | undefined): unknown =>
  app?.pairs.map(({ config: { id, mode } }) => `${id} ${mode}`);

test('a change of the page that is taken back in the file ends with the reload', async () => {
  const { engine, app, apps, switched, read, write } = await kit();
  const before = read();
  await app.changePair('docs', { mode: 'upload-only' }, signal);
  write(before);
  expect(await engine.reload(signal)).toBe(true);
  expect(modes(apps.at(-1))).toEqual(['docs two-way']);
  expect(switched).toHaveLength(1);
  await engine.stop();
});

test('a folder that the page added and the file has no longer is not synced after the reload', async () => {
  const { engine, app, apps, switched, pairAt, read, write } = await kit();
  const before = read();
  await app.addConnection({ account: null, pair: pairAt('more') }, signal);
  write(before);
  expect(await engine.reload(signal)).toBe(true);
  expect(modes(apps.at(-1))).toEqual(['docs two-way']);
  expect(switched).toHaveLength(1);
  await engine.stop();
});

test('what the page removed and the file has again is synced after the reload', async () => {
  const { engine, app, apps, switched, read, write } = await kit();
  const before = read();
  await app.removePair('docs', signal);
  write(before);
  expect(await engine.reload(signal)).toBe(true);
  expect([modes(apps.at(-1)), switched.length]).toEqual([['docs two-way'], 1]);
  await engine.stop();
});

test('edits of the page alone restart nothing', async () => {
  const { engine, app, apps, switched, pairAt } = await kit();
  await app.addConnection({ account: null, pair: pairAt('more') }, signal);
  await app.changePair('docs', { mode: 'upload-only' }, signal);
  await app.movePair('more', { id: 'other', prefix: 'users/{sub}/other/' }, signal);
  await engine.reload(signal);
  expect([modes(app), switched, apps.length]).toEqual([['docs upload-only', 'other two-way'], [], 2]);
  await engine.stop();
});

test('what is written into the settings after they were read, and before the app runs, holds', async () => {
  const { app, read, write } = await kit();
  const { accounts, pairs } = JSON.parse(read()) as { accounts: object[]; pairs: object[] };
  write(JSON.stringify({ accounts: accounts.map((one) => ({ ...one, credentialsEnabled: true })), pairs }));
  vi.spyOn(systemClock, 'sleep').mockImplementation((_ms, by) => setTimeout(5, undefined, { signal: by }));
  const ends = new AbortController();
  onTestFinished(() => {
    vi.restoreAllMocks();
    ends.abort();
  });
  app.followSettings(ends.signal).catch(() => undefined);
  await vi.waitFor(() => {
    expect(app.accounts.map(({ config }) => config.credentialsEnabled)).toEqual([true]);
  });
});
