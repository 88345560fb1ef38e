// Abilities of a store that is probed again while a session is open.
import { expect, test } from 'vitest';
import type { DiskTraits } from '../../main/ports/local-files.port.ts';
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { withProvenRoot } from '../../main/sync/proven-root.ts';
import { withDisk } from '../../main/sync/scan/known-names.ts';

test('what the store was found to honour since holds for the operations of the open session', () => {
  const found = { now: { putIfMatch: true } as EndpointAbilities };
  const given = {
    get abilities() {
      return found.now;
    },
    files: {},
    changes: {},
  } as PairContext;
  const { context } = withProvenRoot(given);
  const folding = withDisk(context, { caseSensitive: false, keepsModes: false } as DiskTraits);
  found.now = { putIfMatch: false } as EndpointAbilities;
  for (const session of [context, folding]) expect(session.abilities.putIfMatch).toBe(false);
});
