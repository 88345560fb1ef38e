// Follows the configuration file by looking at it, which works on every file system; for limits (docs/decisions/0020).
import { stat } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.port.ts';

const everyMs = 5000;

/**
 * Runs until aborted. Tells of each state of the file that differs from the one before, which is `seen` at first; not of a missing file. Where `onChange`
 * rejects, the same state is reported again at the next look.
 */
export async function watchFile(
  path: string,
  {
    clock,
    onChange,
    seen: first,
  }: { readonly clock: Clock; readonly onChange: () => Promise<void>; readonly seen: string | null },
  signal: AbortSignal,
): Promise<void> {
  let known = first;
  for (;;) {
    await clock.sleep(everyMs, signal);
    const seen = await sightOf(path);
    if (seen === null || seen === known) continue;
    try {
      await onChange();
      known = seen;
    } catch {
      // Logged there. The disk or the process may lack something for a moment, which ends nothing.
      signal.throwIfAborted();
    }
  }
}

/** What tells two states of a file apart; null for a missing one. Taken before the file is read, no later change is missed. */
export async function sightOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${String(ino)} ${String(size)} ${String(mtimeNs)}`;
  } catch {
    // Missing or unreadable: nothing to be told of until it is there again.
    return null;
  }
}
