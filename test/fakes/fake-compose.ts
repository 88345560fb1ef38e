// Stands in for `main/compose/desktop.ts` in the bundle of the boot test: hands the shell whatever engine the test has set.
import type { ComposeDesktop } from '../../main/app/desktop-app.ts';

type Slot = { composeDesktop?: ComposeDesktop };

const slots: Record<symbol, Slot> = globalThis;
const slot = (slots[Symbol.for('driftless.fake-compose')] ??= {});

/** Called by the test; the bundle has a copy of this module of its own, so the two meet on the global symbol. */
export function setComposeDesktop(compose: ComposeDesktop): void {
  slot.composeDesktop = compose;
}

/** What the bundle's entry imports once `main/compose/desktop.ts` is swapped for this file. @public */
export const composeDesktop: ComposeDesktop = (services, signal) => {
  if (slot.composeDesktop === undefined) throw new Error('the test has set no engine');
  return slot.composeDesktop(services, signal);
};
