// Every story of the catalogue, in the order in which a reader would want them.
import type { Story } from '../story.ts';
import { conflicts } from './conflicts.ts';
import { everyday } from './everyday.ts';
import { folding } from './folding.ts';
import { guards } from './guards.ts';
import { modes } from './modes.ts';
import { moves } from './moves.ts';
import { names } from './names.ts';
import { rearranged } from './rearranged.ts';

export const stories: readonly Story[] = [
  ...everyday,
  ...conflicts,
  ...moves,
  ...rearranged,
  ...guards,
  ...names,
  ...folding,
  ...modes,
];
