// The published schema of the settings, as an editor shows it.
import { expect, test } from 'vitest';
import { configSchemaText } from '../../build/config-schema.ts';

test('the published schema describes every field', () => {
  const bare: string[] = [];
  JSON.parse(configSchemaText(), (_key, value: unknown) => {
    const fields: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'properties') : null;
    for (const [name, field] of Object.entries(fields ?? {}))
      if (!/"(?:description|const)":/.test(JSON.stringify(field, ['description', 'const']))) bare.push(name);
    return value;
  });
  expect(bare).toEqual([]);
});
