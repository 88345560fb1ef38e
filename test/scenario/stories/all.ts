// Every story of the catalogue, in the order in which a reader would want them.
import type { Story } from '../story.ts';
import { conflicts } from './conflicts.ts';
import { everyday } from './everyday.ts';

export const stories: readonly Story[] = [...everyday, ...conflicts];
