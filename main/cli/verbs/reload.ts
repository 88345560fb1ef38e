// `driftless reload`: the running engine reads its settings again.
import { z } from 'zod';
import type { CliIo } from '../io.ts';
import { askEngine } from '../../control/socket.ts';
import { unknownAnswer, valueOfAnswer } from '../../control/answer.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { usage } from '../../control/usage-error.ts';

const valueSchema = z.object({ changed: z.boolean() });

/** Throws SyncError config-invalid: then the engine runs on by the settings that it had. */
export async function runReload(io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  const raw = await askEngine(io.home, { name: 'reload', input: {} }, signal);
  if (raw === null) throw usage('Driftless is not running here; start it with "driftless serve"');
  const parsed = valueSchema.safeParse(valueOfAnswer(raw));
  if (!parsed.success) throw unknownAnswer();
  const { changed } = parsed.data;
  io.print(
    { ok: true, changed },
    changed ? 'The settings are in use.' : 'The settings had not changed; nothing was restarted.',
  );
  return exitCodes.ok;
}
