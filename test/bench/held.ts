// What a running engine holds: the memory of `serve`, at its peak and at rest, over a tree in sync.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSecondsOf, stop, untilAtRest } from './edit.ts';
import { heldBelow, measure } from './measured.ts';
import { makeTree } from './works.ts';
import type { Bench } from './works.ts';

/** V8 and malloc give back what rests after a while only. */
const restMs = 60_000;
const lookEveryMs = 250;
const foldersInFolder = 100;

/** A hundred empty ones in each of the others; all of them count. */
function makeFolders(root: string, folders: number): void {
  for (let made = 0; made < folders;) {
    const parent = join(root, `folder-${String(made).padStart(7, '0')}`);
    mkdirSync(parent);
    made += 1;
    for (let each = 0; each < foldersInFolder && made < folders; each += 1, made += 1)
      mkdirSync(join(parent, `empty-${String(each)}`));
  }
}

export async function benchHeld(bench: Bench, what: 'files' | 'folders', count: number): Promise<void> {
  const ours = bench.contenders.find(({ watch }) => watch !== undefined);
  if (ours?.watch === undefined) throw new Error('no program that watches a folder is to be measured');
  const name = `serve on ${count.toLocaleString('en')} ${what === 'files' ? 'files' : 'empty folders'}`;
  const source = join(bench.place.work, 'held');
  const prefix = `held-${what}/`;
  mkdirSync(source, { recursive: true });
  if (what === 'files') makeTree(source, { name, files: count, bytes: 200 });
  else makeFolders(source, count);
  ours.forget(source);
  bench.onRun({ what: `${name}: up before`, who: ours.who, ...(await measure(ours.up(source, prefix))) });
  const { program, args, env } = ours.watch(source, prefix);
  const fromMs = Date.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  const pid = child.pid ?? 0;
  let peak = 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, heldBelow(pid));
  }, lookEveryMs);
  const tell = (when: string, peakMebibytes: number): void => {
    const cost = { seconds: (Date.now() - fromMs) / 1000, cpuSeconds: cpuSecondsOf(pid), peakMebibytes };
    bench.onRun({ what: `${name}, ${when}`, who: ours.who, ...cost });
  };
  try {
    await untilAtRest(pid);
    tell('until idle', peak);
    await sleep(restMs);
    tell('at rest', heldBelow(pid));
  } finally {
    clearInterval(looking);
    await stop(child);
    rmSync(source, { recursive: true });
  }
}
