// The packaged command line, used without the checkout: from npm, tarball and Debian package.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { packCli } from '../../build/package-cli.ts';
import { packNpm } from '../../build/package-npm.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { librariesOf, makeBareRoot } from '../support/bare-root.ts';
import { enterDeviceCode } from '../support/device-code.ts';
import { cloudForTest } from '../support/device.ts';
import { endOf } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { cloudConfig } from '../support/page-scenario.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const pinnedNode = join(root, 'node_modules', 'node', 'bin');
const isRoot = process.getuid?.() === 0;
const canPack = process.platform === 'linux' && process.arch === 'x64';
const most = 60_000_000;
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };

let room: TempFolder;

beforeAll(async () => {
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
  room = await makeTempFolder('installed');
});
afterAll(() => room.remove());

/** An installed program: its start command, and its folders as seen from outside and from inside. */
type Installed = {
  readonly program: readonly string[];
  readonly path: string;
  /** Empty, or the bare root in front of every path that the program sees. */
  readonly inside: string;
};

function start({ program: [file = '', ...first], path }: Installed, args: readonly string[]): ChildProcess {
  return spawn(file, [...first, ...args], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path, HOME: '/home', DRIFTLESS_BROWSER: 'print' },
  });
}

/** Node's own warning about experimental features must not appear in any output. */
async function run(installed: Installed, args: readonly string[]): Promise<CliEnd> {
  const ended = await endOf(start(installed, args));
  expect(ended.stderr).not.toMatch(/Warning/u);
  expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(0);
  return ended;
}

/**
 * A new user's first steps: version, sign-in, one sync, the engine with its page, a file that another verb
 * sees arrive.
 */
async function useIt(installed: Installed, cloud: LocalCloud, name: string): Promise<void> {
  const home = `/home/${name}`;
  const folder = `${home}-files`;
  const at = (path: string): string => join(installed.inside, path);
  const seenHome = installed.inside === '' ? join(room.path, name) : home;
  const seenFolder = installed.inside === '' ? join(room.path, `${name}-files`) : folder;
  const outer = (path: string): string => (installed.inside === '' ? path : at(path));
  await mkdir(outer(seenHome), { recursive: true, mode: 0o700 });
  await mkdir(outer(seenFolder), { recursive: true });
  await firstLook(installed, seenHome);
  await writeFile(join(outer(seenHome), 'config.json'), cloudConfig(cloud.description, seenFolder));
  await writeFile(join(outer(seenFolder), `${name}.txt`), `from ${name}`);

  expect((await run(installed, ['--version'])).stdout).toBe(`${version}\n`);
  const login = start(installed, ['login', '--device', '--home', seenHome]);
  const loggedIn = endOf(login);
  await enterDeviceCode(login, personOf(cloud.description, 'alice'));
  expect(await loggedIn).toMatchObject({ code: 0 });
  const synced = await run(installed, ['sync', '--once', '--json', '--home', seenHome]);
  expect(JSON.parse(synced.stdout)).toMatchObject({ ok: true, pairs: [{ counts: { upload: 1 } }] });
  await serveAndLook(installed, seenHome);
}

/** Before any settings: what is missing, and what to read, which came with the program. */
async function firstLook(installed: Installed, home: string): Promise<void> {
  const ended = await endOf(start(installed, ['doctor', '--home', home]));
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('driftless profile accept LINK');
}

async function serveAndLook(installed: Installed, home: string): Promise<void> {
  const engine = start(installed, ['serve', '--print-url', '--home', home]);
  const ended = endOf(engine);
  try {
    let seen = '';
    engine.stdout?.on('data', (text: unknown) => (seen += String(text)));
    const line = await waitFor(() => (seen.includes('\n') ? seen : null), {
      what: 'the first line of serve',
    });
    const url = new URL((JSON.parse(line) as { url: string }).url);
    const page = await (await fetch(url)).text();
    const script = /src="([^"]+\.js)"/u.exec(page)?.[1] ?? '';
    expect((await fetch(new URL(script, url))).status).toBe(200);
    const opened = await fetch(new URL('/api/session', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url.origin },
      body: JSON.stringify({ code: url.hash.slice(1) }),
    });
    expect(await opened.json()).toMatchObject({ ok: true });
    const status = await run(installed, ['status', '--wait', 'idle', '--json', '--home', home]);
    expect(JSON.parse(status.stdout)).toMatchObject({ running: true, pairs: [{ id: 'docs' }] });
  } finally {
    engine.kill('SIGTERM');
  }
  expect((await ended).code).toBe(0);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Tests, sources and maps are not packaged, and neither is the tests' own bundle. */
