// Name of a template's CloudTrail trail.

/**
 * From the role's name, in which IAM allows characters that CloudTrail refuses: a trail name has letters and
 * digits with single `.`, `_` or `-` between them, at least three in all, and does not look like an IP
 * address.
 */
export function trailNameOf(roleName: string): string {
  const name = roleName
    .replaceAll(/[^A-Za-z0-9]+/g, (signs) => (/^[._-]$/.test(signs) ? signs : '-'))
    .replaceAll(/^[._-]|[._-]$/g, '');
  if (name === '') return 'driftless';
  return name.length >= 3 && /[A-Za-z]/.test(name) ? name : `driftless-${name}`;
}
