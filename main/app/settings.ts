// Settings of the app: read for the snapshot, changed one by one.
import type { Conditions } from '../core/conditions.ts';
import type { LimitsConfig } from '../core/config/config.ts';
import type { LookStore } from '../ports/look.port.ts';
import { failed } from '../../preload/lean/limits.ts';
import type { AppSettings, Commands } from '../../preload/contract.ts';
import { attempt } from './errors.ts';
import { withoutGaps } from './without-gaps.ts';

/** Start at login, where the system offers it. */
export type LoginStart = {
  readonly isOn: () => boolean;
  readonly set: (isOn: boolean) => void;
  /** Where the system is asked: after its answer to the last `set`; false if it gave none. */
  readonly applied?: () => Promise<boolean>;
};

export type CommandLineView = Exclude<AppSettings['commandLine'], null>;

/** The command line that was packed beside the app. `install` and `remove` are false where another program's file is there. */
export type CommandLineTool = {
  readonly view: () => CommandLineView;
  readonly install: () => Promise<boolean>;
  readonly remove: () => Promise<boolean>;
  /** Copies the command line again where an AppImage has been updated since. */
  readonly renew: () => Promise<void>;
};

export type SettingsParts = {
  readonly look: LookStore;
  /** Limits of all folders of an account together; durable, and in effect, when `write` resolves. */
  readonly limits: {
    read(): LimitsConfig;
    write(change: (present: LimitsConfig) => LimitsConfig, signal: AbortSignal): Promise<void>;
  };
  /** Of all accounts: an address, `direct`, or null for what system and environment say. In effect when `write` resolves. */
  readonly proxy: {
    read(): string | null;
    write(proxy: string | null, signal: AbortSignal): Promise<void>;
  };
  /** Power and network; `onSettings` lets a changed setting take effect at once. */
  readonly conditions: {
    readonly current: () => Conditions;
    readonly onSettings: () => void;
    onChange(listener: () => void): () => void;
  };
  /** Null where it cannot be set (a server, a checkout). */
  readonly login: LoginStart | null;
  /** Null where none was packed (a server, a checkout, macOS). */
  readonly commandLine: CommandLineTool | null;
};

export function settingsView(parts: SettingsParts): AppSettings {
  const { look, limits, proxy, conditions, login, commandLine } = parts;
  return {
    ...look.read(),
    ...conditions.current(),
    ...limitsView(limits.read()),
    proxy: proxy.read(),
    startAtLogin: login?.isOn() ?? null,
    commandLine: commandLine?.view() ?? null,
  };
}

export function settingsCommand(parts: SettingsParts, onChange: () => void): Commands['changeSettings'] {
  return ({ uploadLimit, downloadLimit, timetable, proxy, startAtLogin, commandLine, ...look }, signal) =>
    attempt(async () => {
      if (startAtLogin !== undefined) {
        if (parts.login === null) return failed('not-supported');
        parts.login.set(startAtLogin);
        if ((await parts.login.applied?.()) === false) return failed('not-supported');
      }
      if (commandLine !== undefined && !(await putCommandLine(parts.commandLine, commandLine)))
        return failed('not-supported');
      const limits = withoutGaps({ uploadLimit, downloadLimit, timetable });
      if (Object.keys(limits).length > 0)
        await parts.limits.write((present) => limitsOf({ ...limitsView(present), ...limits }), signal);
      if (proxy !== undefined) await parts.proxy.write(proxy, signal);
      if (Object.keys(look).length > 0) parts.look.write(withoutGaps(look));
      if (look.pauseOnBattery !== undefined || look.pauseOnMetered !== undefined)
        parts.conditions.onSettings();
      onChange();
      return { ok: true, value: null };
    });
}

function putCommandLine(tool: CommandLineTool | null, wanted: 'install' | 'remove'): Promise<boolean> {
  if (tool === null) return Promise.resolve(false);
  return wanted === 'install' ? tool.install() : tool.remove();
}

type LimitsView = Pick<AppSettings, 'uploadLimit' | 'downloadLimit' | 'timetable'>;

function limitsView({ uploadBytesPerSecond, downloadBytesPerSecond, timetable }: LimitsConfig): LimitsView {
  return {
    uploadLimit: uploadBytesPerSecond ?? null,
    downloadLimit: downloadBytesPerSecond ?? null,
    timetable: timetable ?? null,
  };
}

function limitsOf({ uploadLimit, downloadLimit, timetable }: LimitsView): LimitsConfig {
  return {
    ...(uploadLimit === null ? {} : { uploadBytesPerSecond: uploadLimit }),
    ...(downloadLimit === null ? {} : { downloadBytesPerSecond: downloadLimit }),
    ...(timetable === null ? {} : { timetable }),
  };
}
