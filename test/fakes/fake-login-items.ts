// A double of the system's login items, after Electron's documentation of them.
import type * as Electron from 'electron';

/** One item by name, as Windows' Run key has it; macOS ignores path and arguments. */
export class FakeLoginItems {
  /** Path of the program that runs now: the default of a path that is not given. */
  program: string;
  /** Null where the app has no item; `isEnabled` is what the user set in the system's settings. */
  item: { path: string; args: readonly string[]; isEnabled: boolean } | null = null;
  /** macOS only. */
  status: Electron.LoginItemSettings['status'] = 'not-registered';
  wasOpenedAtLogin = false;
  writes = 0;

  readonly #platform: 'darwin' | 'win32';

  constructor(program: string, platform: 'darwin' | 'win32' = 'win32') {
    this.program = program;
    this.#platform = platform;
  }
  read({
    path = this.program,
    args = [],
  }: Electron.LoginItemSettingsOptions = {}): Electron.LoginItemSettings {
    const isSameProgram = this.item?.path === path;
    const isSame = isSameProgram && JSON.stringify(this.item?.args) === JSON.stringify(args);
    return {
      openAtLogin: this.#platform === 'darwin' ? this.status === 'enabled' : isSame,
      wasOpenedAtLogin: this.wasOpenedAtLogin,
      status: this.status,
      executableWillLaunchAtLogin: isSameProgram && this.item?.isEnabled === true,
      launchItems: [],
    };
  }
  write({ openAtLogin = false, path = this.program, args = [], enabled = true }: Electron.Settings): void {
    this.writes += 1;
    this.item = openAtLogin ? { path, args, isEnabled: enabled } : null;
    this.status = openAtLogin ? 'enabled' : 'not-registered';
  }
}
