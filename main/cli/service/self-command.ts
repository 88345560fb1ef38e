// The command that starts this very program again, for files of others that name it.
import { isAbsolute } from 'node:path';

/** Node and its script, or the installed program. */
export function selfCommand(): readonly string[] {
  const script = process.argv[1];
  return script === undefined || !isAbsolute(script) ? [process.execPath] : [process.execPath, script];
}
