// Names of staged files beside their target, if our own folder cannot be used.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { isStageName, stagePrefix } from '../../../core/model/path.ts';

const tagKey = 'driftless-stage-tag';

/** One of this process: threads that are started later inherit it. */
const tag = knownTag() ?? newTag();

function knownTag(): string | null {
  const known = getEnvironmentData(tagKey);
  return typeof known === 'string' ? known : null;
}

function newTag(): string {
  const made = randomBytes(8).toString('hex');
  setEnvironmentData(tagKey, made);
  return made;
}

/** A name beside the one that a file is to get, where it cannot be staged in our own folder. Never listed, never synced. */
export function stagePath(parent: string): string {
  return join(parent, `${stagePrefix}${tag}${randomBytes(8).toString('hex')}`);
}

/** A staged file of a process that ended: only a copy, because the source goes after the new name is there. */
export function isStageLeftover(name: string): boolean {
  return isStageName(name) && !name.startsWith(`${stagePrefix}${tag}`);
}

/** `path` as another process can follow it: `/proc/self`, by which a held folder is reached, would lead into that process. */
export function pathForOthers(path: string): string {
  return path.startsWith('/proc/self/')
    ? `/proc/${String(process.pid)}/${path.slice('/proc/self/'.length)}`
    : path;
}
