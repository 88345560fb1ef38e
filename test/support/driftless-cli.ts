// Command line as a child process, with automated sign-in.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { isBuildStale, testCliFile } from '../../build/dist-files.ts';
import { followSignIn } from '../local-cloud/browserless.ts';

const root = join(import.meta.dirname, '..', '..');
/**
 * The bundle starts in a third of the time that the sources take, and the tests start it many hundred times. One that
 * is older than a source would test yesterday's program, so then the sources run.
 */
const cli = (await isBuildStale(root)) ? join(root, 'main', 'cli', 'cli.ts') : testCliFile(root);

export type CliEnd = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type CliOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that run the command line, with fewer rights for instance. */
  readonly through?: readonly string[];
};

export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const [program = '', ...rest] = [...(options.through ?? []), process.execPath, cli, ...args];
  return spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DRIFTLESS_BROWSER: 'print', ...options.env },
  });
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliEnd> {
  return endOf(startCli(args, options));
}

export function endOf(child: ChildProcess): Promise<CliEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** The address that `login` would open in the browser; rejects when the process ends without one. */
export function signInAddress(child: ChildProcess): Promise<string> {
  let seen = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (text: unknown) => {
      seen += String(text);
      const address = /sign in: (http\S+)\s/u.exec(seen)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('close', () => {
      reject(new Error(`login ended without an address: ${seen}`));
    });
  });
}

/** The real authorization-code flow: the provider's login page is filled in, the redirect reaches the loopback listener. */
export async function signInByCli(
  home: string,
  person: { readonly name: string; readonly password: string },
  args: readonly string[] = [],
): Promise<CliEnd> {
  const child = startCli(['login', '--home', home, '--json', ...args]);
  const ended = endOf(child);
  const address = await signInAddress(child);
  const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
  const callback = await followSignIn(address, person, redirect);
  await (await fetch(callback)).text();
  return ended;
}