function expectNothingUnwanted(files: readonly string[]): void {
  expect(files.filter((file) => /\.(?:ts|tsx|map)$|unshipped|[/]test[/]/u.test(file))).toEqual([]);
  // Node warns on standard error of an import within a script.
  const importsLate = (file: string): boolean =>
    file.endsWith('.cjs') && /\bimport\("node:/u.test(readFileSync(file, 'latin1'));
  expect(files.filter(importsLate)).toEqual([]);
}

describe('from npm', () => {
  test('the npm package installs into an empty folder without dependencies and works there', async () => {
    const out = join(room.path, 'npm');
    const archive = await packNpm({ name: '@driftless-sync/cli', out });
    expect(archive).toBe(join(out, `driftless-sync-cli-${version}.tgz`));
    const folder = join(room.path, 'empty');
    await mkdir(folder);
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--prefix', folder, archive], {
      stdio: 'ignore',
    });
    expect((await readdir(join(folder, 'node_modules'))).toSorted()).toEqual([
      '.bin',
      '.package-lock.json',
      '@driftless-sync',
    ]);
    expect(await sizeOf(folder)).toBeLessThan(most);
    const files = await filesOf(folder);
    expectNothingUnwanted(files);
    for (const document of [
      'README.md',
      'docs/cli.md',
      'docs/config.schema.json',
      'build/cli/Containerfile',
      'build/cli/compose.yaml',
    ])
      expect(files).toContain(join(folder, 'node_modules/@driftless-sync/cli', document));
    const program = [join(folder, 'node_modules', '.bin', 'driftless')];
    await useIt(
      { program, path: `${pinnedNode}:/usr/bin:/bin`, inside: '' },
      await cloudForTest(),
      'npm-user',
    );
  });

  test("a package name without a scope is refused because it is another project's", async () => {
    await expect(packNpm({ name: 'driftless', out: join(room.path, 'bare') })).rejects.toThrow('in a scope');
  });
});

describe('with its own Node', skipUnless(canPack && isRoot, 'a bare root needs root on Linux x64'), () => {
  const bare = (): string => join(room.path, 'root');
  let tarball = '';
  let deb = '';

  beforeAll(async () => {
    const out = join(room.path, 'cli');
    [tarball = '', deb = ''] = await packCli({ architectures: ['x64'], out, level: 1 });
    await makeBareRoot(bare(), join(pinnedNode, 'node'));
  });

  function inRoot(program: string): Installed {
    return { program: ['/usr/sbin/chroot', bare(), program], path: '/usr/bin:/bin', inside: bare() };
  }

  test('the tarball works wherever it is unpacked, and through a link', async () => {
    expect((await stat(tarball)).size).toBeLessThan(most);
    execFileSync('tar', ['-xzf', tarball, '-C', join(bare(), 'opt')]);
    const unpacked = `/opt/driftless-${version}-linux-x64`;
    expectNothingUnwanted(await filesOf(join(bare(), unpacked)));
    await useIt(inRoot(`${unpacked}/bin/driftless`), await cloudForTest(), 'tarball-user');

    const link = join(room.path, 'linked');
    await symlink(join(bare(), unpacked, 'bin', 'driftless'), link);
    const linked = await run({ program: [link], path: '/usr/bin:/bin', inside: '' }, ['--version']);
    expect(linked.stdout).toBe(`${version}\n`);
    await rm(join(bare(), 'opt'), { recursive: true });
  });

  test('the Debian package installs with dpkg, names its dependencies and is removed without a trace', async () => {
    expect((await stat(deb)).size).toBeLessThan(most);
    const dpkg = (...args: readonly string[]): string =>
      execFileSync('dpkg', [`--root=${bare()}`, '--log=/dev/null', ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    // Its dependencies lie in the bare root as files, which dpkg does not know of.
    dpkg('--force-depends', '--install', deb);
    await useIt(inRoot('/usr/bin/driftless'), await cloudForTest(), 'deb-user');

    const field = (name: string): string => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' });
    expect(field('Package')).toBe('driftless-cli\n');
    const named = field('Depends')
      .split(',')
      .map((each) => each.trim().split(' ')[0] ?? '');
    for (const library of librariesOf(join(pinnedNode, 'node'))) expect(named).toContain(ownerOf(library));
    expect(await readFile(join(bare(), 'usr/lib/systemd/user/driftless.service'), 'utf8')).toContain(
      'ExecStart=/usr/bin/driftless serve --log-file -\n',
    );
    expect(await readdir(join(bare(), 'usr/share/man/man1'))).toEqual(['driftless.1']);
    dpkg('--purge', 'driftless-cli');
    const left = (await filesOf(bare())).map((file) => file.slice(bare().length));
    expect(left.filter((file) => /driftless/u.test(file) && !/^[/](?:home|var)[/]/u.test(file))).toEqual([]);
  });
});

/** The Debian package that a library of this machine comes from. */
function ownerOf(library: string): string {
  for (const path of [library, join('/usr', library)]) {
    try {
      return execFileSync('dpkg', ['-S', path], { encoding: 'utf8', stdio: 'pipe' }).split(':')[0] ?? '';
    } catch {
      // The other spelling: on a merged /usr the package may have listed either.
    }
  }
  throw new Error(`no package has ${library} (in ${dirname(library)})`);
}
