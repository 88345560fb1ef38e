// Entry of every npm script: installs what is missing, then runs the pinned Node.
// Plain JavaScript (.mjs) because the machine's own Node (20 or later, nothing installed yet) must be able to run it,
// and that Node does not run TypeScript. Everything it says goes to stderr: stdout belongs to the command.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockHolder } from './lock-holder.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';

/** Programs that npm cannot bring, by Debian package: what to look for (a name, or a whole path), what goes without, and whether only `--full` wants it. */
const systemPrograms = {
  chromium: {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    without: 'the tests in a real browser',
  },
  xvfb: { programs: ['Xvfb'], without: 'a desktop window where there is no display' },
  radosgw: { programs: ['radosgw'], without: 'the tests on a real Ceph' },
  'ceph-mon': { programs: ['ceph-mon'], without: 'the tests on a real Ceph' },
  'ceph-osd': { programs: ['ceph-osd'], without: 'the tests on a real Ceph' },
  'ceph-common': { programs: ['ceph'], without: 'the tests on a real Ceph' },
  'swift-proxy': {
    programs: ['swift-proxy-server'],
    without: 'the tests on OpenStack Swift',
    fullOnly: true,
  },
  'swift-account': {
    programs: ['swift-account-server'],
    without: 'the tests on OpenStack Swift',
    fullOnly: true,
  },
  'swift-container': {
    programs: ['swift-container-server'],
    without: 'the tests on OpenStack Swift',
    fullOnly: true,
  },
  'swift-object': {
    programs: ['swift-object-server'],
    without: 'the tests on OpenStack Swift',
    fullOnly: true,
  },
  squid: { programs: ['squid'], without: 'the test with a real company proxy' },
  rclone: { programs: ['rclone'], without: 'the comparison with rclone' },
  awscli: { programs: ['aws'], without: 'the comparison with the AWS CLI' },
  glewlwyd: { programs: ['glewlwyd'], without: 'the sign-in at a second OpenID provider' },
  'liblemonldap-ng-portal-perl': {
    programs: ['/usr/share/lemonldap-ng/portal/htdocs/index.psgi'],
    without: 'the sign-in at a third OpenID provider',
    fullOnly: true,
  },
  // All four are loaded at each start or by its OpenID part, and the package only recommends or suggests them.
  'libgd-securityimage-perl': {
    programs: ['/usr/share/perl5/GD/SecurityImage.pm'],
    without: 'the sign-in at a third OpenID provider',
    fullOnly: true,
  },
  'libimage-magick-perl': {
    programs: ['/usr/share/perl5/Image/Magick.pm'],
    without: 'the sign-in at a third OpenID provider',
    fullOnly: true,
  },
  'libio-string-perl': {
    programs: ['/usr/share/perl5/IO/String.pm'],
    without: 'the sign-in at a third OpenID provider',
    fullOnly: true,
  },
  'libstring-random-perl': {
    programs: ['/usr/share/perl5/String/Random.pm'],
    without: 'the sign-in at a third OpenID provider',
    fullOnly: true,
  },
  buildah: { programs: ['buildah'], without: 'the test of the container image', fullOnly: true },
  'docker.io': { programs: ['dockerd'], without: 'the test of the compose example', fullOnly: true },
  'docker-compose': {
    programs: ['docker-compose', '/usr/libexec/docker/cli-plugins/docker-compose'],
    without: 'the test of the compose example',
    fullOnly: true,
  },
  debootstrap: { programs: ['debootstrap'], without: 'the test of the container image', fullOnly: true },
  'dbus-daemon': {
    programs: ['dbus-daemon'],
    without: 'the test of the Background portal',
    fullOnly: true,
  },
  'libglib2.0-bin': { programs: ['gdbus'], without: 'the test of the Background portal', fullOnly: true },
  'vim-nox': { programs: ['vim.nox'], without: 'the test with Vim', fullOnly: true },
  'emacs-nox': { programs: ['emacs'], without: 'the test with Emacs', fullOnly: true },
  'libreoffice-writer-nogui': {
    programs: ['soffice'],
    without: 'the test with LibreOffice',
    fullOnly: true,
  },
  sqlite3: { programs: ['sqlite3'], without: 'the test with SQLite', fullOnly: true },
  s3cmd: { programs: ['s3cmd'], without: 'the comparison with s3cmd', fullOnly: true },
  rsync: { programs: ['rsync'], without: 'the test with rsync', fullOnly: true },
  zip: { programs: ['zip'], without: 'the test with zip', fullOnly: true },
  unzip: { programs: ['unzip'], without: 'the test with unzip', fullOnly: true },
  systemd: { programs: ['systemd-notify'], without: 'the tests as a service', fullOnly: true },
  zsh: { programs: ['zsh'], without: 'completion in zsh', fullOnly: true },
  fish: { programs: ['fish'], without: 'completion in fish', fullOnly: true },
  appstream: {
    programs: ['appstreamcli'],
    without: 'the check of the metainfo of the Linux packages',
    fullOnly: true,
  },
  rpm: { programs: ['rpmbuild'], without: 'the test of the desktop packages', fullOnly: true },
  'squashfs-tools': {
    programs: ['mksquashfs'],
    without: 'the test of the desktop packages',
    fullOnly: true,
  },
  'desktop-file-utils': {
    programs: ['desktop-file-validate'],
    without: 'the test of the desktop packages',
    fullOnly: true,
  },
  mandoc: { programs: ['mandoc'], without: 'the check of the man page', fullOnly: true },
  git: { programs: ['git'], without: 'the test with git', fullOnly: true },
  'exfat-fuse': { programs: ['mount.exfat-fuse'], without: 'the tests on a real exFAT', fullOnly: true },
  exfatprogs: { programs: ['mkfs.exfat'], without: 'the tests on a real exFAT', fullOnly: true },
  'ntfs-3g': { programs: ['ntfs-3g'], without: 'the tests on a real NTFS', fullOnly: true },
  'btrfs-progs': { programs: ['mkfs.btrfs'], without: 'the tests on a real btrfs', fullOnly: true },
  xfsprogs: { programs: ['mkfs.xfs'], without: 'the tests on a real XFS', fullOnly: true },
  faketime: {
    programs: ['faketime'],
    without: 'the test of a clock that is set while the engine runs',
    fullOnly: true,
  },
  bindfs: { programs: ['bindfs'], without: 'the tests on a real bindfs', fullOnly: true },
};

