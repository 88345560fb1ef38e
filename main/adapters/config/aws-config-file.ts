// Profile entry in the user's AWS config file: appended only, written atomically.
import { readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { planInstall, planRemoval } from '../../core/config/aws-config.ts';
import type { AwsStanza } from '../../core/config/aws-config.ts';
import { makeInTurn } from '../../core/in-turn.ts';
import { SyncError } from '../../core/model/errors.ts';
import { writeWhole } from './write-whole.ts';

export function awsConfigPath(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['AWS_CONFIG_FILE'];
  return named === undefined || named === '' ? join(homedir(), '.aws', 'config') : named;
}

/** Throws `aws-profile-taken` if the profile exists with other contents. */
export function installStanza(path: string, stanza: AwsStanza): Promise<'added' | 'there'> {
  return inTurn(() => install(path, stanza));
}

/** Each writes the whole file, and would undo a change that it has not read. */
const inTurn = makeInTurn();

async function install(path: string, stanza: AwsStanza): Promise<'added' | 'there'> {
  const real = await realOrSame(path);
  const { text, mode } = await readOrEmpty(real);
  const plan = planInstall(text, inBytes(stanza));
  if (plan.kind === 'there') return 'there';
  if (plan.kind === 'taken') {
    throw new SyncError({
      code: 'aws-profile-taken',
      retry: 'slow',
      scope: 'account',
      message: `${path} has ${plan.section} already; choose another name or remove it yourself`,
    });
  }
  await writeWhole(real, Buffer.from(plan.text, 'latin1'), mode);
  return 'added';
}

/** What the file says of such a profile: `taken` where it has one of that name with other contents. */
export async function readStanza(path: string, stanza: AwsStanza): Promise<'absent' | 'there' | 'taken'> {
  const { text } = await readOrEmpty(await realOrSame(path));
  const plan = planInstall(text, inBytes(stanza));
  return plan.kind === 'append' ? 'absent' : plan.kind;
}

/** Takes out exactly what `installStanza` added; false where the file does not hold it as it was added. */
export function removeStanza(path: string, stanza: AwsStanza): Promise<boolean> {
  return inTurn(() => remove(path, stanza));
}

async function remove(path: string, stanza: AwsStanza): Promise<boolean> {
  const real = await realOrSame(path);
  const { text, mode } = await readOrEmpty(real);
  const rest = planRemoval(text, inBytes(stanza));
  if (rest === null) return false;
  await writeWhole(real, Buffer.from(rest, 'latin1'), mode);
  return true;
}

/** Often a link into a folder of the user's own; the link must stay one. */
async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
}

/** As `readOrEmpty` reads it. */
function inBytes({ command, ...rest }: AwsStanza): AwsStanza {
  return { ...rest, command: command.map((word) => Buffer.from(word, 'utf8').toString('latin1')) };
}

/** A character for each byte: what the file holds in other encodings stays as it is. */
async function readOrEmpty(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    return { text: await readFile(path, 'latin1'), mode: (await stat(path)).mode & 0o777 };
  } catch (error) {
    if (isMissing(error)) return { text: '', mode: 0o600 };
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
