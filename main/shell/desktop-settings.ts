// Desktop settings (window bounds, autostart) and sealed secrets, in electron-store files.
import { z } from 'zod';
import ElectronStore from 'electron-store';
import type { IpcMain, Rectangle } from 'electron';

const settingsSchema = z.object({
  bounds: z
    .object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) })
    .nullable()
    .catch(null),
  isMaximized: z.boolean().catch(false),
  autostartProgram: z.string().min(1).nullable().catch(null),
});

export type WindowMemory = { readonly bounds: Rectangle | null; readonly isMaximized: boolean };

export interface DesktopSettings {
  readWindow(): WindowMemory;
  writeWindow(memory: WindowMemory): void;
  /** Path of the program that starts at login; null where none does. */
  readAutostart(): string | null;
  writeAutostart(program: string | null): void;
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
  // An unreadable settings file is reset: window bounds must not prevent the start.
  const store = new ElectronStore<Record<string, unknown>>({
    name: 'desktop',
    cwd: userData,
    configFileMode: 0o600,
    clearInvalidConfig: true,
  });
  const read = () => settingsSchema.parse({ ...store.store });
  return {
    readWindow: () => {
      const { bounds, isMaximized } = read();
      return { bounds, isMaximized };
    },
    readAutostart: () => read().autostartProgram,
    writeAutostart(program) {
      if (read().autostartProgram === program) return;
      if (program === null) store.delete('autostartProgram');
      else store.set('autostartProgram', program);
    },
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

/** electron-store tells any page where its files are; our page does not need it, so the handler is removed. */
export function closeStoreChannel(ipcMain: IpcMain): void {
  ipcMain.removeAllListeners('electron-store-get-data');
}
