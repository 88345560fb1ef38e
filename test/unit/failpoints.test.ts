// Failpoints: equal to the published list, and inert in an installed build.
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

/** The exit that the failpoint requests, recorded in place of ending this process. */
function watchKills(): readonly unknown[][] {
  const kills: unknown[][] = [];
  vi.spyOn(process, 'kill').mockImplementation((...args) => {
    kills.push(args);
    return true;
  });
  return kills;
}

test('the published list names exactly the existing failpoints in their order', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'failpoints.md'), 'utf8');
  const published = [...page.matchAll(/^\| `([^`]+)`\s*\|/gmu)].map((row) => row[1]);
  expect(published).toEqual([...failpointNames]);
});

test('a checkout exits at the named step and at no other', () => {
  const kills = watchKills();
  const reached = makeKillSwitch('upload.sent', false);
  for (const name of failpointNames.filter((one) => one !== 'upload.sent')) reached(name);
  expect(kills).toEqual([]);
  reached('upload.sent');
  expect(kills).toEqual([[process.pid, 'SIGKILL']]);
});

test('a number makes the process exit at that occurrence of the step', () => {
  const kills = watchKills();
  const reached = makeKillSwitch('upload.part-sent:3', false);
  reached('upload.part-sent');
  reached('upload.part-sent');
  expect(kills).toEqual([]);
  reached('upload.part-sent');
  expect(kills).toEqual([[process.pid, 'SIGKILL']]);
});

test.each([...failpointNames])('a packaged build ignores the failpoint %s', (name) => {
  const kills = watchKills();
  const reached = makeKillSwitch(name, true);
  for (const step of failpointNames) reached(step);
  expect(kills).toEqual([]);
});

test('the command line counts as packaged unless it runs from its sources', () => {
  expect(isBuilt()).toBe(false);
  expect(isBuilt('/opt/Driftless/resources/app.asar/dist/main/cli.js')).toBe(true);
  expect(isBuilt(testCliFile('/home/me/driftless'))).toBe(false);
});

test.each([undefined, ''])('without a name (%o) no failpoint fires', (setting) => {
  const kills = watchKills();
  const reached = makeKillSwitch(setting, false);
  for (const step of failpointNames) reached(step);
  expect(kills).toEqual([]);
});
