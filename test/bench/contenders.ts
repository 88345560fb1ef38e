// Who is measured: Driftless as it is shipped, rclone with 4 and with 64 transfers, and the AWS CLI, as whole processes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryBounds } from '../../main/cli/service/service-files.ts';
import { findProgram } from '../support/programs.ts';
import type { Command } from './measured.ts';
import type { Place } from './stores.ts';

export type Contender = {
  readonly who: string;
  /** Before a run of which nothing may be known. */
  readonly forget: (folder: string) => void;
  readonly up: (folder: string, prefix: string) => Command;
  readonly down: (folder: string, prefix: string) => Command;
  /** Compares both sides of what was sent already; null for a program that cannot. */
  readonly again: ((folder: string, prefix: string) => Command) | null;
  /** Runs until it is ended and sends what is saved meanwhile; missing for a program that cannot. */
  readonly watch?: (folder: string, prefix: string) => Command;
};

function writeHome(place: Place, home: string, folder: string, prefix: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const tokenFile = join(home, 'bench-token');
  const { issuer, clientId, stsEndpoint, roleArn } = place.identity;
  writeFileSync(tokenFile, place.identity.token(), { mode: 0o600 });
  const account = {
    id: 'bench',
    issuer,
    clientId,
    scopes: 'openid',
    identity: { kind: 'token-file', path: tokenFile },
    exchange: {
      kind: 'web-identity',
      roleArn,
      stsEndpoint,
      durationSeconds: 3600,
    },
    region: place.region,
    s3Endpoint: place.endpoint,
    forcePathStyle: true,
    development: true,
  };
  const pair = {
    id: 'bench',
    account: 'bench',
    folder,
    bucket: place.bucket,
    prefix: `${place.prefix}${prefix}`,
    mode: 'two-way',
  };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs: [pair] }));
}

function driftless(place: Place, cli: string): Contender {
  const home = join(place.work, 'home');
  const run = (folder: string, prefix: string, verb: readonly string[]): Command => {
    writeHome(place, home, folder, prefix);
    return {
      program: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', cli, ...verb, '--json', '--home', home],
      env: memoryBounds, // as the installed starter and the service set them
    };
  };
  const sync = (folder: string, prefix: string): Command => run(folder, prefix, ['sync', '--once']);
  return {
    who: 'driftless',
    forget: (folder) => {
      rmSync(home, { recursive: true, force: true });
      rmSync(join(folder, '.driftless'), { recursive: true, force: true });
    },
    up: sync,
    down: sync,
    again: sync,
    watch: (folder, prefix) => run(folder, prefix, ['serve', '--port', '0']),
  };
}

/** Without what would point a client elsewhere. */
function cleanEnvironment(): Record<string, undefined> {
  const names = Object.keys(process.env).filter(
    (name) => /^(AWS|RCLONE|S3)_/u.test(name) || /^(https?|all|no)_proxy$/iu.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function rclone(place: Place, program: string, transfers: number): Contender {
  const conf = join(place.work, 'rclone.conf');
  const lines = [
    '[s3]',
    'type = s3',
    'provider = Other',
    'env_auth = false',
    'force_path_style = true',
    `endpoint = ${place.endpoint}`,
    `region = ${place.region}`,
    `access_key_id = ${place.keys.accessKeyId}`,
    `secret_access_key = ${place.keys.secretAccessKey}`,
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  const run = (verb: string, from: string, to: string): Command => ({
    program,
    args: ['--config', conf, '--retries', '1', '--transfers', String(transfers), verb, from, to],
    env: cleanEnvironment(),
  });
  const remote = (prefix: string): string => `s3:${place.bucket}/${place.prefix}${prefix}`;
  return {
    who: `rclone, ${String(transfers)} transfers`,
    forget: () => undefined,
    up: (folder, prefix) => run('copy', folder, remote(prefix)),
    down: (folder, prefix) => run('copy', remote(prefix), folder),
    again: (folder, prefix) => run('sync', folder, remote(prefix)),
  };
}

function awsCli(place: Place, program: string): Contender {
  const env = {
    ...cleanEnvironment(),
    AWS_CONFIG_FILE: join(place.work, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(place.work, 'no-credentials'),
    AWS_ACCESS_KEY_ID: place.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: place.keys.secretAccessKey,
    AWS_REGION: place.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  };
  const remote = (prefix: string): string => `s3://${place.bucket}/${place.prefix}${prefix}`;
  const run = (verb: readonly string[], from: string, to: string): Command => ({
    program,
    args: ['--endpoint-url', place.endpoint, 's3', ...verb, '--quiet', from, to],
    env,
  });
  return {
    who: 'aws-cli',
    forget: () => undefined,
    up: (folder, prefix) => run(['cp', '--recursive'], folder, remote(prefix)),
    down: (folder, prefix) => run(['cp', '--recursive'], remote(prefix), folder),
    again: (folder, prefix) => run(['sync'], folder, remote(prefix)),
  };
}

/** @param cli the file that users run */
export function contenders(place: Place, cli: string): readonly Contender[] {
  const found = [driftless(place, cli)];
  const rcloneProgram = findProgram('rclone');
  if (rcloneProgram !== null) found.push(rclone(place, rcloneProgram, 4), rclone(place, rcloneProgram, 64));
  const aws = findProgram('aws');
  if (aws !== null) found.push(awsCli(place, aws));
  return found;
}
