// Address, pseudo-language and media-rule handling of the scene viewer.
import { expect, test } from 'vitest';
import { parseLook, queryOf } from '../scenes/looks.ts';
import { comparable, pseudoCatalogue } from '../scenes/pseudo.ts';
import { mediaFor } from '../scenes/theme.ts';

test('a look survives its address, and an unknown value falls back to the default', () => {
  const look = parseLook('?scene=syncing&theme=dark&language=pseudo&width=768');
  expect(look).toEqual({ scene: 'syncing', theme: 'dark', language: 'pseudo', width: '768' });
  expect(parseLook(queryOf(look))).toEqual(look);
  expect(parseLook('?scene=gone&theme=blue')).toEqual({
    scene: 'in-sync',
    theme: 'light',
    language: 'en-GB',
    width: 'full',
  });
});

test('the pseudo-language keeps fields and plural forms and can be compared with English', () => {
  const pseudo = pseudoCatalogue({ a: 'Open {name}', b: { one: '{count} file', other: '{count} files' } });
  expect(pseudo).toEqual({
    a: '[Ópéñ {name}~~~~]',
    b: { one: '[{count} fílé~~~~]', other: '[{count} fíléš~~~~~]' },
  });
  expect(comparable('[Ópéñ~~]')).toBe(comparable('Open'));
});

test('a forced theme decides the media rules that ask for a preference, and no others', () => {
  expect(mediaFor('(prefers-color-scheme: dark)', 'dark')).toBe('(min-width: 0)');
  expect(mediaFor('(prefers-color-scheme: dark)', 'light')).toBe('(max-width: 0)');
  expect(mediaFor('(max-width: 640px)', 'dark')).toBe('(max-width: 640px)');
});
