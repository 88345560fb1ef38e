// Ends this process although calls wait for what never answers, such as a share.
//
// `process.exit` joins the threads of libuv and ours, and such a call keeps its thread: it does not return then.
import { accessSync, constants } from 'node:fs';

const shell = '/bin/sh';

type Stream = { readonly _handle?: { setBlocking?(isBlocking: boolean): unknown } | null };

/**
 * At once, without listeners of `exit`. Where the system can put another program in place of this one, that program is a shell, which ends
 * with `code`; else the process is killed, which a service manager takes for a failure.
 */
export function endProcess(code: number): never {
  // Node would give a pipe back as it was, which others may hold, such as the next program of a script.
  for (const stream of [process.stdin, process.stdout, process.stderr] as readonly Stream[])
    stream._handle?.setBlocking?.(true);
  if (process.platform !== 'win32' && process.execve !== undefined) {
    // Never looks at a folder, which may be on that share.
    process.chdir('/');
    const [program, ...args] = isRun(shell)
      ? [shell, '-c', `exit ${String(code)}`]
      : [process.execPath, '-e', `process.exit(${String(code)})`];
    if (isRun(program)) process.execve(program, [program, ...args], {});
  }
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

/** Asked first, since Node aborts where the system refuses it. */
function isRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
