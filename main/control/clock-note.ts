// Note on this computer's clock, where services say another time.
import { describeClockOffset, skewWorthTellingMs } from '../core/access/credential-clock.ts';
import type { AccountRuntime } from '../app/account/runtime.ts';

/** A wrong clock blocks no sign-in, but is worth a note: other programs are less tolerant. */
export async function clockNote(account: AccountRuntime, signal: AbortSignal): Promise<string | null> {
  const { clockOffsetMs } = await account.credentials.get(signal);
  if (Math.abs(clockOffsetMs) <= skewWorthTellingMs) return null;
  return `${account.id}: ${describeClockOffset(clockOffsetMs)}; set it right`;
}
