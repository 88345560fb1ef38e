// Assessment of what a role can reach beyond one user's prefix. It weighs evidence and never proves isolation
// (S8).

/** Result of one probe request to the store. */
export type ProbeAnswer =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'missing' }
  /** The store does not support the operation. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly code: string };

/** `own` is the control: if that is refused too, the other refusals prove nothing. */
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
   * `reaches-more`: the role can see beyond the prefix. `no-sign`: every request was refused; writes were not
   * tried. `unknown`: too few conclusive results.
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
      // A refused read of a key that may not exist proves nothing; the canary is known to exist.
      return action === 'read' && place !== 'canary' ? 'unknown' : 'refused';
    case 'missing':
      // A role that learns that there is no policy could also read one. A missing object proves nothing.
      return action === 'read-bucket-policy' ? 'reaches' : 'unknown';
    case 'unsupported':
    case 'failed':
      return 'unknown';
  }
}

export type ProbePlaces = {
  readonly own: string;
  /** `null` if the only folder above the prefix is the root. */
  readonly parent: string | null;
  /**
   * Shares the beginning of the own prefix but is another folder: reachable under a policy without the
   * trailing slash.
   */
  readonly neighbour: string;
  readonly sibling: string;
};

/**
 * Places to probe, from a resolved prefix. `null` for the whole bucket, which has nothing beyond it.
 * @param variableIndex index of the prefix segment that names the user; the last one without
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

/**
 * `bucket/prefix` of a folder whose prefix names no user, so that everyone whose role reaches it shares it; `null` for a user's own.
 */
export function sharedPlace({
  bucket,
  prefix,
}: {
  readonly bucket: string;
  readonly prefix: string;
}): string | null {
  return variableSegment(prefix) === null ? `${bucket}/${prefix}` : null;
}

/** Index of the template segment that names the user; `null` if there is none. */
export function variableSegment(template: string): number | null {
  const index = template.split('/').findIndex((segment) => segment.startsWith('{'));
  return index < 0 ? null : index;
}
