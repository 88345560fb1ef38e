// Runs a program to its end and tells what it cost: time on the clock, CPU of it and its children, peak memory.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export type Cost = { readonly seconds: number; readonly cpuSeconds: number; readonly peakMebibytes: number };

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
};

const lookEveryMs = 20;

/** The shell's own clock tells the CPU of what it waited for; Node has no wait4. */
const shell = 'TIMEFORMAT="bench-cost %U %S"; time "$@"';

export function peakOf(pid: number): number {
  try {
    const peak = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    return Number(peak ?? 0) / 1024;
  } catch {
    // It has ended.
    return 0;
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`)
      .flatMap((task) => readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8').split(' '))
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    // It has ended.
    return [];
  }
}

/** Peaks of a process and those it started, added up. */
function peakBelow(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + peakOf(child) + peakBelow(child), 0);
}

/** Without the pages of the program's own file: other programs of the same Node share those, and would take a part of them. */
function ownOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
    const of = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(text)?.[1] ?? 0) / 1024;
    return of('Pss_Anon') + of('Pss_Shmem');
  } catch {
    // It has ended.
    return 0;
  }
}

/** Pages of files that are mapped, which those below have as well. */
function mappedOf(pid: number): number {
  try {
    const mapped = /^RssFile:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    return Number(mapped ?? 0) / 1024;
  } catch {
    // It has ended.
    return 0;
  }
}

function ownBelow(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + ownBelow(child), ownOf(pid));
}

/** What a process and those below it hold now: the program's file once, and what each has of its own. */
export function heldBelow(pid: number): number {
  return mappedOf(pid) + ownBelow(pid);
}

/** Rejects when the program fails. Linux only: it reads /proc. */
export function measure(command: Command): Promise<Cost> {
  const begunMs = performance.now();
  const child = spawn('bash', ['-c', shell, 'bench', command.program, ...command.args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...command.env },
  });
  let peakMebibytes = 0;
  const looking = setInterval(() => {
    if (child.pid !== undefined) peakMebibytes = Math.max(peakMebibytes, peakBelow(child.pid));
  }, lookEveryMs);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(looking);
      const seconds = (performance.now() - begunMs) / 1000;
      const times = /bench-cost ([\d.]+) ([\d.]+)/u.exec(said);
      if (code === 0 && times !== null)
        resolve({ seconds, cpuSeconds: Number(times[1]) + Number(times[2]), peakMebibytes });
      else
        reject(new Error(`${command.program} ${command.args.join(' ')} ended with ${String(code)}: ${said}`));
    });
  });
}
