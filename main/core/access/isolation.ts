// Judges what a role was seen to reach beyond one person's prefix. It weighs evidence; it never proves isolation (security rule 8).

/** What one question to the store was answered with. */
export type ProbeAnswer =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'missing' }
  /** The store does not know the operation. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly code: string };

/** `own` is the control: when that is refused too, the other refusals say nothing. */
export type ProbePlace = 'own' | 'root' | 'parent' | 'neighbour' | 'sibling' | 'canary';
export type ProbeAction = 'list' | 'list-versions' | 'list-uploads' | 'read-bucket-policy' | 'read';

export type Probe = {
  readonly place: ProbePlace;
  readonly action: ProbeAction;
  readonly answer: ProbeAnswer;
};

export type Finding = {
  readonly place: ProbePlace;
  readonly action: ProbeAction;
  readonly meaning: 'reaches' | 'refused' | 'unknown';
};

export type IsolationVerdict = {
  /**
   * `reaches-more`: the role can see beyond the prefix. `no-sign`: everything asked was refused; writes were not tried.
   * `unknown`: too little was answered to say anything.
   */
  readonly kind: 'reaches-more' | 'no-sign' | 'unknown';
  readonly findings: readonly Finding[];
};

export function judgeIsolation(probes: readonly Probe[]): IsolationVerdict {
  const control = probes.find(({ place, action }) => place === 'own' && action === 'list');
  const findings = probes.filter(({ place }) => place !== 'own').map(findingOf);
  if (findings.some(({ meaning }) => meaning === 'reaches')) return { kind: 'reaches-more', findings };
  const refusedLists = findings.filter(({ action, meaning }) => action === 'list' && meaning === 'refused');
  const hasControl = control?.answer.kind === 'allowed';
  return { kind: hasControl && refusedLists.length > 0 ? 'no-sign' : 'unknown', findings };
}

function findingOf({ place, action, answer }: Probe): Finding {
  return { place, action, meaning: meaningOf(place, action, answer) };
}

function meaningOf(place: ProbePlace, action: ProbeAction, answer: ProbeAnswer): Finding['meaning'] {
  switch (answer.kind) {
    case 'allowed':
      return 'reaches';
    case 'denied':
      // A refused read of a key that may not exist says nothing; the canary is known to be there.
      return action === 'read' && place !== 'canary' ? 'unknown' : 'refused';
    case 'missing':
      // Whoever may be told that there is no policy may read it. An object that is not there tells nothing for certain.
      return action === 'read-bucket-policy' ? 'reaches' : 'unknown';
    case 'unsupported':
    case 'failed':
      return 'unknown';
  }
}

export type ProbePlaces = {
  readonly own: string;
  /** `null`: the prefix has no folder above it but the root. */
  readonly parent: string | null;
  /** Begins like the own prefix but is another folder: what a policy without the trailing slash lets through. */
  readonly neighbour: string;
  readonly sibling: string;
};

/**
 * Where to look, from a resolved prefix. `null` for the whole bucket, where there is nothing beyond.
 * @param variableIndex which segment of the prefix is the person's; the last one without
 */
export function probePlaces(prefix: string, variableIndex: number | null): ProbePlaces | null {
  if (prefix === '') return null;
  const segments = prefix.slice(0, -1).split('/');
  const index = variableIndex ?? segments.length - 1;
  const before = segments.slice(0, index);
  const at = (name: string): string => `${[...before, name].join('/')}/`;
  return {
    own: prefix,
    parent: before.length === 0 ? null : `${before.join('/')}/`,
    neighbour: at(`${segments[index] ?? ''}-driftless-probe`),
    sibling: at('driftless-probe'),
  };
}

/** Which segment of a prefix template names the person; `null` when none does. */
export function variableSegment(template: string): number | null {
  const index = template.split('/').findIndex((segment) => segment.startsWith('{'));
  return index < 0 ? null : index;
}
