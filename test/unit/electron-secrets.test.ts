// Secrets in the system keychain, sealed again after the exchange of its key.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createElectronSecrets } from '../../main/shell/electron-secrets.ts';
import { tempFolder } from '../support/temp.ts';

type SafeStorage = Parameters<typeof createElectronSecrets>[0];

const { signal } = new AbortController();

/** A keychain whose key was exchanged: each read asks for sealing again, which waits for `finish`. */
async function exchangedKeychain() {
  const sealing = Promise.withResolvers<undefined>();
  const started = Promise.withResolvers<undefined>();
  const safeStorage = {
    getSelectedStorageBackend: () => 'gnome_libsecret',
    isAsyncEncryptionAvailable: () => Promise.resolve(true),
    encryptStringAsync: async (value: string) => {
      started.resolve(undefined);
      if (value === 'old') await sealing.promise;
      return Buffer.from(`new:${value}`);
    },
    decryptStringAsync: (sealed: Buffer) =>
      Promise.resolve({ result: sealed.toString().split(':')[1] ?? '', shouldReEncrypt: true }),
  } as unknown as SafeStorage;
  const values = new Map([['key', Buffer.from('before:old').toString('base64')]]);
  const store = {
    path: join(await tempFolder('sealed'), 'secrets.json'),
    get: (key: string) => values.get(key) ?? null,
    set: (key: string, sealed: string) => void values.set(key, sealed),
    delete: (key: string) => void values.delete(key),
  };
  const stored = (): string | null => {
    const sealed = values.get('key');
    return sealed === undefined ? null : Buffer.from(sealed, 'base64').toString();
  };
  return {
    secrets: createElectronSecrets(safeStorage, store, 'linux'),
    stored,
    started: started.promise,
    finish: () => {
      sealing.resolve(undefined);
    },
  };
}

test('a secret under an exchanged key is sealed again', async () => {
  const { secrets, stored, finish } = await exchangedKeychain();
  finish();
  expect(await secrets.read('key', signal)).toBe('old');
  expect(stored()).toBe('new:old');
});

test('what is written or removed meanwhile stays so', async () => {
  for (const [act, expected] of [
    ['write', 'new:newer'],
    ['remove', null],
  ] as const) {
    const { secrets, stored, started, finish } = await exchangedKeychain();
    const reading = secrets.read('key', signal);
    await started;
    await (act === 'write' ? secrets.write('key', 'newer', signal) : secrets.remove('key', signal));
    finish();
    expect(await reading).toBe('old');
    expect(stored()).toBe(expected);
  }
});