/** What `node build/bootstrap.mjs NAME` runs, and the system programs it is better with. */
const commands = {
  bench: {
    script: 'test/bench/main.ts',
    usage: '[--form small|full] [--only TEXT] [--who NAME] [--without NAME] [--rounds N]',
    does: 'figures beside rclone and the AWS CLI',
    wants: ['rclone', 'awscli'],
  },
  build: { script: 'build/build.ts', usage: '', does: 'the bundles in dist/', wants: [] },
  check: {
    script: 'build/check.ts',
    usage: '[NAME...]',
    does: 'types, lint, arrows, dead code, house rules, format, or those that are named',
    wants: [],
  },
  coverage: {
    script: 'build/coverage.ts',
    usage: '',
    does: 'coverage by the tests that need nothing but Node',
    wants: [],
  },
  demo: {
    script: 'test/demo/main.ts',
    usage: '[--check]',
    does: 'Driftless against a cloud on your own machine',
    wants: ['chromium', 'xvfb'],
  },
  dev: {
    script: 'test/dev/main.ts',
    usage: '[--port NUMBER] [--sign-in alice|bob]',
    does: 'the page with hot reload, and an engine that restarts on save',
    wants: [],
  },
  driftless: { script: 'dist/cli/driftless.js', wants: [], isBuilt: true },
  fix: {
    script: 'build/fix.ts',
    usage: '[PATH...]',
    does: 'lint and format, rewriting what can be rewritten, and the generated documents',
    wants: [],
  },
  'local-cloud': {
    script: 'test/local-cloud/main.ts',
    usage: '[--port P] [--dir D] [--bucket NAME] [--region NAME]',
    does: 'an OpenID provider, STS and S3 on loopback',
    wants: [],
  },
  package: {
    script: 'build/package.ts',
    usage: '[--npm|--cli] [--out DIR]',
    does: 'installers for this system; docs/release.md has all options',
    wants: [],
  },
  scenes: {
    script: 'test/scenes/main.ts',
    usage: '[--port NUMBER]',
    does: 'every state of the page in one tab',
    wants: [],
  },
  screenshots: {
    script: 'test/ui/screenshots.ts',
    usage: '[--renew] [--into DIR] [SCENE...]',
    does: 'pictures of every view in every look',
    wants: ['chromium'],
  },
  soak: {
    script: 'test/soak/main.ts',
    usage: '[--live] [--minutes N] [--from SEED] [--workers N]',
    does: 'simulated histories, or two hours of real engines',
    wants: [],
  },
  start: { script: 'build/start.ts', usage: '', does: 'the desktop app on your own settings', wants: [] },
  test: {
    script: 'build/run-tests.ts',
    usage: '[--full|--fast] [--watch] [-t NAME] [PATH...]',
    does: 'the tests; ends in "N passed, N failed, N skipped"',
    wants: Object.keys(systemPrograms),
  },
};

