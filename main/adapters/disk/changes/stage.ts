// Names of staged files beside their target, if our own folder cannot be used.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const stagePrefix = '.driftless-tmp-';

/** A name beside the one that a file is to get, where it cannot be staged in our own folder. Never listed, never synced. */
export function stagePath(parent: string): string {
  return join(parent, `${stagePrefix}${randomBytes(16).toString('hex')}`);
}

/** Names that `stagePath` makes: what a crash leaves of one is ours. */
export function isStageName(name: string): boolean {
  return name.startsWith(stagePrefix) && /^[0-9a-f]{32}$/u.test(name.slice(stagePrefix.length));
}

/** `path` as another process can follow it: `/proc/self`, by which a held folder is reached, would lead into that process. */
export function pathForOthers(path: string): string {
  return path.startsWith('/proc/self/')
    ? `/proc/${String(process.pid)}/${path.slice('/proc/self/'.length)}`
    : path;
}
