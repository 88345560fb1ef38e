// Calls of `node:fs/promises` for what may lie at a share: there they have turns, so that none waits with the last thread.
import * as now from 'node:fs';
import * as fs from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';
import { Places } from './place.ts';
import { libuvThreads, ShareTurns, threadsForShares } from './turns.ts';

/** Of all folders: libuv's threads are the process's. */
export const places = new Places();
const turns = new ShareTurns(threadsForShares(libuvThreads(process.env)));

type Name =
  | 'chmod'
  | 'link'
  | 'lstat'
  | 'lutimes'
  | 'mkdir'
  | 'readdir'
  | 'readFile'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'unlink'
  | 'utimes'
  | 'writeFile';

function at<Value>(path: unknown, call: () => Promise<Value>): Promise<Value> {
  const place = typeof path === 'string' ? places.of(path) : null;
  if (place === null) return call();
  if (typeof place === 'string') return turns.run(place, call);
  return place.then((found) => (found === null ? call() : turns.run(found, call)));
}

/** A thread of ours may wait by itself: turns of its own would know nothing of those of other threads. */
function inTurn<Which extends Name>(name: Which): (typeof fs)[Which] {
  const call = (args: readonly unknown[]): Promise<unknown> =>
    Reflect.apply(fs[name], fs, args) as Promise<unknown>;
  const turned = async (...args: readonly unknown[]): Promise<unknown> =>
    isMainThread ? at(args[0], () => call(args)) : Reflect.apply(now[`${name}Sync`], now, args);
  return turned as (typeof fs)[Which];
}

export const chmod = inTurn('chmod');
export const link = inTurn('link');
export const lstat = inTurn('lstat');
export const lutimes = inTurn('lutimes');
export const mkdir = inTurn('mkdir');
export const readdir = inTurn('readdir');
export const readFile = inTurn('readFile');
export const realpath = inTurn('realpath');
export const rename = inTurn('rename');
export const rm = inTurn('rm');
export const rmdir = inTurn('rmdir');
export const stat = inTurn('stat');
export const statfs = inTurn('statfs');
export const unlink = inTurn('unlink');
export const utimes = inTurn('utimes');
export const writeFile = inTurn('writeFile');

export const open: typeof fs.open = async (path, ...rest) => {
  const place = isMainThread && typeof path === 'string' ? await places.of(path) : null;
  if (place === null) return fs.open(path, ...rest);
  return inTurns(await turns.run(place, () => fs.open(path, ...rest)), place);
};

const handleCalls: ReadonlySet<string | symbol> = new Set<keyof fs.FileHandle>([
  ...(['appendFile', 'chmod', 'close', 'datasync', 'read', 'readFile', 'readv', 'stat', 'sync'] as const),
  ...(['truncate', 'utimes', 'write', 'writeFile', 'writev'] as const),
]);

/** Its calls have turns as well. */
function inTurns(handle: fs.FileHandle, place: string): fs.FileHandle {
  return new Proxy(handle, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
      if (!handleCalls.has(name)) return call;
      return (...args: readonly unknown[]) => turns.run(place, async () => call(...args));
    },
  });
}

/** On this thread: shares have not answered yet. */
export function doCallsWait(): boolean {
  return turns.isBusy;
}

/** For a thread of ours, which syncs by itself what others must not wait for. */
export function isAtShare(descriptor: number): boolean {
  return places.ofDescriptor(descriptor) !== null;
}
