// Packaging rules per platform, computed from the configuration: fuses, entitlements, signing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { fetchProblem } from '../../build/fetch-problem.ts';
import { notesOf } from '../../build/release-notes.ts';
import config, { fusesFor, homepageOf, signingProblem } from '../../build/electron-builder.config.ts';
import { skipUnlessChecker } from '../support/skip.ts';

test.each(['linux', 'darwin', 'win32'])(
  'the fuses of %s make a signed binary run our archive and nothing else',
  (platform) => {
    const fuses = fusesFor(platform, { allowInspector: false });
    expect(fuses).toMatchObject({
      strictlyRequireAllFuses: true,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: platform !== 'linux',
    });
    const named = Object.values(FuseV1Options).filter((fuse) => typeof fuse === 'number');
    expect(named.filter((fuse) => !(fuse in fuses))).toEqual([]);
  },
);

test('on macOS the hardened runtime is relaxed for JIT alone, in every process', () => {
  const { mac } = config;
  if (mac === null || mac === undefined) throw new Error('no macOS target');
  expect(mac).toMatchObject({ hardenedRuntime: true, notarize: true });
  for (const file of [mac.entitlements, mac.entitlementsInherit]) {
    const keys = [...readFileSync(file ?? '', 'utf8').matchAll(/<key>([^<]*)<\/key>/g)].map(([, key]) => key);
    expect(keys).toEqual(['com.apple.security.cs.allow-jit']);
  }
});

test('macOS gets one image and one zip for both processors', () => {
  expect(config.mac?.target).toEqual(['dmg', 'zip'].map((target) => ({ target, arch: 'universal' })));
});

test("electron-builder's own schema finds no fault in the configuration", () => {
  const file = join(import.meta.dirname, '..', '..', 'node_modules/app-builder-lib/scheme.json');
  // Its lists of allowed types and its defaults are written for another validator.
  const ajv = new Ajv({ strict: false, validateSchema: false });
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  const problems = (value: unknown): unknown => (validate(value) ? [] : validate.errors);
  const asData: unknown = JSON.parse(
    JSON.stringify(config, (_key, value: unknown) => (typeof value === 'function' ? 'hook.js' : value)),
  );
  expect(problems(asData)).toEqual([]);
  expect(problems({ ...config, mac: { target: ['dmg'], hardenedRuntim: true } })).not.toEqual([]);
});

test('deb and rpm name an address, also outside a clone of GitHub', () => {
  expect(homepageOf({})).toMatch(/^https:[/][/]/u);
  expect(homepageOf({ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'a/b' })).toBe(
    'https://github.com/a/b',
  );
  expect(homepageOf({ DRIFTLESS_HOMEPAGE: 'https://own.example/', GITHUB_REPOSITORY: 'a/b' })).toBe(
    'https://own.example/',
  );
});

test('packaging without a signature is refused', () => {
  expect(config.forceCodeSigning).toBe(true);
  const onMac = (env: Readonly<Record<string, string>>) => signingProblem('darwin', env, 'darwin');
  const onLinux = (platform: string, env = {}) => signingProblem(platform, env, 'linux');
  expect(onLinux('linux')).toBeNull();
  expect(onLinux('win32')).toMatch('DRIFTLESS_PUBLISHER_NAME');
  expect(onLinux('win32', { DRIFTLESS_PUBLISHER_NAME: 'Someone' })).toBeNull();
  expect(onMac({})).toMatch('APPLE_API_KEY');
  expect(onMac({ APPLE_ID: 'me', APPLE_TEAM_ID: 'T' })).toMatch('APPLE_API_KEY');
  expect(onMac({ APPLE_KEYCHAIN_PROFILE: 'notary' })).toBeNull();
});

test('a macOS app is not packaged where electron-builder leaves the signature out without an error', () => {
  const env = { APPLE_KEYCHAIN_PROFILE: 'notary' };
  for (const host of ['linux', 'win32'] as const)
    expect(signingProblem('darwin', env, host)).toMatch('on macOS only');
  for (const name of ['GITHUB_BASE_REF', 'CIRCLE_PULL_REQUEST', 'TRAVIS_PULL_REQUEST'])
    expect(signingProblem('darwin', { ...env, [name]: 'main' }, 'darwin')).toMatch(name);
  expect(signingProblem('darwin', { ...env, TRAVIS_PULL_REQUEST: 'false' }, 'darwin')).toBeNull();
});

