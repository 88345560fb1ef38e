/** The switches of the scene viewer, and how they travel in an address: `?scene=...&theme=...&language=...&width=...`. */
import { scenes } from '../ui/scenes.ts';

export type Switch = { readonly value: string; readonly label: string };

export const switches = {
  scene: scenes.map(({ name }): Switch => ({ value: name, label: name })),
  theme: [
    { value: 'light', label: 'Light' },
    { value: 'dark', label: 'Dark' },
  ],
  language: [
    { value: 'en-GB', label: 'English (UK)' },
    { value: 'en-US', label: 'English (US)' },
    { value: 'de-DE', label: 'Deutsch' },
    // Longer and accented: shows what is cut off, and what does not come from the catalogue.
    { value: 'pseudo', label: 'Pseudo' },
    { value: 'pseudo-rtl', label: 'Pseudo, right to left' },
  ],
  width: [
    { value: '360', label: '360 px' },
    { value: '768', label: '768 px' },
    { value: '1120', label: '1120 px' },
    { value: 'full', label: 'Full' },
  ],
} as const satisfies Readonly<Record<string, readonly Switch[]>>;

export type SwitchName = keyof typeof switches;
export type Look = Readonly<Record<SwitchName, string>>;

export const switchNames = Object.keys(switches) as readonly SwitchName[];

const usual: Look = { scene: scenes[0]?.name ?? '', theme: 'light', language: 'en-GB', width: 'full' };

/** A value that no switch has counts as not given. */
export function parseLook(query: string): Look {
  const given = new URLSearchParams(query);
  const valueOf = (name: SwitchName): string => {
    const value = given.get(name);
    return switches[name].some((each) => each.value === value) ? (value ?? '') : usual[name];
  };
  return {
    scene: valueOf('scene'),
    theme: valueOf('theme'),
    language: valueOf('language'),
    width: valueOf('width'),
  };
}

export function queryOf(look: Look): string {
  return `?${new URLSearchParams(look).toString()}`;
}
