// References: the pictures that the page is compared with, and where they lie.
import { join } from 'node:path';
import type { Look } from './looks.ts';
import { lookOf } from './looks.ts';

export const referenceFolder = join(import.meta.dirname, 'references');

export type Reference = { readonly name: string; readonly scene: string; readonly look: Look };

/** Every view, and one dialog or step of each kind. */
const inLight = [
  'in-sync',
  'syncing',
  'problems',
  'files',
  'activity',
  'problems-view',
  'settings',
  'welcome',
  'no-accounts',
  'profile',
  'profile-refused',
  'folder-menu',
  'guard-dialog',
  'plan-dialog',
  'choose-folders',
  'conflict-dialog',
  'add-folder',
];
const inOtherLooks = ['problems', 'settings', 'guard-dialog'];
const otherLooks = ['dark', 'narrow', 'zoomed', 'contrast', 'rtl', 'german'];

const light: Look = { ...lookOf('light'), context: { viewport: { width: 900, height: 800 } } };

export const references: readonly Reference[] = [
  ...inLight.map((scene) => ({ name: `${scene}-light`, scene, look: light })),
  ...inOtherLooks.flatMap((scene) =>
    otherLooks.map((look) => ({ name: `${scene}-${look}`, scene, look: lookOf(look) })),
  ),
  // A tree in a window that is lower than the dialog would like.
  { name: 'choose-folders-zoomed', scene: 'choose-folders', look: lookOf('zoomed') },
];

export function referenceFile(name: string): string {
  return join(referenceFolder, `${name}.png`);
}
