// Registrable domain of a host, by the public-suffix list, loaded when first needed.
import type { ProfileRules } from '../../core/access/profile.ts';

export type RegistrableDomain = ProfileRules['registrableDomain'];

/** By the public-suffix list, its private part included: two buckets of one hoster are two owners. */
export async function loadRegistrableDomain(): Promise<RegistrableDomain> {
  const { getDomain } = await import('tldts');
  return (host) => getDomain(host, { allowPrivateDomains: true });
}

/**
 * Outcome of a pure `judge`. Most accounts are judged without the list, whose 300 KB cost 40 ms of a start: it is loaded, and
 * the judgement made again, only where the first one asks for a domain.
 */
export async function judgeByDomain<Outcome>(
  judge: (registrableDomain: RegistrableDomain) => Outcome,
): Promise<Outcome> {
  const asked = { any: false };
  const outcome = judge(() => {
    asked.any = true;
    return null;
  });
  return asked.any ? judge(await loadRegistrableDomain()) : outcome;
}
