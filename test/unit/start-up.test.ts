// Start-up cost: modules per verb, and compiled code cached in a private folder.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { codeFolder } from '../../main/adapters/system/compiled-code.ts';
import { cacheDirectory } from '../../main/adapters/system/home/data-dir.ts';
import { en } from '../../preload/locales/en.ts';
import { createWords } from '../../preload/locales/lookup.ts';
import { tempFolder } from '../support/temp.ts';

const root = join(import.meta.dirname, '..', '..');

/** All modules loaded before a verb is known: static imports, followed through our own files. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const source = readFileSync(file, 'utf8');
  for (const [, kind = '', from = ''] of source.matchAll(
    /^import (type )?(?:[^'"]*? from )?'([^']+)';$/gmu,
  )) {
    if (kind !== '') continue;
    const path = from.startsWith('.') ? join(dirname(file), from) : from;
    if (seen.has(path)) continue;
    seen.add(path);
    if (from.startsWith('.')) loadedBy(path, seen);
  }
  return seen;
}

test('the command line lists its verbs without loading their libraries', () => {
  const loaded = loadedBy(join(root, 'main', 'cli', 'cli.ts'));
  const packages = [...loaded].filter((name) => !name.startsWith('/') && !name.startsWith('node:'));
  expect(packages).toEqual(['commander']);
  expect(loaded).not.toContain('node:sqlite');
  expect([...loaded].filter((name) => name.includes('/sync/') || name.includes('/app/'))).toEqual([]);
});

test('a catalogue loads no locale data before the first count', () => {
  const made = [vi.spyOn(Intl, 'PluralRules'), vi.spyOn(Intl, 'NumberFormat')];
  const calls = () => made.map((each) => each.mock.calls.length);
  try {
    const words = createWords(en, 'en');
    words.text('guard.waits');
    expect(calls()).toEqual([0, 0]);
    expect(words.text('pairs.files', { count: 1284 })).toBe('1,284 files');
    expect(words.text('pairs.files', { count: 1 })).toBe('1 file');
    expect(calls()).toEqual([1, 1]);
  } finally {
    for (const each of made) each.mockRestore();
  }
});

test("the cache lies in a named data directory or in the platform's cache folder", () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string>): string =>
    cacheDirectory({ platform, env, userHome: '/home/ann' });
  expect(at('linux', {})).toBe('/home/ann/.cache/driftless');
  expect(at('linux', { XDG_CACHE_HOME: '/fast' })).toBe('/fast/driftless');
  expect(at('linux', { XDG_CACHE_HOME: 'relative' })).toBe('/home/ann/.cache/driftless');
  expect(at('linux', { DRIFTLESS_HOME: '/mine' })).toBe('/mine/cache');
  expect(at('darwin', {})).toBe('/home/ann/Library/Caches/Driftless');
});

test.skipIf(process.platform === 'win32')('compiled code is cached in our own folder only', async () => {
  const folder = await tempFolder('code');
  const fresh = join(folder, 'cache', 'code');
  expect(codeFolder(fresh)).toBe(fresh);
  expect(statSync(fresh).mode & 0o777).toBe(0o700);
  const open = join(folder, 'open');
  mkdirSync(open);
  writeFileSync(join(folder, 'file'), '');
  chmodSync(open, 0o777);
  expect(codeFolder(open)).toBe(null);
  expect(codeFolder(join(folder, 'file', 'code'))).toBe(null);
  expect(existsSync(join(folder, 'file', 'code'))).toBe(false);
});
