// Judgement of an offered update by the signed release manifest, before download and before installation.
import { compareVersions } from './release.ts';
import type { ReleaseFacts } from './release.ts';

/** What a feed offers; nothing of it is signed. */
export type UpdateOffer = {
  readonly version: string;
  /** Of every file that it might fetch; base64. */
  readonly sha512: readonly string[];
  /** Of the same files; the new program gets the name of its file. */
  readonly names: readonly string[];
};

export type OfferRefusal =
  /** No valid signed manifest is known. */
  | 'no-manifest'
  | 'expired'
  /** Not newer than the running program. */
  | 'downgrade'
  /** Another version than the signed one. */
  | 'other-version'
  /** A file that the manifest does not list. */
  | 'other-contents'
  /** A name that no installer of ours has. */
  | 'other-name';

/**
 * Plain, as packing makes them: electron-updater puts the new AppImage beside the old one under this name, over whatever has it, and
 * asks another server or folder where it holds an address.
 */
const installerName = /^driftless[\w .()-]*\.(?:appimage|deb|dmg|exe|rpm|zip)$/iu;

/** Null: the offer may be downloaded, and a file with these contents installed. `own` is the running version. */
export function judgeOffer(
  offer: UpdateOffer,
  signed: ReleaseFacts | null,
  { own, nowMs }: { readonly own: string; readonly nowMs: number },
): OfferRefusal | null {
  if (signed === null) return 'no-manifest';
  if (signed.expiresAtMs <= nowMs) return 'expired';
  // First: an old release with a right signature of its time is still a downgrade.
  if (compareVersions(offer.version, own) <= 0) return 'downgrade';
  if (offer.version !== signed.version) return 'other-version';
  const listed = signed.sha512 ?? [];
  const isListed = offer.sha512.length > 0 && offer.sha512.every((sum) => listed.includes(sum));
  if (!isListed) return 'other-contents';
  return offer.names.every((name) => installerName.test(name)) ? null : 'other-name';
}
