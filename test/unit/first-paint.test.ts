// What index.html shows before the script has run: the mark that the page shows then.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Mark } from '../../renderer/views/icons.tsx';

const renderer = join(import.meta.dirname, '../../renderer');
const read = (name: string): string => readFileSync(join(renderer, name), 'utf8');

test('the mark of the first paint is the one that React draws, and of the shape of the icon', () => {
  const mark = renderToStaticMarkup(createElement(Mark));
  const written = read('index.html')
    .replaceAll(/>\s+</gu, '><')
    .replaceAll(/<(\w+)([^<>]*) \/>/gu, '<$1$2></$1>');
  expect(written).toContain(mark);
  const shapesOf = (svg: string): readonly string[] =>
    [...svg.matchAll(/ d="([^"]+)"/gu)].map(([, shape = '']) => shape);
  expect(shapesOf(read('icon.svg'))).toEqual(shapesOf(mark));
});
