// `node build/config-schema.ts`: writes docs/config.schema.json from the app's own zod schema.
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { configSchema } from '../main/adapters/config/schema.ts';

/** The published text; a test holds the file to it. */
export function configSchemaText(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $id: 'https://driftless.example/config.schema.json', title: 'Driftless config.json', ...schema }, null, 2)}\n`;
}

if (import.meta.main)
  await writeFile(new URL('../docs/config.schema.json', import.meta.url), configSchemaText());
