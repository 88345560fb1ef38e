// The Flatpak manifest: read by flatpak-builder, its steps run, its permissions taken by flatpak, its export listed.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findProgram } from '../support/programs.ts';
import { skipUnless, skipUnlessChecker } from '../support/skip.ts';
import { makeTempFolder, tempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const folder = join(import.meta.dirname, '..', '..', 'build', 'linux');
const file = join(folder, 'io.github.driftless.json');
const id = 'io.github.driftless';

/** Strict, because flatpak-builder only warns of a field that it does not know. */
const schema = z.strictObject({
  id: z.literal(id),
  runtime: z.literal('org.freedesktop.Platform'),
  'runtime-version': z.string().regex(/^\d\d[.]08$/u),
  sdk: z.literal('org.freedesktop.Sdk'),
  base: z.literal('org.electronjs.Electron2.BaseApp'),
  'base-version': z.string(),
  command: z.string(),
  'separate-locales': z.literal(false),
  'finish-args': z.array(z.string()),
  modules: z.tuple([
    z.strictObject({
      name: z.string(),
      buildsystem: z.literal('simple'),
      'build-commands': z.array(z.string()).min(1),
      sources: z.array(
        z.strictObject({ type: z.enum(['dir', 'file']), path: z.string(), dest: z.string().optional() }),
      ),
    }),
  ]),
});
const manifest = schema.parse(JSON.parse(await readFile(file, 'utf8')));
const [module] = manifest.modules;

/** All that the app may do outside its sandbox, and what each is for; what is not here must not be asked for. */
const allowed: Readonly<Record<string, string>> = {
  '--share=network': 'the provider, STS and S3; the page of the sign-in comes back to 127.0.0.1',
  '--share=ipc': 'pictures of a window under X11',
  '--socket=wayland': 'the window',
  '--socket=fallback-x11': 'the window, without Wayland',
  '--device=dri': 'drawing it',
  '--filesystem=~/Driftless:create': 'the synced folders',
  '--talk-name=org.freedesktop.Notifications': 'notifications',
  '--talk-name=org.freedesktop.secrets': 'the refresh token',
  '--talk-name=org.kde.StatusNotifierWatcher': 'the icon in the tray',
};

test('asks for the permissions that it has a reason for, and for none of the home, the host or the whole bus', () => {
  expect(manifest['finish-args'].toSorted()).toEqual(Object.keys(allowed).toSorted());
  expect(manifest['base-version']).toBe(manifest['runtime-version']);
});

test(
  'flatpak-builder reads every field of it',
  skipUnlessChecker(findProgram('flatpak-builder') !== null, 'flatpak-builder'),
  async () => {
    const said = spawnSync('flatpak-builder', ['--show-manifest', file], {
      encoding: 'utf8',
      // It leaves a folder of its state where it runs.
      cwd: await tempFolder('flatpak-builder'),
    });
    expect(said.status, said.stderr).toBe(0);
    expect(said.stderr).not.toMatch(/unknown|warning/iu);
    expect(JSON.parse(said.stdout)).toMatchObject({ ...manifest, modules: [{ name: module.name }] });
  },
);

describe('its steps', skipUnless(process.platform === 'linux', 'a Linux shell'), () => {
  let temp: TempFolder;
  let built: string;

  beforeAll(async () => {
    temp = await makeTempFolder('flatpak');
    const room = temp.path;
    built = join(room, 'build');
    const work = join(room, 'work');
    const dest = join(built, 'files');
    await mkdir(dest, { recursive: true });
    await mkdir(work);
    // The unpacked app of `npm run package -- --dir`, of which only the names matter here.
    const unpacked = join(room, 'linux-unpacked');
    await mkdir(join(unpacked, 'resources'), { recursive: true });
    await writeFile(join(unpacked, 'driftless-desktop'), '#!/bin/sh\necho "driftless $*"\n', { mode: 0o755 });
    await writeFile(join(unpacked, 'chrome-sandbox'), '');
    await writeFile(join(unpacked, 'resources', 'app.asar'), '');
    for (const { path, dest: to } of module.sources) {
      const from = path.endsWith('linux-unpacked') ? unpacked : resolve(folder, path);
      await cp(from, join(work, to ?? basename(path)), { recursive: true });
    }
    for (const command of module['build-commands'])
      execFileSync('sh', ['-e', '-c', command], {
        cwd: work,
        env: { PATH: '/usr/bin:/bin', FLATPAK_DEST: dest },
      });
    const of = (name: string): string => `${name}/x86_64/${manifest['runtime-version']}`;
    await writeFile(
      join(built, 'metadata'),
      `[Application]\nname=${id}\nruntime=${of(manifest.runtime)}\nsdk=${of(manifest.sdk)}\n`,
    );
  });

  afterAll(() => temp.remove());

  test('put the app, its start, its entry, its icon and its metainfo where flatpak exports them from', async () => {
    const entries = await readdir(join(built, 'files'), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(built, 'files').length + 1));
    expect(files.toSorted()).toEqual([
      'bin/driftless-desktop',
      'main/driftless-desktop',
      'main/resources/app.asar',
      `share/applications/${id}.desktop`,
      `share/icons/hicolor/scalable/apps/${id}.svg`,
      `share/metainfo/${id}.metainfo.xml`,
    ]);
    expect((await stat(join(built, 'files', 'bin', manifest.command))).mode & 0o777).toBe(0o755);
  });

  test('the start hands its arguments to the app through zypak', async () => {
    const tools = await tempFolder('zypak');
    await writeFile(join(tools, 'zypak-wrapper.sh'), '#!/bin/sh\nprintf "%s|" "$@"\n');
    await chmod(join(tools, 'zypak-wrapper.sh'), 0o755);
    const said = execFileSync(
      join(built, 'files', 'bin', manifest.command),
      ['--hidden', 'driftless://a b'],
      {
        encoding: 'utf8',
        env: { PATH: `${tools}:/usr/bin:/bin` },
      },
    );
    expect(said).toBe('/app/main/driftless-desktop|--hidden|driftless://a b|');
  });

  test(
    'entry and metainfo are valid and name each other',
    skipUnlessChecker(findProgram('appstreamcli') !== null, 'appstreamcli'),
    async () => {
      const share = join(built, 'files', 'share');
      const metainfo = join(share, 'metainfo', `${id}.metainfo.xml`);
      const said = spawnSync('appstreamcli', ['validate', '--no-net', metainfo], { encoding: 'utf8' });
      expect(said.status, said.stdout).toBe(0);
      expect(await readFile(metainfo, 'utf8')).toContain(
        `<launchable type="desktop-id">${id}.desktop</launchable>`,
      );
      const entry = join(share, 'applications', `${id}.desktop`);
      expect(await readFile(entry, 'utf8')).toContain(`Exec=${manifest.command} %U\nIcon=${id}\n`);
      if (findProgram('desktop-file-validate') !== null) execFileSync('desktop-file-validate', [entry]);
    },
  );

  test(
    'flatpak takes its permissions and exports it',
    skipUnlessChecker(findProgram('flatpak') !== null, 'flatpak'),
    async () => {
      const flatpak = (...args: readonly string[]): string =>
        execFileSync('flatpak', [...args], { encoding: 'utf8', stdio: 'pipe' });
      expect(() => flatpak('build-finish', built, '--not-a-permission=1')).toThrow();
      flatpak('build-finish', built, ...manifest['finish-args'], `--command=${manifest.command}`);
      const metadata = await readFile(join(built, 'metadata'), 'utf8');
      expect(metadata).toContain('filesystems=~/Driftless:create;\n');
      expect(metadata).not.toMatch(/filesystems=.*\b(?:home|host)\b|session-bus|system-bus|devices=all/u);
      expect((await readdir(join(built, 'export', 'share', 'applications'))).toSorted()).toEqual([
        `${id}.desktop`,
      ]);
      expect(await readdir(join(built, 'export', 'share', 'metainfo'))).toEqual([`${id}.metainfo.xml`]);
      const repository = join(built, '..', 'repository');
      flatpak('build-export', repository, built);
      const bundle = join(built, '..', 'driftless.flatpak');
      flatpak('build-bundle', repository, bundle, id);
      expect((await stat(bundle)).size).toBeGreaterThan(1000);
    },
  );
});
