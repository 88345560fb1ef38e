// Secrets port on the system keychain: stores ciphertext only, refuses insecure back ends.
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SafeStorage } from 'electron';
import { SyncError } from '../core/model/errors.ts';
import type { Secrets } from '../ports/secrets.port.ts';
import type { SealedStore } from './desktop-settings.ts';

/** Prefix of data that Chromium sealed with its built-in password, which is the same on every machine (Linux only). */
const HARDCODED_PASSWORD_PREFIX = 'v10';

const refusedBackends: readonly string[] = ['basic_text', 'unknown'];

/** Works after Electron is ready. Every call checks the back end again: a keyring can be locked or vanish at run time. */
export function createElectronSecrets(
  safeStorage: SafeStorage,
  store: SealedStore,
  platform: NodeJS.Platform,
): Secrets {
  return {
    async read(key, signal) {
      const sealed = store.get(key);
      if (sealed === null) return null;
      await requireKeychain(safeStorage, platform);
      signal.throwIfAborted();
      const opened = await unseal(safeStorage, Buffer.from(sealed, 'base64'));
      if (opened.shouldReEncrypt)
        await writeSealed(opened.result, key, signal, () => store.get(key) === sealed);
      return opened.result;
    },
    async write(key, value, signal) {
      await requireKeychain(safeStorage, platform);
      await writeSealed(value, key, signal);
    },
    remove(key, signal) {
      signal.throwIfAborted();
      store.delete(key);
      syncFolder(store.path);
      return Promise.resolve();
    },
  };

  /** @param isWanted asked when the value is sealed: what was read must not undo a write or a removal of meanwhile */
  async function writeSealed(
    value: string,
    key: string,
    signal: AbortSignal,
    isWanted: () => boolean = () => true,
  ): Promise<void> {
    const sealed = await seal(safeStorage, value);
    if (platform === 'linux' && sealed.subarray(0, 3).toString('latin1') === HARDCODED_PASSWORD_PREFIX) {
      throw unsafe('the system has no keychain that protects secrets (sealed with a fixed password)');
    }
    signal.throwIfAborted();
    if (!isWanted()) return;
    store.set(key, sealed.toString('base64'));
    syncFolder(store.path);
  }
}

async function requireKeychain(safeStorage: SafeStorage, platform: NodeJS.Platform): Promise<void> {
  // Linux alone has back ends that protect nothing; on macOS and Windows the call does not exist.
  if (platform === 'linux') {
    const backend = safeStorage.getSelectedStorageBackend();
    if (refusedBackends.includes(backend)) {
      throw unsafe(
        `the system's keychain is "${backend}", which protects nothing; start GNOME Keyring or KWallet`,
      );
    }
  }
  if (!(await safeStorage.isAsyncEncryptionAvailable())) {
    throw new SyncError({
      code: 'secrets-unavailable',
      retry: 'backoff',
      scope: 'account',
      message: 'the system keychain is locked or not available',
    });
  }
}

async function seal(safeStorage: SafeStorage, value: string): Promise<Buffer> {
  try {
    return await safeStorage.encryptStringAsync(value);
  } catch (cause) {
    throw unavailable('the system keychain did not seal the secret', cause);
  }
}

async function unseal(
  safeStorage: SafeStorage,
  sealed: Buffer,
): Promise<{ readonly result: string; readonly shouldReEncrypt: boolean }> {
  try {
    return await safeStorage.decryptStringAsync(sealed);
  } catch (cause) {
    throw unavailable('the system keychain did not open the secret', cause);
  }
}

/** The store fsyncs the file and renames it; the rename itself is durable only with its folder. Windows has no such call. */
function syncFolder(file: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function unavailable(message: string, cause: unknown): SyncError {
  return new SyncError({ code: 'secrets-unavailable', retry: 'backoff', scope: 'account', message, cause });
}

function unsafe(message: string): SyncError {
  return new SyncError({ code: 'secrets-unsafe', retry: 'slow', scope: 'account', message });
}
