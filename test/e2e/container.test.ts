// The container image as its Containerfile and compose.yaml say: built, signed in, synced, served, stopped.
import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isBuildStale } from '../../build/dist-files.ts';
import { packCli } from '../../build/package-cli.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { enterDeviceCode } from '../support/device-code.ts';
import { cloudForTest } from '../support/device.ts';
import { endOf } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { buildImage, imagePrograms } from '../support/packing/container-image.ts';
import type { ContainerImage } from '../support/packing/container-image.ts';
import { dockerIsMissing, startDocker } from '../support/packing/docker-daemon.ts';
import type { Docker, Project } from '../support/packing/docker-daemon.ts';
import { cloudConfig } from '../support/page-scenario.ts';
import { findProgram } from '../support/programs.ts';
import type { Output } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const missing = imagePrograms.filter((name) => findProgram(name) === null);
const missingDocker = dockerIsMissing();
const canBuild =
  process.platform === 'linux' && process.arch === 'x64' && process.getuid?.() === 0 && missing.length === 0;
/** Of the image's user, in Containerfile and compose.yaml. */
const user = 1000;

describe('the container image', skipUnless(canBuild, 'root on Linux x64, buildah and debootstrap'), () => {
  let room: TempFolder;
  let image: ContainerImage;
  let volumes: Readonly<Record<string, string>>;

  beforeAll(async () => {
    if (await isBuildStale(root))
      execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
    room = await makeTempFolder('container');
    const release = join(room.path, 'release');
    await packCli({ architectures: ['x64'], out: release, level: 1 });
    image = await buildImage(room.path, release);
    // As the first lines of compose.yaml say.
    volumes = { '/config': join(room.path, 'config'), '/files': join(room.path, 'files') };
    await mkdir(volumes['/config'] ?? '', { mode: 0o700 });
    await mkdir(volumes['/files'] ?? '');
    execFileSync('chown', [String(user), ...Object.values(volumes)]);
  });
  afterAll(() => room.remove());

  const start = (...args: readonly string[]): ChildProcess =>
    image.start([...image.settings.Entrypoint, ...args], volumes);
  const run = (...args: readonly string[]): Promise<CliEnd> => endOf(start(...args));

  test('names its user, its volumes and its commands', async () => {
    const { User, Volumes, Entrypoint, Cmd, Healthcheck, StopSignal } = image.settings;
    expect({ User, Entrypoint, StopSignal }).toEqual({
      User: 'driftless',
      Entrypoint: ['driftless'],
      StopSignal: 'SIGTERM',
    });
    expect(Cmd.slice(0, 2)).toEqual(['serve', '--no-page']);
    expect(Healthcheck.Test.slice(0, 3)).toEqual(['CMD', 'driftless', 'status']);
    const compose = parse(await readFile(join(root, 'build', 'cli', 'compose.yaml'), 'utf8')) as {
      readonly services: { readonly driftless: { readonly volumes: readonly string[] } };
    };
    expect(compose.services.driftless.volumes.map((each) => each.split(':')[1])).toEqual(
      Object.keys(Volumes),
    );
    expect((await endOf(image.start(['id', '-u'], volumes))).stdout).toBe(`${String(user)}\n`);
  });

  test('says what is missing before there are settings, and ends with 2', async () => {
    const ended = await run('doctor');
    expect(ended.code, ended.stderr).toBe(2);
    expect(ended.stderr).toContain('/config/config.json');
  });

  test('signs in by device, syncs, serves, answers its health check, and ends at its signal', async () => {
    const cloud = await cloudForTest();
    const [config = '', files = ''] = Object.values(volumes);
    await writeFile(join(config, 'config.json'), cloudConfig(cloud.description, '/files'));
    await writeFile(join(files, 'from-outside.txt'), 'kept in a container');
    execFileSync('chown', ['-R', String(user), config, files]);

    const login = start('login', '--device');
    const loggedIn = endOf(login);
    await enterDeviceCode(login, personOf(cloud.description, 'alice'));
    expect(await loggedIn).toMatchObject({ code: 0 });
    const synced = await run('sync', '--once', '--json');
    expect(synced.code, synced.stderr).toBe(0);
    expect(JSON.parse(synced.stdout)).toMatchObject({ ok: true, pairs: [{ counts: { upload: 1 } }] });

    const engine = start(...image.settings.Cmd);
    const ended = endOf(engine);
    const [, ...check] = image.settings.Healthcheck.Test;
    try {
      await waitFor(async () => ((await endOf(image.start(check, volumes))).code === 0 ? true : null), {
        what: 'a health check that passes',
      });
      // Another engine at the same /config, which compose.yaml must not start again for ever.
      expect((await run(...image.settings.Cmd)).code).toBe(3);
      await writeFile(join(files, 'later.txt'), 'while it served');
      execFileSync('chown', [String(user), join(files, 'later.txt')]);
      const idle = await run('status', '--wait', 'idle', '--json');
      expect(JSON.parse(idle.stdout)).toMatchObject({ running: true, pairs: [{ id: 'docs' }] });
    } finally {
      const pid = await programOf(engine);
      if (pid !== null) process.kill(pid, image.settings.StopSignal);
    }
    const { code, stderr, stdout } = await ended;
    expect(code, stderr).toBe(0);
    expect(`${stdout}${stderr}`).not.toMatch(/Warning/u);
    expect((await stat(join(config, 'pairs'))).uid).toBe(user);
    expect(await readdir(files)).toContain('later.txt');
  });

  test('writes nothing outside its volumes and /tmp, as `read_only` wants it', () => {
    const own = ['config', 'files', 'tmp', 'proc', 'sys', 'dev', 'run'].flatMap((each) => [
      '-path',
      join(image.path, each),
      '-prune',
      '-o',
    ]);
    const tarball = join(room.path, 'config', 'config.json');
    const written = execFileSync('find', [image.path, ...own, '-type', 'f', '-newer', tarball, '-print'], {
      encoding: 'utf8',
    });
    // The container's engine writes these three, and has them in a place of its own.
    expect(
      written.split('\n').filter((file) => !/^$|[/]etc[/](?:hosts|hostname|resolv.conf)$/u.test(file)),
    ).toEqual([]);
  });

  describe('on Docker', skipUnless(missingDocker === null, missingDocker ?? ''), () => {
    // The machine's network: a test's cloud is on loopback.
    const project = (): Project => ({
      folder: join(room.path, 'own'),
      files: ['compose.yaml', 'network.yaml'],
    });
    const at = (...path: readonly string[]): string => join(project().folder, ...path);
    let engine: Docker;

    beforeAll(async () => {
      engine = await startDocker(join(room.path, 'docker'));
      image.save(join(room.path, 'image.tar'));
      await engine.docker('load', '--quiet', '--input', join(room.path, 'image.tar'));
      await mkdir(at());
      await copyFile(join(root, 'build', 'cli', 'compose.yaml'), at('compose.yaml'));
      await writeFile(at('network.yaml'), 'services: { driftless: { network_mode: host } }\n');
      await mkdir(at('config'), { mode: 0o700 });
      await mkdir(at('files'));
      await writeFile(at('files', 'composed.txt'), 'kept by compose');
      execFileSync('chown', ['-R', String(user), at('config'), at('files')]);
    });
    afterAll(async () => {
      await engine.compose(project(), 'down');
      await engine.stop();
    });

    const compose = (...args: readonly string[]): Promise<Output> => engine.compose(project(), ...args);
    const state = async (field: string): Promise<string> => {
      const { stdout } = await compose('ps', '--all', '--quiet');
      return engine.docker('inspect', '--format', `{{${field}}}`, stdout.trim());
    };

    test('the steps of compose.yaml sign in and sync in a container without rights that can write to its volumes only', async () => {
      const cloud = await cloudForTest();
      await writeFile(at('config', 'config.json'), cloudConfig(cloud.description, '/files'));
      const login = engine.startCompose(project(), 'run', '--rm', '-T', 'driftless', 'login', '--device');
      const loggedIn = endOf(login);
      await enterDeviceCode(login, personOf(cloud.description, 'alice'));
      expect(await loggedIn).toMatchObject({ code: 0 });
      const up = await compose('up', '--detach');
      expect(up.code, up.stderr).toBe(0);

      const inside = (...args: readonly string[]): Promise<Output> =>
        compose('exec', '-T', 'driftless', ...args);
      const pair = await waitFor(
        async () => {
          const { stdout } = await inside('driftless', 'status', '--wait', 'idle', '--json');
          const { pairs } = JSON.parse(stdout) as { readonly pairs: readonly unknown[] };
          return pairs[0];
        },
        { what: 'a synced folder' },
      );
      expect(pair).toMatchObject({ id: 'docs', state: 'in-sync', counts: { files: 1 } });
      const probe = await inside('touch', '/probe');
      expect(probe.stderr).toContain('Read-only file system');
      const { stdout } = await inside('grep', '-E', '^(CapEff|NoNewPrivs|Uid):', '/proc/self/status');
      expect(stdout.replaceAll('\t', ' ').trim().split('\n')).toEqual([
        'Uid: 1000 1000 1000 1000',
        'CapEff: 0000000000000000',
        'NoNewPrivs: 1',
      ]);

      const stopped = await compose('stop');
      expect(stopped.code, stopped.stderr).toBe(0);
      expect(await state('.State.ExitCode')).toBe('0');
    });

    test('wrong settings end it, and after the fifth restart it stays down with their exit code', async () => {
      await writeFile(at('config', 'config.json'), '{ "accounts": 3 }');
      expect((await compose('up', '--detach')).code).toBe(0);
      await waitFor(async () => (await state('.State.Status')) === 'exited', {
        what: 'an end without a restart',
      });
      expect(await state('.RestartCount')).toBe('5');
      expect(await state('.State.ExitCode')).toBe('2');
      expect((await compose('logs')).stdout).toContain('accounts must be of type array');
    });
  });
});

/** The program in the container that buildah was started for: what a stop of the container signals. */
async function programOf(started: ChildProcess): Promise<number | null> {
  const open = [String(started.pid ?? 0)];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('driftless.js\0serve\0--no-page\0'))
      return Number(pid);
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8');
      open.push(...children.split(' ').filter((child) => child !== ''));
    }
  }
  return null;
}
