/** The engine that `npm run dev` works against: `driftless serve` from source, restarted when a source file changes. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { askEngine } from '../../main/control/socket.ts';

export type DevEngine = {
  /** Stops the engine, if one runs, and starts it from the sources as they are now. Resolves once it serves. */
  restart(): Promise<void>;
  /** A new one-use link to the engine's page. Rejects while no engine runs. */
  newLink(signal: AbortSignal): Promise<string>;
  stop(): Promise<void>;
};

const linkSchema = z.object({ ok: z.literal(true), value: z.url() });

/** `env` is added to the environment of the engine. What it prints goes to stderr, except for its first line. */
export function createDevEngine(
  root: string,
  home: string,
  env: Readonly<Record<string, string>>,
): DevEngine {
  let running: ChildProcess | null = null;
  let turn: Promise<void> = Promise.resolve();

  async function stop(): Promise<void> {
    const child = running;
    running = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async function start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [
        '--enable-source-maps',
        join(root, 'main', 'cli', 'cli.ts'),
        ...['serve', '--home', home, '--log-level', 'debug'],
      ],
      // A group of its own: Ctrl+C must reach this process first, which then ends the engine in order.
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, detached: true },
    );
    running = child;
    child.stderr.on('data', (chunk: Buffer) => process.stderr.write(withoutPageHint(chunk.toString())));
    await firstLine(child);
    child.once('close', (code, signal) => {
      if (running !== child) return;
      process.stderr.write(
        `dev: the engine ended with ${String(code ?? signal)}; save a file below main/ to start it again\n`,
      );
    });
  }

  /** One after another: two quick saves must not leave two engines at one home. */
  function queued(work: () => Promise<void>): Promise<void> {
    const next = turn.then(work);
    turn = next.catch(() => undefined); // the caller of this turn has the error
    return next;
  }

  return {
    restart: () =>
      queued(async () => {
        await stop();
        await start();
      }),
    async newLink(signal) {
      const answer = await askEngine(home, { name: 'pageUrl', input: {} }, signal);
      return linkSchema.parse(answer).value;
    },
    stop: () => queued(stop),
  };
}

/** The page of `npm run dev` is another one, whose address follows. */
function withoutPageHint(text: string): string {
  return text.replace(/^To open the page:.*\n/mu, '');
}

/** `serve` prints one line of JSON when its page and its socket are up. */
function firstLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      reject(new Error(`the engine ended with ${String(code)}`));
    });
    child.stdout?.once('data', () => {
      resolve();
    });
  });
}
