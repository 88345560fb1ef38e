// Address, pseudo-language and media-rule handling of the scene viewer.
import { expect, test } from 'vitest';
import { parseLook, queryOf } from '../scenes/looks.ts';
import { comparable, pseudoCatalogue, pseudoLanguages, pseudoText } from '../scenes/pseudo.ts';
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

test('a pseudo-language keeps fields and plural forms and can be compared with English', () => {
  const catalogue = { a: 'Open {name}', b: { one: '{count} file', other: '{count} files' } };
  expect(pseudoCatalogue(catalogue, 'pseudo')).toEqual({
    a: '[Ópéñ {name}~~~~]',
    b: { one: '[{count} fílé~~~~]', other: '[{count} fíléš~~~~~]' },
  });
  expect(pseudoCatalogue(catalogue, 'pseudo-rtl')).toEqual({
    a: '[وذعن {name}~~~~]',
    b: { one: '[{count} فيلع~~~~]', other: '[{count} فيلعس~~~~~]' },
  });
  for (const language of pseudoLanguages)
    expect(comparable(pseudoText('Quick zebras jump over my fox', language))).toBe(
      comparable('Quick zebras jump over my fox'),
    );
});

test('a forced theme decides the media rules that ask for a preference, and no others', () => {
  expect(mediaFor('(prefers-color-scheme: dark)', 'dark')).toBe('(min-width: 0)');
  expect(mediaFor('(prefers-color-scheme: dark)', 'light')).toBe('(max-width: 0)');
  expect(mediaFor('(max-width: 640px)', 'dark')).toBe('(max-width: 640px)');
});
