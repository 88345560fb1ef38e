/**
 * A Docker daemon of the test's own. It has no bridge and sets no rule of the machine's firewall, so its containers have the machine's
 * network, which a test's cloud is on as well.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run, runOrThrow } from '../programs.ts';
import type { Output } from '../programs.ts';
import { waitFor } from '../wait-for.ts';

/** Debian's is a program, Docker's own a plugin of `docker`. */
const composePlugin = '/usr/libexec/docker/cli-plugins/docker-compose';
const composeProgram = findProgram('docker-compose') ?? (existsSync(composePlugin) ? composePlugin : null);

/** What is missing for `startDocker`, in words for a skip, or null where all is there. */
export function dockerIsMissing(): string | null {
  const missing = ['dockerd', 'docker'].filter((name) => findProgram(name) === null);
  if (composeProgram === null) missing.push('docker-compose');
  return missing.length === 0 ? null : `not installed: ${missing.join(', ')}`;
}

export type Docker = {
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** docker-compose in a folder, on the files of it that are named. */
  readonly compose: (project: Project, ...args: readonly string[]) => Promise<Output>;
  readonly startCompose: (project: Project, ...args: readonly string[]) => ChildProcess;
  readonly stop: () => Promise<void>;
};

export type Project = { readonly folder: string; readonly files: readonly string[] };

export async function startDocker(folder: string): Promise<Docker> {
  await mkdir(folder);
  const at = (name: string): string => join(folder, name);
  const host = `unix://${at('sock')}`;
  const log = openSync(at('log'), 'a');
  const daemon = spawn(
    findProgram('dockerd') ?? 'dockerd',
    [
      ['--host', host, '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
      ['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
      // What it asks for by itself is above what a machine without CAP_SYS_RESOURCE may give.
      ['--default-ulimit', 'nofile=1024:1024'],
    ].flat(),
    { stdio: ['ignore', log, log] },
  );
  const ended = once(daemon, 'exit');
  // Its own programs end with it only where it can end them.
  const end = (): void => void daemon.kill('SIGTERM');
  process.once('exit', end);
  const env = { DOCKER_HOST: host };
  const named = ({ files }: Project): readonly string[] => files.flatMap((each) => ['--file', each]);
  const timeoutMs = 600_000;
  await waitFor(
    async () => daemon.exitCode !== null || (await run('docker', ['info'], { env, timeoutMs })).code === 0,
    { what: 'the Docker daemon' },
  );
  if (daemon.exitCode !== null)
    throw new Error(`the Docker daemon ended at its start: ${await readFile(at('log'), 'utf8')}`);
  if (composeProgram === null) throw new Error('docker-compose is not installed');
  const composeArgs = (project: Project, args: readonly string[]): readonly string[] => [
    ...(composeProgram === composePlugin ? ['compose'] : []),
    ...named(project),
    ...args,
  ];
  return {
    docker: async (...args) => (await runOrThrow('docker', args, { env, timeoutMs })).stdout.trim(),
    compose: (project, ...args) =>
      run(composeProgram, composeArgs(project, args), { env, timeoutMs, cwd: project.folder }),
    startCompose: (project, ...args) =>
      spawn(composeProgram, composeArgs(project, args), {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
        cwd: project.folder,
      }),
    stop: async () => {
      process.off('exit', end);
      end();
      await ended;
      // The daemon leaves the network that its containers shared mounted here, and the folder could not be removed.
      await run('umount', [at('exec/netns/default')]);
    },
  };
}
