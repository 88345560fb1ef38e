// Settings of the app itself, in `<home>/app.json`: language, theme, notifications, when it pauses.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LookSettings, LookStore } from '../../ports/look.port.ts';

/** A damaged field falls back by itself: a look must not prevent the start. */
const schema = z.object({
  language: z.enum(['en', 'de']).nullable().catch(null),
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  notifications: z.boolean().catch(true),
  pauseOnBattery: z.boolean().catch(false),
  pauseOnMetered: z.boolean().catch(false),
});

/** By file: while settings are read again, the app that ends and the one that follows have a store each. */
const held = new Map<string, LookSettings>();

export function openLookStore(home: string): LookStore {
  const file = join(home, 'app.json');
  const first = readLook(file);
  held.set(file, first);
  const read = (): LookSettings => held.get(file) ?? first;
  return {
    read,
    write(change) {
      const next = { ...read(), ...change };
      mkdirSync(home, { recursive: true, mode: 0o700 });
      const temporary = `${file}.tmp`;
      writeFileSync(temporary, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, file);
      held.set(file, next);
    },
  };
}

function readLook(file: string): LookSettings {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Missing or unreadable: the defaults.
    return schema.parse({});
  }
}
