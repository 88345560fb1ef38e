// `driftless service`: makes `serve` a service of this user, which starts at sign-in (systemd, launchd, Task Scheduler).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { findEngine } from '../../adapters/system/engine-lock.ts';
import { windowsProgram } from '../../core/windows-program.ts';
import type { CliIo } from '../io.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { selfCommand } from '../service/self-command.ts';
import { launchdAgent, launchdLabel, scheduledTask, systemdUnit } from '../service/service-files.ts';
import type { ServiceCommand } from '../service/service-files.ts';
import { usage } from '../../control/usage-error.ts';

export type InstallOptions = {
  /** False: `serve --no-page`. */
  readonly page: boolean;
  /** Prints the text instead of writing it. */
  readonly print?: boolean;
};

/** How one kind of system keeps services. */
type Kind = {
  readonly name: 'systemd' | 'launchd' | 'task-scheduler';
  readonly file: string;
  readonly text: (command: ServiceCommand) => string;
  readonly start: readonly (readonly string[])[];
  readonly stop: readonly (readonly string[])[];
};

const unitName = 'driftless.service';

function kindHere(home: string): Kind {
  switch (process.platform) {
    case 'darwin': {
      const file = join(homedir(), 'Library', 'LaunchAgents', `${launchdLabel}.plist`);
      const domain = `gui/${String(process.getuid?.() ?? 0)}`;
      return {
        name: 'launchd',
        file,
        text: launchdAgent,
        start: [['launchctl', 'bootstrap', domain, file]],
        stop: [['launchctl', 'bootout', `${domain}/${launchdLabel}`]],
      };
    }
    case 'win32': {
      const file = join(home, 'driftless-task.xml');
      const program = windowsProgram('schtasks', process.env);
      return {
        name: 'task-scheduler',
        file,
        text: scheduledTask,
        start: [[program, '/create', '/tn', 'Driftless', '/xml', file, '/f']],
        stop: [[program, '/delete', '/tn', 'Driftless', '/f']],
      };
    }
    default:
      return {
        name: 'systemd',
        file: join(userUnits(), unitName),
        text: systemdUnit,
        start: [
          ['systemctl', '--user', 'daemon-reload'],
          ['systemctl', '--user', 'enable', '--now', unitName],
        ],
        stop: [['systemctl', '--user', 'disable', '--now', unitName]],
      };
  }
}

function userUnits(): string {
  const config = process.env['XDG_CONFIG_HOME'];
  const base = config !== undefined && isAbsolute(config) ? config : join(homedir(), '.config');
  return join(base, 'systemd', 'user');
}

/** Writes the service's file and starts it. Where the service manager does not answer, the file stays and the words say what to run. */
export function runServiceInstall(io: CliIo, options: InstallOptions): ExitCode {
  const kind = kindHere(io.home);
  const log = kind.name === 'systemd' ? ['--log-file', '-'] : [];
  const text = textOf(kind, [
    ...selfCommand(),
    'serve',
    ...(options.page ? [] : ['--no-page']),
    ...log,
    '--home',
    resolve(io.home),
  ]);
  if (options.print === true) {
    io.print({ ok: true, kind: kind.name, file: kind.file, text }, text.trimEnd());
    return exitCodes.ok;
  }
  mkdirSync(dirname(kind.file), { recursive: true });
  writeFileSync(kind.file, text, { mode: 0o644 });
  const failure = runAll(kind.start);
  const linger =
    kind.name === 'systemd' ? ' So that it runs while you are not logged in: "loginctl enable-linger".' : '';
  io.print(
    { ok: failure === null, kind: kind.name, file: kind.file, started: failure === null },
    failure === null ? `Installed as ${kind.file} and started.${linger}` : '',
  );
  if (failure === null) return exitCodes.ok;
  io.say(`driftless: ${kind.file} is written, but ${failure}; ${byHand(failure, kind.start)}`);
  return exitCodes.failed;
}

function textOf(kind: Kind, command: ServiceCommand): string {
  try {
    return kind.text(command);
  } catch (error) {
    if (error instanceof RangeError) throw usage(error.message);
    throw error;
  }
}

/** Settings, state and files stay. */
export function runServiceUninstall(io: CliIo): ExitCode {
  const kind = kindHere(io.home);
  if (!existsSync(kind.file)) {
    io.print({ ok: true, kind: kind.name, file: kind.file, removed: false }, 'There is no service of yours.');
    return exitCodes.ok;
  }
  const failure = runAll(kind.stop);
  rmSync(kind.file);
  io.print(
    { ok: failure === null, kind: kind.name, file: kind.file, removed: true },
    failure === null ? `Stopped, and ${kind.file} removed.` : '',
  );
  if (failure === null) return exitCodes.ok;
  io.say(`driftless: ${kind.file} is removed, but ${failure}; ${byHand(failure, kind.stop)}`);
  return exitCodes.failed;
}

/** 0 where the service is there and its engine runs, else 1. */
export function runServiceStatus(io: CliIo): ExitCode {
  const kind = kindHere(io.home);
  const installed = existsSync(kind.file);
  const pid = findEngine(io.home)?.pid ?? null;
  io.print(
    {
      ok: installed && pid !== null,
      kind: kind.name,
      file: kind.file,
      installed,
      running: pid !== null,
      pid,
    },
    `${installed ? `installed as ${kind.file}` : 'not installed'}; ${pid === null ? 'no engine runs' : `the engine runs (pid ${String(pid)})`}`,
  );
  return installed && pid !== null ? exitCodes.ok : exitCodes.failed;
}

/** Null, or what went wrong first. */
function runAll(commands: readonly (readonly string[])[]): string | null {
  for (const [program = '', ...args] of commands) {
    const ended = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (ended.error !== undefined) return `${program} could not be run (${ended.error.message})`;
    if (ended.status !== 0)
      return `${program} failed: ${ended.stderr.trim().split('\n')[0] ?? String(ended.status)}`;
  }
  return null;
}

/** systemd has a bus for each user with a session. After `su` or `sudo` there is none, and the same commands would fail again. */
function byHand(failure: string, commands: readonly (readonly string[])[]): string {
  const words = commands.map((each) => each.join(' ')).join(' && ');
  if (!/connect to (?:user scope )?bus/iu.test(failure)) return `run by hand: ${words}`;
  const { username, uid } = userInfo();
  return (
    `this user has no session here, as after su or sudo. Log in as ${username} (ssh), or run once as root: ` +
    `loginctl enable-linger ${username}. Then, as ${username}: ` +
    `export XDG_RUNTIME_DIR=/run/user/${String(uid)} && ${words}`
  );
}
