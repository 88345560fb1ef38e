// `driftless config`: proxy of all accounts; certificates and credentials for other programs of each.
import { resolve } from 'node:path';
import { ConfigFile } from '../../adapters/config/file.ts';
import { readAuthorities } from '../../adapters/http/certificates.ts';
import { usage } from '../../control/usage-error.ts';
import type { AppConfig } from '../../core/config/config.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';
import type { ConfigKey } from './config-keys.ts';
import { sayFollowed } from './followed.ts';

export type ConfigChange = {
  readonly key: ConfigKey;
  /** Null goes back to the default. */
  readonly value: string | null;
  readonly account: string | null;
};

export async function runConfigShow(io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  print(io, await fileOf(io).load(signal));
  return exitCodes.ok;
}

export async function runConfigSet(io: CliIo, change: ConfigChange, signal: AbortSignal): Promise<ExitCode> {
  print(io, await write(io, change, signal));
  sayFollowed(io);
  return exitCodes.ok;
}

async function write(
  io: CliIo,
  { key, value, account }: ConfigChange,
  signal: AbortSignal,
): Promise<AppConfig> {
  const file = fileOf(io);
  if (key === 'proxy') {
    if (account !== null) throw usage('--account: the proxy is that of all accounts');
    return file.changeShared({ proxy: value ?? undefined }, signal);
  }
  const id = accountOf(await file.load(signal), account);
  if (key === 'credentials') {
    if (value !== null && value !== 'on' && value !== 'off') throw usage('credentials: it must be on or off');
    return file.changeAccount(id, { credentialsEnabled: value === 'on' ? true : undefined }, signal);
  }
  const caFile = value === null ? undefined : resolve(value);
  if (caFile !== undefined) {
    const { certificates } = await readAuthorities(caFile, signal);
    for (const { name, fingerprint } of certificates)
      io.say(`${id} also trusts: ${oneLine(name)} (SHA-256 ${fingerprint})`);
  }
  return file.changeAccount(id, { caFile }, signal);
}

function fileOf(io: CliIo): ConfigFile {
  return new ConfigFile({ home: io.home, env: process.env });
}

function accountOf({ accounts }: AppConfig, named: string | null): string {
  const ids = accounts.map(({ id }) => id);
  const id = named ?? (ids.length === 1 ? ids[0] : undefined);
  if (id === undefined) throw usage('name the account with --account');
  if (!ids.some((one) => one === id)) throw usage(`there is no account ${JSON.stringify(id)}`);
  return id;
}

function print(io: CliIo, { proxy, accounts }: AppConfig): void {
  const shown = accounts.map(({ id, caFile, credentialsEnabled }) => ({
    account: id,
    caFile,
    credentialsEnabled,
  }));
  io.print(
    { ok: true, proxy: proxy ?? null, accounts: shown },
    [
      `proxy: ${proxy ?? 'as the environment says'}`,
      ...shown.map(
        (one) =>
          `${one.account}: ca-file ${one.caFile === null ? 'none' : oneLine(one.caFile)}, credentials ${one.credentialsEnabled ? 'on' : 'off'}`,
      ),
    ].join('\n'),
  );
}
