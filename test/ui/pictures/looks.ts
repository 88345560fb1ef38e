// Looks that the views are photographed in: colours, width, zoom, direction, language.
import type { BrowserContextOptions } from 'playwright';

export type Look = {
  readonly name: string;
  readonly context: BrowserContextOptions;
  readonly direction?: 'rtl';
  /** Set after the steps to the scene, which go by English names. */
  readonly language?: 'de';
};

const wide = { width: 1120, height: 800 };

export const looks: readonly Look[] = [
  { name: 'light', context: { viewport: wide, colorScheme: 'light' } },
  { name: 'dark', context: { viewport: wide, colorScheme: 'dark' } },
  { name: 'narrow', context: { viewport: { width: 360, height: 720 } } },
  // What a browser's zoom of 200 % makes of a window of 1120 x 800.
  { name: 'zoomed', context: { viewport: { width: 560, height: 400 } } },
  { name: 'contrast', context: { viewport: wide, forcedColors: 'active' } },
  { name: 'rtl', context: { viewport: wide }, direction: 'rtl' },
  { name: 'german', context: { viewport: wide }, language: 'de' },
];

export function lookOf(name: string): Look {
  const found = looks.find((look) => look.name === name);
  if (found === undefined) throw new Error(`no look ${name}`);
  return found;
}
