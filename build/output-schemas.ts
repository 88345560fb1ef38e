// `node build/output-schemas.ts`: writes docs/schemas/, the JSON Schemas of `--json` output.
import { mkdir, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { snapshotSchema } from '../preload/contract.ts';
import { verbSchemas } from './verb-schemas.ts';

const count = z.number().int().nonnegative();

const errorSchema = z.strictObject({
  code: z.string().describe('A word for scripts; it stays the same when the message changes'),
  pair: z.string().nullable(),
  path: z.string().nullable(),
  retryAt: z.string().nullable().describe('ISO 8601, where Driftless tries again by itself'),
  message: z.string().describe('One line for people'),
});

const opSchema = z.strictObject({
  op: z.enum([
    'adopt',
    'download',
    'forget',
    'hash-local',
    'identify-remote',
    'make-local-folder',
    'make-remote-folder',
    'move-local',
    'move-remote',
    'remove-local',
    'remove-local-folder',
    'remove-remote',
    'remove-remote-folder',
    'set-aside',
    'upload',
  ]),
  path: z.string(),
  from: z.string().optional().describe('Of a move: the old path; of set-aside: the name of the other copy'),
  reason: z.string(),
  bytes: count,
});

const guardSchema = z.strictObject({
  id: z.string().describe('For answer, and for sync --approve; stands for the versions that would be lost'),
  kind: z.string(),
  counts: z.strictObject({
    removals: count,
    replacements: count,
    conflicts: count,
    total: count,
    done: count.describe('How many of them were done before the question was asked'),
    doneReplacements: count
      .optional()
      .describe('How many of the done ones were replacements; left out where none was'),
  }),
  examples: z.array(z.string()),
});

const counts = z.record(z.string(), count).describe('How many ops of each kind');
const failedPair = z.strictObject({ pair: z.string(), ok: z.literal(false), error: errorSchema });

const syncSchema = z.strictObject({
  ok: z.boolean().describe('True only where every pair is in sync'),
  error: errorSchema.optional().describe('The first error that stopped a pair'),
  pairs: z.array(
    z.union([
      z.strictObject({
        pair: z.string(),
        ok: z.boolean(),
        inSync: z.boolean(),
        ops: z.array(opSchema),
        counts,
        guards: z.array(guardSchema),
        problems: z.array(
          z.strictObject({ path: z.string(), code: z.string(), retryAt: z.string().nullable() }),
        ),
        notices: z.array(z.string()),
        leftOutByDefault: z.int().nonnegative(),
      }),
      failedPair,
    ]),
  ),
});

const planSchema = z.strictObject({
  ok: z.boolean(),
  error: errorSchema
    .optional()
    .describe('Of several pairs, the first that could not be looked at; `pairs` has the others'),
  pairs: z.array(
    z.strictObject({ pair: z.string(), ops: z.array(opSchema), counts, guards: z.array(guardSchema) }),
  ),
});

const pairShape = snapshotSchema.unwrap().shape.pairs.unwrap().element.unwrap().shape;

const statusSchema = z.union([
  z.object({ running: z.literal(true), pid: count.nullable(), ...snapshotSchema.unwrap().shape }),
  z.object({
    running: z.literal(false),
    pid: z.null(),
    accounts: snapshotSchema.unwrap().shape.accounts,
    pairs: z.array(
      z.strictObject({
        id: z.string(),
        state: z.literal('stopped'),
        counts: pairShape.counts,
        lastInSyncAtMs: pairShape.lastInSyncAtMs.describe('From the records of an earlier run'),
        guards: pairShape.guards,
        problemCount: count,
      }),
    ),
  }),
]);

const schemas = {
  error: z.strictObject({ ok: z.literal(false), error: errorSchema }),
  plan: planSchema,
  status: statusSchema,
  sync: syncSchema,
  ...verbSchemas,
};

/** File name to text; a test holds the files to it, and what the program prints to the files. */
export function outputSchemaTexts(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      const $id = `https://driftless.example/schemas/${name}.schema.json`;
      const published = z.toJSONSchema(schema, { io: 'output', target: 'draft-2020-12' });
      return [
        `${name}.schema.json`,
        `${JSON.stringify({ $id, title: `driftless --json: ${name}`, ...published }, null, 2)}\n`,
      ];
    }),
  );
}

if (import.meta.main) {
  const folder = new URL('../docs/schemas/', import.meta.url);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of outputSchemaTexts()) await writeFile(new URL(name, folder), text);
}
