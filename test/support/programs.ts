/** Lookup and start of system programs: Ceph, rclone, the AWS CLI, glewlwyd. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

export type Output = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The system's own folders first: a version manager may have put a shim of the same name earlier on the PATH. */
export function findProgram(name: string): string | null {
  const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

export type RunOptions = {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
};

/** Runs a program to its end and returns what it said, whatever its exit code. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(findProgram(program) ?? program, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 60_000,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const said = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      if (code === null) reject(new Error(`${program} was ended by ${String(signal)}: ${said.stderr}`));
      else resolve({ code, ...said });
    });
  });
}

/** Like `run`, but an exit code other than 0 is an error that carries what the program said. */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  const output = await run(program, args, options);
  if (output.code !== 0) {
    throw new Error(
      `${program} ${args.join(' ')} ended with ${output.code}:\n${output.stderr}${output.stdout}`,
    );
  }
  return output;
}

export type Daemon = { readonly stop: () => Promise<void>; readonly hasEnded: () => boolean };

/** Starts a server that stays in the foreground, its output in a file; it is killed with the test process at the latest. */
export function startDaemon(
  program: string,
  args: readonly string[],
  options: { readonly logFile: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Daemon {
  const log = openSync(options.logFile, 'a');
  const child = spawn(findProgram(program) ?? program, [...args], {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    hasEnded: () => isOver(child),
    stop: async () => {
      process.off('exit', kill);
      // Nothing of it is kept, so there is nothing to shut down in good order.
      if (!isOver(child)) kill();
      await ended;
    },
  };
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Ports that were free a moment ago. Another process can still take one, so callers retry on failure. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
