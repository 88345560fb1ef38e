/** Independent clients that read and write a bucket with given credentials: rclone, s3cmd and the AWS CLI. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run } from './programs.ts';
import type { Output } from './programs.ts';
import { makeTempFolder } from './temp.ts';

export type ClientAccess = {
  readonly s3Endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type IndependentClient = {
  /** Runs one command and returns what it said, whatever its exit code. */
  readonly run: (...args: readonly string[]) => Promise<Output>;
  readonly remove: () => Promise<void>;
};

/** What is missing, in words for a skip, or null. */
export function rcloneIsMissing(): string | null {
  return findProgram('rclone') === null ? 'not installed: rclone (Debian: rclone)' : null;
}

/** What is missing, in words for a skip, or null. */
export function awsCliIsMissing(): string | null {
  return findProgram('aws') === null ? 'not installed: aws (Debian: awscli)' : null;
}

/** The remote is called `s3:`, so a path reads `s3:bucket/prefix`. */
export async function rcloneAt(access: ClientAccess): Promise<IndependentClient> {
  const folder = await makeTempFolder('rclone');
  const conf = join(folder.path, 'rclone.conf');
  const lines = [
    '[s3]',
    'type = s3',
    'provider = Other',
    'env_auth = false',
    'force_path_style = true',
    `endpoint = ${access.s3Endpoint}`,
    `region = ${access.region}`,
    `access_key_id = ${access.accessKeyId}`,
    `secret_access_key = ${access.secretAccessKey}`,
    ...(access.sessionToken === undefined ? [] : [`session_token = ${access.sessionToken}`]),
  ];
  await writeFile(conf, `${lines.join('\n')}\n`, { mode: 0o600 });
  return {
    run: (...args) =>
      run('rclone', ['--config', conf, '--retries', '1', ...args], { env: cleanEnvironment() }),
    remove: folder.remove,
  };
}

/** Arguments as on the command line: `run('s3', 'ls', 's3://bucket/prefix/')`. */
export async function awsCliAt(access: ClientAccess): Promise<IndependentClient> {
  const folder = await makeTempFolder('awscli');
  const config = join(folder.path, 'config');
  await writeFile(config, `[default]\nregion = ${access.region}\ns3 =\n  addressing_style = path\n`);
  const env = {
    ...cleanEnvironment(),
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(folder.path, 'credentials'),
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
    AWS_SESSION_TOKEN: access.sessionToken,
    AWS_DEFAULT_REGION: access.region,
    AWS_REGION: access.region,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return {
    run: (...args) => run('aws', ['--endpoint-url', access.s3Endpoint, ...args], { env }),
    remove: folder.remove,
  };
}

/** Without what would point the client elsewhere. AWS_CA_BUNDLE alone makes Debian's rclone fail, even without TLS. */
function cleanEnvironment(): Record<string, undefined> {
  const names = Object.keys(process.env).filter(
    (name) => /^(AWS|RCLONE|S3)_/.test(name) || /^(https?|all|no)_proxy$/i.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** What is missing, in words for a skip, or null. */
export function s3cmdIsMissing(): string | null {
  return findProgram('s3cmd') === null ? 'not installed: s3cmd (Debian: s3cmd)' : null;
}

/** Arguments as on the command line: `run('sync', 'folder/', 's3://bucket/prefix/')`. */
export async function s3cmdAt(access: ClientAccess): Promise<IndependentClient> {
  const folder = await makeTempFolder('s3cmd');
  const conf = join(folder.path, 's3cfg');
  const { host, protocol } = new URL(access.s3Endpoint);
  const lines = [
    '[default]',
    `access_key = ${access.accessKeyId}`,
    `secret_key = ${access.secretAccessKey}`,
    ...(access.sessionToken === undefined ? [] : [`access_token = ${access.sessionToken}`]),
    `bucket_location = ${access.region}`,
    `host_base = ${host}`,
    `host_bucket = ${host}`,
    `use_https = ${protocol === 'https:' ? 'True' : 'False'}`,
    'signature_v2 = False',
  ];
  await writeFile(conf, `${lines.join('\n')}\n`, { mode: 0o600 });
  return {
    run: (...args) => run('s3cmd', ['--config', conf, '--no-progress', ...args], { env: cleanEnvironment() }),
    remove: folder.remove,
  };
}
