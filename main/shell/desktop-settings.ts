// What the desktop remembers about itself (window bounds, autostart) and the sealed secrets, each in an electron-store file.
import { z } from 'zod';
import ElectronStore from 'electron-store';
import type { IpcMain, Rectangle } from 'electron';

const settingsSchema = z.object({
  bounds: z
    .object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) })
    .nullable()
    .catch(null),
  isMaximized: z.boolean().catch(false),
});

export type WindowMemory = { readonly bounds: Rectangle | null; readonly isMaximized: boolean };

export interface DesktopSettings {
  readWindow(): WindowMemory;
  writeWindow(memory: WindowMemory): void;
}

/** Ciphertext by key, base64. Nothing in it is readable without the keychain. */
export interface SealedStore {
  /** The file the store lives in. */
  readonly path: string;
  get(key: string): string | null;
  set(key: string, sealed: string): void;
  delete(key: string): void;
}

export function openDesktopSettings(userData: string): DesktopSettings {
  // Window bounds are not worth a refusal to start: an unreadable file begins anew.
  const store = new ElectronStore<Record<string, unknown>>({
    name: 'desktop',
    cwd: userData,
    configFileMode: 0o600,
    clearInvalidConfig: true,
  });
  return {
    readWindow: () =>
      settingsSchema.parse({ bounds: store.get('bounds') ?? null, isMaximized: store.get('isMaximized') }),
    writeWindow(memory) {
      store.set({ bounds: memory.bounds, isMaximized: memory.isMaximized });
    },
  };
}

export function openSealedStore(userData: string): SealedStore {
  const store = new ElectronStore<Record<string, unknown>>({
    name: 'secrets',
    cwd: userData,
    configFileMode: 0o600,
    // Keys carry issuer addresses with dots in them; they are names, not paths into an object.
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: true,
  });
  return {
    path: store.path,
    get(key) {
      const value = store.get(key);
      return typeof value === 'string' ? value : null;
    },
    set(key, sealed) {
      store.set(key, sealed);
    },
    delete(key) {
      store.delete(key);
    },
  };
}

/** electron-store answers any page that asks where its files are; nobody of ours asks, so nobody is answered. */
export function closeStoreChannel(ipcMain: IpcMain): void {
  ipcMain.removeAllListeners('electron-store-get-data');
}