/** What the command is better with; only the full run of the tests wants what is marked so, the fast one nothing. */
function wantedPrograms() {
  if (args.includes('--fast')) return [];
  return command.wants.filter((each) => args.includes('--full') || !systemPrograms[each].fullOnly);
}

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!command) stop(2, `usage: node build/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`);
if (Number(process.versions.node.split('.')[0]) < 20)
  stop(2, `Node 20 or later is needed; this is ${process.version}.`);

// The command line has its own help, which needs the build.
if (args.includes('--help') && command.does) {
  process.stdout.write(
    `usage: npm run ${name}${command.usage ? ` -- ${command.usage}` : ''}\n${command.does}\n`,
  );
  process.exit(0);
}
installNodeModules();
installSystemPrograms(wantedPrograms());
if (command.isBuilt) buildIfStale();
handOver(join(root, command.script), args);

function installNodeModules() {
  if (isInstalled()) return;
  withLock(() => {
    // Another set-up may have done it while this one waited.
    if (isInstalled()) return;
    say('installing the npm packages (once; one to three minutes)');
    // A running node.exe cannot be deleted on Windows, and `npm ci` begins by deleting everything.
    const verb = windows && existsSync(pinnedNode()) ? 'install' : 'ci';
    const flags = [verb, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = process.env.npm_execpath;
    const done = npm?.endsWith('.js')
      ? spawnSync(process.execPath, [npm, ...flags], { cwd: root, stdio: ['ignore', 2, 2] })
      : spawnSync('npm', flags, { cwd: root, stdio: ['ignore', 2, 2], shell: windows });
    if (done.status !== 0 || !isInstalled()) stop(1, `npm ${verb} did not succeed; see the lines above.`);
  });
}

/**
 * Compares what npm recorded as installed with the lock file, package by package. Times are not compared: a checkout
 * or an `npm install` touches both files in either order.
 */
function isInstalled() {
  if (!existsSync(pinnedNode())) return false;
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(
      readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8'),
    ).packages;
    return Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' ||
        (present[path] ? present[path].version === entry.version : entry.optional || entry.peer),
    );
  } catch {
    // Either file is missing or cut short: an installation that did not finish.
    return false;
  }
}

function pinnedNode() {
  return join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
}

/** One set-up per checkout at a time: two `npm ci` would delete each other's files. */
function withLock(work) {
  // In the checkout, which is the developer's own: in the temporary folder another user could make it first.
  const lock = join(root, '.setup-lock');
  let told = false;
  while (!tryLock(lock)) {
    if (!told) say(`waiting for another set-up of this checkout, which holds ${lock}`);
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  work();
  process.off('exit', release);
  release();
}

function tryLock(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned(lock)) {
      // Renamed first, so that of two that find it abandoned only one takes it away.
      try {
        renameSync(lock, `${lock}.${process.pid}`);
        rmSync(`${lock}.${process.pid}`, { recursive: true, force: true });
      } catch {
        return false;
      }
    }
    return false;
  }
}

