// Tells systemd how the service stands (sd_notify(3)), where it runs as a unit of Type=notify.
import { longestTimerMs } from '../../adapters/system/clock.ts';
import { runProgram } from '../../adapters/system/programs/run-program.ts';

export type ServiceManager = {
  /** False outside systemd: nothing is sent. */
  readonly isThere: boolean;
  /** Sends assignments such as `READY=1`; resolves when they are delivered or have failed, and never rejects. */
  notify(...assignments: readonly string[]): Promise<void>;
  /** Begins the watchdog's heartbeat, if systemd asked for one. Returns its end. */
  keepAlive(): () => void;
};

type Environment = Readonly<Record<string, string | undefined>>;

const silent: ServiceManager = {
  isThere: false,
  notify: () => Promise.resolve(),
  keepAlive: () => () => undefined,
};

/**
 * Node has no datagram sockets of the Unix kind, so `systemd-notify`, which comes with systemd, sends the message; the unit
 * therefore says NotifyAccess=all. Outside systemd nothing is sent.
 */
export function serviceManager(env: Environment, onFailure: (why: string) => void): ServiceManager {
  if (env['NOTIFY_SOCKET'] === undefined || env['NOTIFY_SOCKET'] === '') return silent;
  const notify: ServiceManager['notify'] = async (...assignments) => {
    const ran = await runProgram('systemd-notify', assignments);
    if (ran.kind === 'failed') onFailure(ran.why);
  };
  return {
    isThere: true,
    notify,
    keepAlive() {
      const everyMs = heartbeatMs(env, process.pid);
      if (everyMs === null) return () => undefined;
      const timer = setInterval(() => void notify('WATCHDOG=1'), everyMs);
      return () => {
        clearInterval(timer);
      };
    },
  };
}

/** Half of what systemd waits, in milliseconds; null where no watchdog is set for this process (sd_watchdog_enabled(3)). */
export function heartbeatMs(env: Environment, pid: number): number | null {
  const microseconds = Number(env['WATCHDOG_USEC'] ?? '');
  const isOurs = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(pid);
  if (!Number.isInteger(microseconds) || microseconds <= 0 || !isOurs) return null;
  return Math.min(microseconds / 2000, longestTimerMs);
}
