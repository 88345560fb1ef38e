/** Holds what the command line prints with --json to the published schemas. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { CliEnd } from './driftless-cli.ts';

export const schemaFolder = join(import.meta.dirname, '..', '..', 'docs', 'schemas');

/** What is wrong with the one JSON value on stdout; empty when it is as published. */
export async function faultsOf(name: string, ended: CliEnd): Promise<readonly string[]> {
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  expect(lines, ended.stderr).toHaveLength(1);
  const schema = JSON.parse(await readFile(join(schemaFolder, `${name}.schema.json`), 'utf8')) as object;
  const check = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  check(JSON.parse(lines[0] ?? ''));
  return (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
