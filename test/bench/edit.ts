// What one saved file costs a running engine: time until its PUT is begun, and the CPU of all that follows.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, peakOf } from './measured.ts';
import { makeTree } from './works.ts';
import type { Bench } from './works.ts';

/** After this the file is sent, told of and counted; a poll for other devices or two are in it. */
const windowMs = 6000;
/** It has looked at everything once it takes no more than this in a stretch. */
const restCpuSeconds = 0.1;
const restMs = 5000;
/** More often would take CPU from the engine. */
const askEveryMs = 4;
const givenUpMs = 60_000;

/** CPU of the process since its start, all threads, as the scheduler counts it: a tick of `stat` is 10 ms. */
export function cpuSecondsOf(pid: number): number {
  const tasks = `/proc/${String(pid)}/task`;
  return readdirSync(tasks).reduce((sum, task) => {
    const [ran = '0'] = readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ');
    return sum + Number(ran) / 1e9;
  }, 0);
}

async function putAfter(bench: Bench, key: string, fromMs: number): Promise<number> {
  for (;;) {
    const atMs = await bench.place.objects.writtenAtMs(key);
    if (atMs !== null && atMs >= fromMs) return atMs - fromMs;
    if (Date.now() > fromMs + givenUpMs) throw new Error(`${key} did not arrive`);
    await sleep(askEveryMs);
  }
}

export async function untilAtRest(pid: number): Promise<void> {
  for (let before = -Infinity, now = 0; now - before > restCpuSeconds;) {
    before = cpuSecondsOf(pid);
    await sleep(restMs);
    now = cpuSecondsOf(pid);
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** One file after another, each in a folder of its own, edited while `serve` watches. Ours only: rclone and the AWS CLI do not watch. */
export async function benchEdits(bench: Bench, files: number, edits: number): Promise<void> {
  const ours = bench.contenders.find(({ watch }) => watch !== undefined);
  if (ours?.watch === undefined) throw new Error('no program that watches a folder is to be measured');
  const name = `edit among ${files.toLocaleString('en')}`;
  const source = join(bench.place.work, 'edits');
  const prefix = 'edits/';
  mkdirSync(source, { recursive: true });
  makeTree(source, { name, files, bytes: 200 });
  ours.forget(source);
  await measure(ours.up(source, prefix));
  const { program, args, env } = ours.watch(source, prefix);
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  try {
    const pid = child.pid ?? 0;
    await untilAtRest(pid);
    for (let edit = 0; edit < edits; edit += 1) {
      const index = String(Math.floor((edit * files) / edits)).padStart(6, '0');
      const path = `folder-${index.slice(0, 4)}/file-${index}.bin`;
      const restCpu = cpuSecondsOf(pid);
      await sleep(windowMs);
      const before = cpuSecondsOf(pid);
      const fromMs = Date.now();
      writeFileSync(join(source, path), `edit ${String(edit)} at ${String(fromMs)}`);
      const putMs = await putAfter(bench, `${prefix}${path}`, fromMs);
      await sleep(Math.max(0, fromMs + windowMs - Date.now()));
      const after = cpuSecondsOf(pid);
      const shared = { who: ours.who, peakMebibytes: peakOf(pid) };
      bench.onRun({
        what: `${name}, to its PUT`,
        seconds: putMs / 1000,
        cpuSeconds: after - before,
        ...shared,
      });
      bench.onRun({
        what: `${name}, as long at rest`,
        seconds: windowMs / 1000,
        cpuSeconds: before - restCpu,
        ...shared,
      });
    }
  } finally {
    await stop(child);
    rmSync(source, { recursive: true });
  }
}