function isAbandoned(lock) {
  try {
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    if (error.code !== 'ENOENT') return false;
    // Between mkdir and the pid file, or killed there: give it ten seconds.
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 10_000;
  }
}

/** The bundle starts several times as fast as the sources. One that is older than a source would run yesterday's program. */
function buildIfStale() {
  if (!isStale()) return;
  withLock(() => {
    if (!isStale()) return;
    say('building (some seconds, once after each change of the sources)');
    const argv = ['--disable-warning=ExperimentalWarning', join(root, 'build', 'build.ts')];
    if (spawnSync(pinnedNode(), argv, { cwd: root, stdio: ['ignore', 2, 2] }).status !== 0)
      stop(1, 'the build did not succeed; see the lines above.');
  });
}

/** As `isBuildStale` in build/dist-files.ts, for a Node that runs no TypeScript. */
function isStale() {
  const stamp = join(root, 'dist', '.built');
  if (!existsSync(stamp)) return true;
  const builtAtMs = statSync(stamp).mtimeMs;
  const isNewer = (path) => {
    const stats = statSync(path);
    if (stats.mtimeMs > builtAtMs) return true;
    return stats.isDirectory() && readdirSync(path).some((name) => isNewer(join(path, name)));
  };
  const configs = readdirSync(join(root, 'build')).filter((each) => each.startsWith('vite.'));
  const sources = ['main', 'preload', 'renderer', 'build/icons', 'build/build.ts', 'package-lock.json'];
  return [...sources, ...configs.map((each) => `build/${each}`)].some((each) => isNewer(join(root, each)));
}

function installSystemPrograms(wanted) {
  // macOS and Windows have their own browsers where test/support/chromium.ts looks; the rest is for Linux.
  if (process.platform !== 'linux') return;
  let missing = wanted.filter((each) => !isPresent(each));
  if (missing.length === 0) return;
  const canInstall =
    existsSync('/etc/debian_version') && process.getuid() === 0 && !process.env.DRIFTLESS_NO_APT;
  if (canInstall) {
    withLock(() => aptInstall(missing.filter((each) => !isPresent(each))));
    missing = missing.filter((each) => !isPresent(each));
  }
  if (missing.length === 0) return;
  const without = [...new Set(missing.map((each) => systemPrograms[each].without))];
  say(`not installed: ${missing.join(' ')}; going without ${without.join(', ')}`);
}

function aptInstall(packages) {
  if (packages.length === 0) return;
  say(`installing with apt-get: ${packages.join(' ')}`);
  // RUNLEVEL=1 keeps the packages' own services from starting: the tests start theirs, on free ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...rest) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Dpkg::Use-Pty=0', ...rest], {
      env,
      stdio: ['ignore', 'ignore', 2],
    }).status === 0;
  const install = (...names) => {
    // apt-get waits without a word.
    const holder = lockHolder('/var/lib/dpkg/lock-frontend');
    if (holder) say(`waiting up to ten minutes for another installation, process ${holder}, to end`);
    return apt('install', '-y', '--no-install-recommends', ...names);
  };
  apt('update');
  if (install(...packages)) return;
  // One package that this distribution lacks must not cost the others.
  for (const each of packages) install(each);
}

function isPresent(debianPackage) {
  // /usr/bin first: a version manager may have put a broken shim of the same name earlier on the PATH.
  const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter)];
  return systemPrograms[debianPackage].programs.some((program) =>
    program.startsWith('/')
      ? existsSync(program)
      : folders.some((folder) => isExecutable(join(folder, program))),
  );
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function handOver(script, rest) {
  // node:sqlite is still called experimental in Node 24; the warning would be in every output.
  const argv = ['--disable-warning=ExperimentalWarning', script, ...rest];
  const node = pinnedNode();
  // Becoming the command, where this Node can, leaves one process that gets the signals itself.
  if (typeof process.execve === 'function' && !windows) process.execve(node, [node, ...argv], process.env);
  const child = spawn(node, argv, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(1, error.message));
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function say(line) {
  process.stderr.write(`driftless: ${line}\n`);
}

function stop(code, line) {
  say(line);
  process.exit(code);
}
