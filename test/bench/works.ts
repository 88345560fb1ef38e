// What is measured, with how every file is proven to have arrived: each work is done by everyone in turn, several times.
import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runLimited } from '../../main/sync/limit.ts';
import { patternBytes } from '../support/byte-source.ts';
import type { Contender } from './contenders.ts';
import { measure } from './measured.ts';
import type { Cost } from './measured.ts';
import type { Place } from './stores.ts';

export type Run = Cost & { readonly what: string; readonly who: string };
export type Tree = { readonly name: string; readonly files: number; readonly bytes: number };

const { signal } = new AbortController();
/** It takes many times as long as the others for many files: once is enough to know. */
const slowest = 'aws-cli';
const filesInFolder = 100;
const pieceBytes = 16 * 1024 * 1024;
const isOwn = (key: string): boolean => key.startsWith('.driftless/');

export function makeTree(root: string, tree: Tree): void {
  for (let index = 0; index < tree.files; index += 1) {
    const name = String(index).padStart(6, '0');
    const path = join(root, `folder-${name.slice(0, 4)}`, `file-${name}.bin`);
    if (index % filesInFolder === 0) mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, 'w');
    for (let at = 0; at < tree.bytes; at += pieceBytes)
      writeSync(descriptor, patternBytes(Math.min(pieceBytes, tree.bytes - at), index + at + 1));
    closeSync(descriptor);
  }
}

export async function fetchAll({ objects }: Place, prefix: string, into: string): Promise<void> {
  const keys = await objects.keys(prefix);
  const fetchOne = async (key: string): Promise<void> => {
    const path = join(into, key);
    await mkdir(dirname(path), { recursive: true });
    await objects.fetch(`${prefix}${key}`, path);
  };
  await runLimited(
    keys.filter((key) => !isOwn(key) && !key.endsWith('/')),
    16,
    fetchOne,
    signal,
  );
}

/** Throws where a file differs or is missing. */
export async function sameTrees(one: string, other: string): Promise<void> {
  await promisify(execFile)('diff', ['-r', '--exclude=.driftless', one, other]);
}

export async function forgetRemote(
  { objects }: Place,
  prefix: string,
  which: (key: string) => boolean,
): Promise<void> {
  const keys = (await objects.keys(prefix)).filter(which);
  await runLimited(keys, 16, (key) => objects.remove(`${prefix}${key}`), signal);
}

export type Bench = {
  readonly place: Place;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly onRun: (run: Run) => void;
};

export type Work = {
  readonly name: string;
  readonly tree: Tree;
  readonly delayMs: number;
  /** Without the downloads. */
  readonly isOneWay?: boolean;
};

/** Who begins changes from round to round, so that what comes after another is not always the same one. */
function* turns({ contenders, rounds }: Bench, { tree }: Work): Iterable<Contender> {
  for (let round = 0; round < rounds; round += 1)
    for (let index = 0; index < contenders.length; index += 1) {
      const one = contenders[(index + round) % contenders.length];
      if (one !== undefined && (round === 0 || one.who !== slowest || tree.files === 1)) yield one;
    }
}

async function timed(bench: Bench, work: Work, cost: () => Promise<Cost>): Promise<Cost> {
  await bench.place.delay?.(work.delayMs);
  try {
    return await cost();
  } finally {
    await bench.place.delay?.(0);
  }
}

/** Up, then again with nothing changed, then down, each by everyone; what is below the prefix is fetched and compared. */
export async function benchTree(bench: Bench, work: Work): Promise<void> {
  const { place, onRun } = bench;
  const source = join(place.work, work.tree.name);
  mkdirSync(source, { recursive: true });
  makeTree(source, work.tree);
  for (const one of turns(bench, work)) {
    const prefix = `${work.tree.name}-up/`;
    one.forget(source);
    await forgetRemote(place, prefix, () => true);
    const up = await timed(bench, work, () => measure(one.up(source, prefix)));
    onRun({ what: `${work.name} up`, who: one.who, ...up });
    const { again } = one;
    if (again !== null && work.delayMs === 0) {
      const cost = await timed(bench, work, () => measure(again(source, prefix)));
      onRun({ what: `${work.name} unchanged`, who: one.who, ...cost });
    }
    const arrived = join(place.work, 'arrived');
    mkdirSync(arrived);
    await fetchAll(place, prefix, arrived);
    await sameTrees(source, arrived);
    await rm(arrived, { recursive: true });
    one.forget(source);
  }
  if (work.isOneWay !== true) await benchDown(bench, work, source);
  rmSync(source, { recursive: true });
}

async function benchDown(bench: Bench, work: Work, source: string): Promise<void> {
  const { place, onRun } = bench;
  const prefix = `${work.tree.name}-up/`;
  for (const one of turns(bench, work)) {
    const target = join(place.work, 'target');
    mkdirSync(target);
    one.forget(target);
    await forgetRemote(place, prefix, isOwn);
    const down = await timed(bench, work, () => measure(one.down(target, prefix)));
    onRun({ what: `${work.name} down`, who: one.who, ...down });
    await sameTrees(source, target);
    await rm(target, { recursive: true });
  }
}

/** What a start costs: nothing to do, and a look at a small folder in which nothing changed. */
export async function benchStart(bench: Bench, cli: string): Promise<void> {
  const { place, onRun, rounds } = bench;
  const version = {
    program: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', cli, '--version'],
  };
  for (let round = 0; round < rounds * 3; round += 1)
    onRun({ what: 'driftless --version', who: 'driftless', ...(await measure(version)) });
  const source = join(place.work, 'start');
  makeTree(source, { name: 'start', files: 300, bytes: 4096 });
  writeFileSync(join(source, 'last.txt'), 'the last one');
  const [ours, ...others] = bench.contenders;
  for (const one of [ours, ...others]) {
    if (one?.again === undefined || one.again === null) continue;
    const prefix = 'start/';
    one.forget(source);
    await forgetRemote(place, prefix, () => true);
    await measure(one.up(source, prefix));
    const times = one.who === slowest ? 1 : rounds * 3;
    for (let round = 0; round < times; round += 1)
      onRun({ what: '300 files unchanged', who: one.who, ...(await measure(one.again(source, prefix))) });
    one.forget(source);
  }
  rmSync(source, { recursive: true });
}
