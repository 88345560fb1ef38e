// A home with one pair at the bench's store, and its app.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App } from '../../main/compose/app.ts';
import { tempFolder } from './temp.ts';
import { unsignedToken } from './unsigned-token.ts';

/** The pair is `docs`, below `p/` of the bucket `docs`. */
export async function homeAt(endpoint: string): Promise<string> {
  const room = await tempFolder();
  const [home, folder, tokenFile] = [join(room, 'home'), join(room, 'folder'), join(room, 'token')];
  await mkdir(home, { mode: 0o700 });
  await mkdir(folder);
  const issuer = `${endpoint}/issuer`;
  await writeFile(tokenFile, unsignedToken({ iss: issuer, aud: 'app', sub: 'alice' }), { mode: 0o600 });
  const account = {
    ...{ id: 'work', issuer, clientId: 'app', scopes: 'openid', region: 'us-east-1', development: true },
    identity: { kind: 'token-file', path: tokenFile },
    exchange: {
      kind: 'web-identity',
      roleArn: 'arn:aws:iam::000000000000:role/app',
      stsEndpoint: endpoint,
      durationSeconds: 3600,
    },
    s3Endpoint: endpoint,
    forcePathStyle: true,
  };
  const pair = { id: 'docs', account: 'work', folder, bucket: 'docs', prefix: 'p/', mode: 'two-way' };
  await writeFile(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs: [pair] }));
  return home;
}

export function onePassApp(home: string, signal: AbortSignal): Promise<App> {
  return composeApp(
    {
      ...{ home, secrets: new FileSecrets(join(home, 'secrets')), launch: () => Promise.resolve() },
      ...{ writeLog: () => undefined, logLevel: 'error', isPackaged: false, version: '0.1.0' },
      ...{ env: {}, isOnePass: true },
    },
    signal,
  );
}