test('on Windows the program is installed where only its owner or an administrator may write', () => {
  expect(config.nsis?.allowToChangeInstallationDirectory).toBe(false);
});

test('software centres and windows find the program by the same name', () => {
  const root = join(import.meta.dirname, '..', '..');
  const { desktopName } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly desktopName: string;
  };
  const entry = `${config.linux?.executableName ?? ''}.desktop`;
  const metainfo = readFileSync(join(root, 'build/linux/io.github.driftless.metainfo.xml'), 'utf8');
  expect(/<id>(.*)<[/]id>/u.exec(metainfo)?.[1]).toBe(config.appId);
  expect([desktopName, /desktop-id">(.*)<[/]launchable>/u.exec(metainfo)?.[1]]).toEqual([entry, entry]);
  for (const options of [config.deb, config.rpm])
    expect(options?.fpm?.[0]).toMatch(
      /[/]io[.]github[.]driftless[.]metainfo[.]xml=[/]usr[/]share[/]metainfo[/]/u,
    );
});

const hasAppStream = spawnSync('appstreamcli', ['--version']).status === 0;

describe('AppStream', skipUnlessChecker(hasAppStream, 'appstreamcli is not installed'), () => {
  test('appstreamcli finds no fault in the metainfo', () => {
    const file = join(import.meta.dirname, '..', '..', 'build/linux/io.github.driftless.metainfo.xml');
    const checked = spawnSync('appstreamcli', ['validate', '--no-net', file], { encoding: 'utf8' });
    expect(checked.status, checked.stdout).toBe(0);
  });
});

test('release notes are the section of the version, and a version without notes is refused', () => {
  const note = (kind: 'Added' | 'Fixed', title: string) => ({ kind, title, details: [] });
  const releases = [
    { version: 'unreleased', notes: [note('Added', 'Later')] },
    { version: '0.2.0_2026-12-24', notes: [note('Fixed', 'Second'), note('Added', 'First')] },
    { version: '0.1.0_2026-11-28', notes: [] },
  ];
  expect(notesOf(releases, '0.2.0')).toBe('### Added\n\n- First.\n\n### Fixed\n\n- Second.\n');
  for (const version of ['0.1.0', '0.3.0', '']) expect(() => notesOf(releases, version)).toThrow('no notes');
});

type AppImageTarget = new (...given: readonly unknown[]) => {
  readonly desktopEntry: { readonly value: Promise<string> };
};

// Loading the packer takes seconds on a busy machine.
test('no Linux target starts the program with a switch', async () => {
  const require = createRequire(import.meta.url);
  const modulesDir = join(import.meta.dirname, '..', '..', 'node_modules');
  const file = join(modulesDir, 'app-builder-lib/out/targets/appimage/AppImageTarget.js');
  const Target = (require(file) as { readonly default: AppImageTarget }).default;
  const packager = { config, platformSpecificBuildOptions: config.linux, appInfo: { buildVersion: '1' } };
  const helper = { computeDesktopEntry: (_options: unknown, command: string) => Promise.resolve(command) };
  const command = await new Target('', packager, helper, '').desktopEntry.value;
  expect(command.replace(/ +/g, ' ')).toBe('AppRun %U');
  // deb and rpm start the program by its path, with these arguments.
  for (const options of [config.linux, config.deb, config.rpm])
    expect(options?.executableArgs ?? []).toEqual([]);
});

test('packing without a way to github.com ends with what to do, and any other failure as it came', () => {
  const unreachable = Object.assign(new Error('getaddrinfo ENOTFOUND github.com'), { code: 'ENOTFOUND' });
  expect(fetchProblem(unreachable)).toMatch(/github\.com, which did not .*ELECTRON_MIRROR.*--cli/u);
  expect(fetchProblem(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBeNull();
  expect(fetchProblem(new Error('nothing to notarize with'))).toBeNull();
});
