// The published list of failpoints is the program's own, and an installed build cannot be told to die.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { makeKillSwitch } from '../../main/adapters/system/failpoint.ts';
import { testCliFile } from '../../build/dist-files.ts';
import { isBuilt } from '../../main/cli/install-paths.ts';
import { failpointNames } from '../../main/ports/failpoint.port.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the switch asks the system to do, without this process dying of it. */
function watchKills(): readonly unknown[][] {
  const kills: unknown[][] = [];
  vi.spyOn(process, 'kill').mockImplementation((...args) => {
    kills.push(args);
    return true;
  });
  return kills;
}

test('the published list names exactly the failpoints that there are, in their order', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'failpoints.md'), 'utf8');
  const published = [...page.matchAll(/^\| `([^`]+)`\s*\|/gmu)].map((row) => row[1]);
  expect(published).toEqual([...failpointNames]);
});

test('a checkout dies at the named step, and at no other', () => {
  const kills = watchKills();
  const reached = makeKillSwitch('upload.sent', false);
  for (const name of failpointNames.filter((one) => one !== 'upload.sent')) reached(name);
  expect(kills).toEqual([]);
  reached('upload.sent');
  expect(kills).toEqual([[process.pid, 'SIGKILL']]);
});

test('with a number it dies at that time of reaching the step', () => {
  const kills = watchKills();
  const reached = makeKillSwitch('upload.part-sent:3', false);
  reached('upload.part-sent');
  reached('upload.part-sent');
  expect(kills).toEqual([]);
  reached('upload.part-sent');
  expect(kills).toEqual([[process.pid, 'SIGKILL']]);
});

test.each([...failpointNames])('a packaged build ignores %s', (name) => {
  const kills = watchKills();
  const reached = makeKillSwitch(name, true);
  for (const step of failpointNames) reached(step);
  expect(kills).toEqual([]);
});

test('the command line counts as packaged wherever it does not run from its sources', () => {
  expect(isBuilt()).toBe(false);
  expect(isBuilt('/opt/Driftless/resources/app.asar/dist/main/cli.js')).toBe(true);
  expect(isBuilt(testCliFile('/home/me/driftless'))).toBe(false);
});

test.each([undefined, ''])('without a name (%o) nothing dies', (setting) => {
  const kills = watchKills();
  const reached = makeKillSwitch(setting, false);
  for (const step of failpointNames) reached(step);
  expect(kills).toEqual([]);
});
