// `driftless pair add|rm|ls`: which folder is bound to which part of a bucket.
import { basename, resolve } from 'node:path';
import { freeId } from '../../core/config/free-id.ts';
import { ConfigFile } from '../../adapters/config/file.ts';
import type { CliIo } from '../io.ts';
import { oneLine } from '../io.ts';
import { findEngine } from '../../adapters/system/engine-lock.ts';
import { forgetPause } from '../../adapters/limits/pause-file.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { withHome } from '../terminal/named-command.ts';
import { usage } from '../../control/usage-error.ts';

export type PairAddOptions = {
  readonly id?: string;
  readonly account?: string;
  readonly folder: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly mode: string;
};

function configOf(io: CliIo): ConfigFile {
  return new ConfigFile({ home: io.home, env: process.env });
}

export async function runPairAdd(io: CliIo, options: PairAddOptions, signal: AbortSignal): Promise<ExitCode> {
  const file = configOf(io);
  let id = options.id ?? '';
  const added = await file.addPairRaw(({ accounts, pairs }) => {
    const account = options.account ?? (accounts.length === 1 ? accounts[0]?.id : undefined);
    if (account === undefined) throw usage('name the account with --account');
    const taken = pairs.map((pair): string => pair.id);
    id = options.id ?? freeId(basename(resolve(options.folder)), taken);
    return {
      id,
      account,
      folder: resolve(options.folder),
      bucket: options.bucket,
      ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
      mode: options.mode,
    };
  }, signal);
  const pair = added.pairs.find((one) => one.id === id);
  sayRestart(io);
  io.print(
    { ok: true, pair },
    `${id}: ${oneLine(pair?.folder ?? '')} <-> ${options.bucket}/${oneLine(pair?.prefix ?? '')} (${options.mode})`,
  );
  return exitCodes.ok;
}

export async function runPairRemove(io: CliIo, id: string, signal: AbortSignal): Promise<ExitCode> {
  const file = configOf(io);
  const pair = (await file.load(signal)).pairs.find((one) => one.id === id);
  if (pair === undefined) throw usage(`there is no pair ${JSON.stringify(id)} in the configuration`);
  await file.removePair(pair.id, signal);
  forgetPause(io.home, pair.id);
  sayRestart(io);
  io.print({ ok: true, pair: id }, `${id}: forgotten; the files on both sides stay.`);
  return exitCodes.ok;
}

export async function runPairList(io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  const { pairs } = await configOf(io).load(signal);
  io.print(
    { pairs },
    pairs
      .map(
        (pair) =>
          `${pair.id}: ${oneLine(pair.folder)} <-> ${pair.bucket}/${oneLine(pair.prefix)} (${pair.mode}, account ${pair.account})`,
      )
      .join('\n'),
  );
  return exitCodes.ok;
}

function sayRestart(io: CliIo): void {
  if (findEngine(io.home) !== null)
    io.say(withHome(io.home, 'The running engine reads this at "driftless reload" or its next start.'));
}
