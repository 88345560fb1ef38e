// The Linux desktop packages over a stand-in of Electron, installed and started.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { makeBareRoot } from '../support/bare-root.ts';
import { packDesktop, packingPrograms } from '../support/packing/desktop-packages.ts';
import type { DesktopPackages } from '../support/packing/desktop-packages.ts';
import { findProgram } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const root = join(import.meta.dirname, '..', '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const canPack = process.platform === 'linux' && process.arch === 'x64' && process.getuid?.() === 0;
const missing = packingPrograms.filter((name) => findProgram(name) === null);

const link = 'driftless://profile/abc';
const desktopEntry = 'usr/share/applications/driftless-desktop.desktop';
const packed = [
  'opt/Driftless/chrome-sandbox',
  'opt/Driftless/driftless-desktop',
  'opt/Driftless/resources/app.asar',
  'opt/Driftless/resources/apparmor-profile',
  'opt/Driftless/resources/cli/bin/driftless',
  'opt/Driftless/resources/cli/lib/driftless/LICENSE',
  'opt/Driftless/resources/cli/lib/driftless/THIRD-PARTY-NOTICES.txt',
  'opt/Driftless/resources/cli/lib/driftless/bin/driftless.js',
  'opt/Driftless/resources/cli/lib/driftless/node',
  desktopEntry,
  'usr/share/metainfo/io.github.driftless.metainfo.xml',
];

function program(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(file, [...args], {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/home', ...env },
  });
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

const canRun = canPack && missing.length === 0;

describe('desktop packages', skipUnless(canRun, 'root on Linux x64, rpm and squashfs-tools'), () => {
  let room: TempFolder;
  let packages: DesktopPackages;

  beforeAll(async () => {
    if (await isBuildStale(root))
      execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
    room = await makeTempFolder('installed-desktop');
    packages = await packDesktop(room.path);
  });
  afterAll(() => room.remove());

  async function bareRoot(name: string): Promise<string> {
    const folder = join(room.path, name);
    await makeBareRoot(folder, node, ['/bin/bash', '/bin/ln', '/bin/rm', '/bin/chmod']);
    return folder;
  }

  /** Lists what came, starts the app as its menu entry and a link do, and the command line beside it. */
  async function useIt(bare: string): Promise<void> {
    const files = await filesOf(bare);
    expect(packed.filter((file) => !files.includes(file))).toEqual([]);
    const unwanted = /\.(?:ts|tsx|map)$|unshipped|[/]test[/]|node_modules/u;
    expect(files.filter((file) => /driftless/iu.test(file) && unwanted.test(file))).toEqual([]);
    const entry = join(bare, desktopEntry);
    program('desktop-file-validate', [entry]);
    const text = await readFile(entry, 'utf8');
    expect(text).toContain('\nMimeType=x-scheme-handler/driftless;\n');
    const command = /^Exec=(\S+) %U$/mu.exec(text)?.[1] ?? '';
    expect(program('chroot', [bare, command, link])).toBe(`${command}\n${link}\n`);
    const name = '/usr/bin/driftless-desktop';
    expect(await readlink(join(bare, name))).toBe('/opt/Driftless/driftless-desktop');
    expect(program('chroot', [bare, name])).toBe(`${name}\n`);
    const commandLine = '/opt/Driftless/resources/cli/bin/driftless';
    expect(program('chroot', [bare, commandLine, '--version'])).toBe(`${version}\n`);
    // Without user namespaces Chromium's sandbox needs the bit.
    expect((await stat(join(bare, 'opt/Driftless/chrome-sandbox'))).mode & 0o7777).toBe(0o4755);
  }

  test('the Debian package', async () => {
    const bare = await bareRoot('deb');
    const before = await filesOf(bare);
    const dpkg = ['dpkg', `--root=${bare}`, '--log=/dev/null'] as const;
    const run = (...args: readonly string[]): string => program(dpkg[0], [...dpkg.slice(1), ...args]);
    run('--force-depends', '--install', packages.deb);
    await useIt(bare);
    const depends = program('dpkg-deb', ['-f', packages.deb, 'Depends']);
    for (const name of ['libgtk-3-0', 'libnss3', 'xdg-utils', 'libsecret-1-0'])
      expect(depends).toContain(name);
    run('--purge', 'driftless');
    const left = (await filesOf(bare)).filter((file) => !before.includes(file));
    expect(left.filter((file) => !/^(?:var[/]lib[/]dpkg|home)[/]/u.test(file))).toEqual([]);
  });

  test('the rpm', async () => {
    const bare = await bareRoot('rpm');
    const before = await filesOf(bare);
    const rpm = (...args: readonly string[]): string => program('rpm', [`--root=${bare}`, ...args]);
    rpm('--install', '--nodeps', packages.rpm);
    await useIt(bare);
    expect(program('rpm', ['-qp', '--requires', packages.rpm])).toContain('gtk3\n');
    rpm('--erase', 'driftless');
    const left = (await filesOf(bare)).filter((file) => !before.includes(file));
    expect(left.filter((file) => /driftless/iu.test(file) && !file.startsWith('home/'))).toEqual([]);
  });

  test('the AppImage', async () => {
    const mounts = join(room.path, 'mounts');
    await mkdir(mounts);
    expect(program(packages.appImage, [link], { TMPDIR: mounts }).split('\n').slice(1)).toEqual([link, '']);
    const [mount = ''] = await readdir(mounts);
    const tree = join(mounts, mount);
    const files = await filesOf(tree);
    for (const file of packed.filter((each) => each.startsWith('opt/Driftless/resources/cli/')))
      expect(files).toContain(file.slice('opt/Driftless/'.length));
    const entry = join(tree, 'driftless-desktop.desktop');
    program('desktop-file-validate', [entry]);
    expect(await readFile(entry, 'utf8')).toMatch(/^Exec=AppRun +%U$/mu);
    const commandLine = join(tree, 'resources', 'cli', 'bin', 'driftless');
    expect(program(commandLine, ['--version'])).toBe(`${version}\n`);
  });

  test('what we add to Electron stays below the sizes that docs/release.md states', async () => {
    const bare = join(room.path, 'sizes');
    program('dpkg-deb', ['-x', packages.deb, bare]);
    const resources = join(bare, 'opt', 'Driftless', 'resources');
    const sizes = await Promise.all(
      (await filesOf(resources)).map(
        async (file) => [file, (await stat(join(resources, file))).size] as const,
      ),
    );
    const sum = (isCounted: (file: string) => boolean): number =>
      sizes.filter(([file]) => isCounted(file)).reduce((total, [, size]) => total + size, 0);
    expect(sum((file) => file === 'app.asar')).toBeLessThan(8_000_000);
    expect(sum((file) => file.startsWith('cli/'))).toBeLessThan(140_000_000);
  });
});
