// The tries of one command, shared by its sessions of a pair.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { composeApp } from '../../main/compose/app.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { serveLightly } from '../bench/light-http.ts';
import { LightStore } from '../bench/light-store.ts';
import { tempFolder } from '../support/temp.ts';
import { unsignedToken } from '../support/unsigned-token.ts';

const { signal } = new AbortController();

async function homeAt(endpoint: string): Promise<string> {
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

test('a file that used up its tries in one session of a command has a single one in the next', async () => {
  const store = new LightStore();
  let asked = 0;
  const { port, server } = await serveLightly(
    (request) => {
      if (!request.target.includes('/docs/p/broken')) return store.answer(request);
      asked += 1;
      return { status: 500 };
    },
    () => 0,
  );
  onTestFinished(() => void server.close());
  const home = await homeAt(`http://127.0.0.1:${String(port)}`);
  const app = await composeApp(
    {
      ...{ home, secrets: new FileSecrets(join(home, 'secrets')), launch: () => Promise.resolve() },
      ...{ writeLog: () => undefined, logLevel: 'error', isPackaged: false, version: '0.1.0' },
      ...{ env: {}, isOnePass: true },
    },
    signal,
  );
  const triesOfOneSession = async (): Promise<number> => {
    const before = asked;
    const context = await app.openPair('docs', () => undefined, signal);
    try {
      await context.remote.head('p/broken' as ObjectKey, signal);
    } catch (error) {
      expect(isSyncError(error)).toBe(true);
    } finally {
      await context.close();
    }
    return asked - before;
  };
  expect(await triesOfOneSession()).toBe(5);
  expect(await triesOfOneSession()).toBe(1);
});
