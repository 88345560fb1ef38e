// What the command line prints with --json has the published shapes, so that a script written against docs/schemas works.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { outputSchemaTexts } from '../../build/output-schemas.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { CliEnd } from '../support/driftless-cli.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'schemas');

/** What is wrong with the one JSON value on stdout; empty when it is as published. */
async function faultsOf(name: string, ended: CliEnd): Promise<readonly string[]> {
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(1);
  const schema = JSON.parse(await readFile(join(folder, `${name}.schema.json`), 'utf8')) as object;
  const check = new Ajv2020({ allErrors: true, strict: false }).compile(schema);
  check(JSON.parse(lines[0] ?? ''));
  return (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

test('the published schemas are current', async () => {
  const texts = outputSchemaTexts();
  expect((await readdir(folder)).sort()).toEqual([...texts.keys()].sort());
  for (const [name, text] of texts)
    expect(await readFile(join(folder, name), 'utf8'), 'run: node build/output-schemas.ts').toBe(text);
});

test('plan, sync, status and errors come in the published shapes', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const refused = await device.cli(['sync', '--once', '--json']);
  expect(await faultsOf('sync', refused)).toEqual([]);
  expect(await faultsOf('error', await device.cli(['status', '--json', '--nope']))).toEqual([]);
  expect(await faultsOf('status', await device.cli(['status', '--json']))).toEqual([]);

  await device.signIn('alice');
  for (let index = 0; index < 12; index += 1)
    await device.write(`f/${String(index)}.txt`, `file ${String(index)}`);
  const planned = await device.cli(['plan', '--json']);
  expect(await faultsOf('plan', planned)).toEqual([]);
  expect(planned.stdout).toContain('"op":"upload"');
  const first = await device.cli(['sync', '--once', '--json']);
  expect(first.code).toBe(0);
  expect(await faultsOf('sync', first)).toEqual([]);

  await rm(join(device.folder, 'f'), { recursive: true });
  const guarded = await device.cli(['sync', '--once', '--json']);
  expect(guarded.code).toBe(3);
  expect(await faultsOf('sync', guarded)).toEqual([]);
  const { pairs } = JSON.parse(guarded.stdout) as { pairs: { guards: { id: string }[] }[] };
  const id = pairs[0]?.guards[0]?.id ?? '';
  expect(guarded.stderr).toContain(`--approve ${id}`);
  const approved = await device.cli(['sync', '--once', '--json', '--approve', id]);
  expect(approved.code).toBe(0);
  expect(await faultsOf('sync', approved)).toEqual([]);

  await device.write('again.txt', 'again');
  await device.serve();
  await device.cli(['status', '--wait', 'idle']);
  const status = await device.cli(['status', '--json']);
  expect(status.code).toBe(0);
  expect(await faultsOf('status', status)).toEqual([]);
});
