// Texts of the page: safe names, a sentence for every code, plurals and sizes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { applicationMenu } from '../../main/shell/menu.ts';
import { valueFaults } from '../../main/core/access/value-faults.ts';
import { addressFaults } from '../../main/core/access/address-faults.ts';
import { formatLocaleOf, languageOf } from '../../preload/locales/catalogues.ts';
import { de } from '../../preload/locales/de.ts';
import { en } from '../../preload/locales/en.ts';
import { createWords } from '../../preload/locales/lookup.ts';
import type { Template, Words } from '../../preload/locales/lookup.ts';
import { showName } from '../../preload/locales/shown-name.ts';
import { createFormat } from '../../renderer/format.ts';

const words = createWords(en, 'en');
const root = join(import.meta.dirname, '..', '..');

describe('showName', () => {
  test.each([
    ['invoice\u202Efdp.exe', 'invoice\\u202Efdp.exe'],
    ['a\tb\nc\u0007', 'a\\u0009b\\u000Ac\\u0007'],
    ['zero\u200Bwidth\uFEFF', 'zero\\u200Bwidth\\uFEFF'],
    ['\u2067isolated\u2069', '\\u2067isolated\\u2069'],
    ['half \uD800 pair', 'half \\uD800 pair'],
    ['tag\u{E0041}', 'tag\\u{E0041}'],
    ['ab\u200Dcd', 'ab\\u200Dcd'],
  ])('the name %j is shown as %j', (name, shown) => {
    expect(showName(name)).toBe(shown);
  });

  test.each(['Grüße.odt', 'مرحبا.txt', '写真.jpg', '👩‍👩‍👧.png', 'می‌خواهم.txt', '<script>.html', 'a b'])(
    'the name %s is shown unchanged',
    (name) => {
      expect(showName(name)).toBe(name);
    },
  );
});

