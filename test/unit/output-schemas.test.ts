// The published schemas of what verbs print, beside what the program declares.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outputSchemaTexts } from '../../build/output-schemas.ts';
import { schemaFolder as folder } from '../support/output-shapes.ts';

test('the published schemas are current', async () => {
  const texts = outputSchemaTexts();
  expect((await readdir(folder)).sort()).toEqual([...texts.keys()].sort());
  for (const [name, text] of texts)
    expect(await readFile(join(folder, name), 'utf8'), 'run: node build/output-schemas.ts').toBe(text);
});
