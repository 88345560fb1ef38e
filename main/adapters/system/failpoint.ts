// Kills this process at a named durable step, for the crash tests; inert in packaged builds.
import type { Failpoint } from '../../ports/failpoint.port.ts';

/** `name` or `name:n` (the n-th time that the step is reached). */
export function makeKillSwitch(setting: string | undefined, isPackaged: boolean): Failpoint {
  if (setting === undefined || setting === '' || isPackaged) return () => undefined;
  const [name = '', nth = '1'] = setting.split(':');
  let left = Number.parseInt(nth, 10);
  return (reached) => {
    if (reached !== name) return;
    left -= 1;
    // SIGKILL, not exit: no handler, no flush, as in a power cut of the process.
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
