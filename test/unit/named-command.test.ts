// Commands that the command line names, in a home that is not the usual one.
import { afterEach, expect, test, vi } from 'vitest';
import { resolve } from 'node:path';
import { homeOption, withHome } from '../../main/cli/terminal/named-command.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('each quoted command gets the home, and nothing else does', () => {
  const said =
    'run "driftless login", or keep "driftless serve --port 1" running; set "identity" in config.json';
  expect(withHome('/h', said)).toBe(
    'run "driftless login --home /h", or keep "driftless serve --port 1 --home /h" running; set "identity" in config.json',
  );
});

test('a home with a space can be copied as it stands', () => {
  expect(homeOption('/my home')).toBe(' --home "/my home"');
  expect(withHome('/$& home', 'run "driftless login"')).toBe('run "driftless login --home "/$& home""');
});

test('the usual home and that of the environment are found without it', () => {
  vi.stubEnv('DRIFTLESS_HOME', '/usual');
  expect(withHome(resolve('/usual'), 'run "driftless login"')).toBe('run "driftless login"');
  expect(homeOption('/other')).toBe(' --home /other');
});
