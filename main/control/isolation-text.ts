// Puts the evidence of one pair's isolation in words: at sign-in and in the doctor.
import type { IsolationLook } from '../adapters/isolation/check.ts';

const placeWords = {
  own: 'the own prefix',
  root: 'the whole bucket',
  parent: 'the folder above',
  neighbour: 'a folder whose name begins like the own one',
  sibling: 'another folder beside it',
  canary: 'the canary object',
} as const;

const actionWords = {
  list: 'list',
  'list-versions': 'list versions of',
  'list-uploads': 'list unfinished uploads of',
  'read-bucket-policy': 'read the bucket policy of',
  read: 'read',
} as const;

/** One plain line; a warning says what was reached, never that all is safe. */
export function isolationWords({ prefix, verdict }: IsolationLook): string {
  if (verdict === null) return 'the prefix is the whole bucket: everybody with this role shares it';
  const reached = verdict.findings.filter(({ meaning }) => meaning === 'reaches');
  switch (verdict.kind) {
    case 'reaches-more':
      return `WARNING: this role reaches more than ${prefix}: it may ${reached
        .map(({ place, action }) => `${actionWords[action]} ${placeWords[place]}`)
        .join('; ')}. Other people's files may be open to you, and yours to them. Tell your administrator.`;
    case 'no-sign':
      return `no sign of reach beyond ${prefix} (${String(verdict.findings.filter(({ meaning }) => meaning === 'refused').length)} questions refused; writes are not tried, so this is evidence and no proof)`;
    case 'unknown':
      return `nothing can be said about reach beyond ${prefix}: too few questions were answered`;
  }
}