describe('catalogue', () => {
  test('fields are filled in once, and names in them are escaped', () => {
    expect(words.text('activity.from', { from: '{from}\u202E' })).toBe('from {from}\\u202E');
    expect(words.text('pairs.files', { count: 1 })).toBe('1 file');
    expect(words.text('pairs.files', { count: 1284 })).toBe('1,284 files');
  });

  test('an unknown code is shown as itself', () => {
    expect(words.coded('error', 'never-heard-of')).toContain('never-heard-of');
    expect(words.coded('error', 'constructor')).toContain('constructor');
    expect(words.text('no.such.key')).toBe('no.such.key');
  });
  test('a stopped pair shows the words of its error, also among its notices', () => {
    for (const code of [
      'root-missing',
      'root-away',
      'root-unreadable',
      'root-not-a-folder',
      'other-principal',
      'disk-full',
    ]) {
      expect(words.coded('notice', code)).toBe(words.coded('error', code));
      expect(words.coded('notice', code)).not.toContain(code);
    }
    for (const code of [
      'watch-failed',
      'watch-deaf',
      'live-database',
      'rules-changed',
      'space-changed',
      'root-marker-missing',
    ])
      expect(words.coded('notice', code)).not.toContain(code);
  });

  test('every key that the page names is in the catalogue', async () => {
    const used = new Set<string>();
    const files = (await readdir(join(root, 'renderer'), { recursive: true })).filter((file) =>
      /\.tsx?$/.test(file),
    );
    for (const file of files) {
      const source = await readFile(join(root, 'renderer', file), 'utf8');
      const direct = source.matchAll(
        /(?:words\.text\(\s*|label=|label=\{|sentence=|key: )['"]([a-z][\w.-]+)['"]/gi,
      );
      for (const [, key = ''] of direct) if (key.includes('.')) used.add(key);
    }
    expect(used.size).toBeGreaterThan(50);
    expect([...used].filter((key) => !Object.hasOwn(en, key))).toEqual([]);
  });

  test('every key that the shell names is in the catalogue', async () => {
    const folder = join(root, 'main', 'shell');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const sources = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    const used = sources.flatMap((source) =>
      [...source.matchAll(/\.text\(\s*'([a-z][\w.-]+)'/gi)].map(([, key = '']) => key),
    );
    const echo: Words = { text: (key) => key, coded: (_family, code) => code };
    const labels = (['darwin', 'linux', 'win32'] as const).flatMap((platform) =>
      [true, false].flatMap((isPackaged) =>
        applicationMenu({ platform, isPackaged, words: echo, quit: () => undefined }).flatMap(
          ({ label, submenu }) => [
            label,
            ...(submenu as MenuItemConstructorOptions[])
              .filter(({ type }) => type !== 'separator')
              .map((item) => item.label),
          ],
        ),
      ),
    );
    expect(used.length).toBeGreaterThan(30);
    expect(labels.length).toBeGreaterThan(100);
    const all = new Set([...used, ...labels.map((label) => label ?? 'an item without a label')]);
    expect([...all].filter((key) => !Object.hasOwn(en, key))).toEqual([]);
  });

  test('every code that the engine states as a type has a sentence', async () => {
    const errors = await codesIn('main/core/model/errors.ts', 'IdentityErrorCode');
    const unknown = await codesIn('main/core/model/model.ts', 'UnknownReason');
    const guards = await codesIn('main/core/plan/types.ts', 'GuardKind');
    expect(errors.length).toBeGreaterThan(20);
    const keys = [...errors, ...unknown]
      .map((code) => `error.${code}`)
      .concat(guards.map((code) => `guard.${code}`));
    expect(keys.filter((key) => !Object.hasOwn(en, key))).toEqual([]);
  });

  test('every reason for a refusal has a sentence, and that of an address is the terminal’s', async () => {
    const used = new Set<string>();
    for (const file of [
      'core/access/profile.ts',
      'adapters/config/profile-file.ts',
      'adapters/config/new-folder.ts',
    ]) {
      const source = await readFile(join(root, 'main', file), 'utf8');
      for (const [, code = ''] of source.matchAll(/(?:\breason\(|\bwhy: )'([a-z-]+)'/g)) used.add(code);
    }
    expect(used.size).toBeGreaterThan(15);
    expect([...used].filter((code) => !Object.hasOwn(en, `reason.${code}`))).toEqual([]);
    for (const [code, line] of Object.entries(addressFaults))
      expect(en[`reason.${code}`]).toBe(`{field} ${line}`);
    // A brace would be a field of the sentence.
    for (const [code, line] of Object.entries(valueFaults))
      expect(en[`reason.${code}`]).toBe(
        code === 'odd-variable'
          ? '{field} knows only the variables sub and tag:NAME in braces, each as a whole segment'
          : `{field} ${line}`,
      );
  });

  test('a refusal is worded with its reason in the same language, or with the line that it came with', () => {
    const why = { why: 'missing', field: 'issuer', reason: 'issuer is missing' };
    const german = createWords(de, 'de');
    expect(german.coded('error', 'profile-refused', why)).toBe(
      'Dieses Profil wurde abgewiesen: issuer fehlt.',
    );
    expect(german.coded('error', 'profile-refused', { ...why, why: 'new' })).toContain('issuer is missing');
  });

  test('every code that main raises has a sentence', async () => {
    const raised = new Set<string>();
    const files = (await readdir(join(root, 'main'), { recursive: true })).filter((file) =>
      file.endsWith('.ts'),
    );
    for (const file of files) {
      const source = await readFile(join(root, 'main', file), 'utf8');
      for (const [, code = ''] of source.matchAll(/(?:\bcode: |\bfailed\()'([a-z0-9-]+)'/g)) raised.add(code);
    }
    // zod's own word for an issue, from the settings' schema.
    raised.delete('custom');
    expect(raised.size).toBeGreaterThan(50);
    const families = ['error', 'notice', 'guard'];
    const isWorded = (code: string) => families.some((family) => Object.hasOwn(en, `${family}.${code}`));
    expect([...raised].filter((code) => !isWorded(code))).toEqual([]);
  });
});

describe('German', () => {
  const fieldsIn = (template: Template) =>
    [...JSON.stringify(template).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

  test('has every text of the English catalogue and no other', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  test('names no field that the English text does not have', () => {
    const strange = Object.entries(de).filter(([key, template]) => {
      const known = new Set([...fieldsIn(en[key] ?? ''), 'count']);
      return fieldsIn(template).some((name) => !known.has(name));
    });
    expect(strange.map(([key]) => key)).toEqual([]);
  });

  test('is not English left over', () => {
    const same = Object.keys(en).filter(
      (key) => typeof en[key] === 'string' && en[key].split(' ').length > 2 && de[key] === en[key],
    );
    expect(same).toEqual([]);
  });

  test('is chosen by the language of the system, whatever its region', () => {
    expect(['de', 'de-AT', 'DE-ch', 'en-GB', 'fr', 'den', null].map(languageOf)).toEqual([
      'de',
      'de',
      'de',
      'en',
      'en',
      'en',
      'en',
    ]);
  });

  test.each([
    ['de-AT', 'de', 'de-AT'],
    ['en-GB', 'en', 'en-GB'],
    ['en-GB', 'de', 'de'],
    // English texts with "il y a 3 minutes" in them would be neither.
    ['fr-FR', 'en', 'en'],
    [null, 'en', 'en'],
  ] as const)('a system in %s with texts in %s formats times as in %s', (locale, language, formats) => {
    expect(formatLocaleOf(locale, language)).toBe(formats);
  });
});

test('no text names a command of the terminal', () => {
  const command = /\bdriftless (?:--|[a-z])|DRIFTLESS_|\bterminal\b/;
  const texts = [...Object.entries(en), ...Object.entries(de)];
  const naming = texts.filter(([, template]) => command.test(JSON.stringify(template)));
  expect(naming.map(([key]) => key)).toEqual([]);
});

async function codesIn(file: string, type: string): Promise<readonly string[]> {
  const source = await readFile(join(root, file), 'utf8');
  const body = new RegExp(`export type ${type} =([^;]*);`).exec(source)?.[1] ?? '';
  const codes = [...body.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '');
  expect(codes, `${type} in ${file}`).not.toEqual([]);
  return codes;
}

describe('format', () => {
  const format = createFormat('en', words);

  test('sizes are formatted for reading', () => {
    expect([0, 1, 999, 1000, 38_200, 999_960, 1_240_000_000].map(format.bytes)).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1 kB',
      '38.2 kB',
      '1 MB',
      '1.2 GB',
    ]);
  });

  test('times and durations are formatted for reading', () => {
    const nowMs = 1_795_000_000_000;
    const ago = (seconds: number) => format.relative(nowMs - seconds * 1000, nowMs);
    expect([0, 20, 59.7, 180, 7_200, 86_400].map(ago)).toEqual([
      'just now',
      '20 seconds ago',
      '1 minute ago',
      '3 minutes ago',
      '2 hours ago',
      'yesterday',
    ]);
    expect(format.relative(nowMs + 40_000, nowMs)).toBe('in 40 seconds');
    expect([30, 105, 5_400].map(format.duration)).toEqual(['less than a minute', '2 minutes', '2 hours']);
    expect([45, 900, 3_600, 5_400, 43_200].map(format.span)).toEqual([
      '45 seconds',
      '15 minutes',
      '1 hour',
      '90 minutes',
      '12 hours',
    ]);
  });
});

test('a missing sign-in reads the same before the first one and after the last one', () => {
  expect(words.coded('error', 'needs-sign-in')).toBe('You are not signed in. Sign in to sync.');
  expect(createWords(de, 'de').coded('error', 'needs-sign-in')).not.toMatch(/erneut|abgelaufen/u);
});
