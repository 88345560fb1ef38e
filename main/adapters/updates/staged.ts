// Update in two steps, staged and installed; each is held to the signed release manifest.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { judgeOffer } from '../../core/updates/offer.ts';
import type { OfferRefusal, UpdateOffer } from '../../core/updates/offer.ts';
import type { ReleaseFacts } from '../../core/updates/release.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Updater } from '../../ports/updater.port.ts';

export type StageOutcome =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly why: OfferRefusal | 'unreachable' };

export type StagedUpdate = {
  /** Never throws. A file that is not the signed one is removed. */
  stage(): Promise<StageOutcome>;
  /** Installs what was staged, if it still counts. Null: done. Rejects where the updater cannot. */
  install(): Promise<OfferRefusal | 'nothing-staged' | null>;
};

export type StagedUpdateParts = {
  readonly updater: Updater;
  /** The last accepted manifest, its signature verified again; null where there is none, or updates are off. */
  readonly signedRelease: () => Promise<ReleaseFacts | null>;
  readonly ownVersion: string;
  readonly clock: Clock;
  readonly log: Log;
};

export function makeStagedUpdate(parts: StagedUpdateParts): StagedUpdate {
  const { updater, log, ownVersion: own } = parts;
  let staged: { readonly offer: UpdateOffer; readonly file: string } | null = null;
  const judge = async (offer: UpdateOffer): Promise<OfferRefusal | null> =>
    judgeOffer(offer, await parts.signedRelease(), { own, nowMs: parts.clock.nowMs() });
  /** Of the bytes on the disk, whatever their fetcher found. */
  const judgeFile = async (offer: UpdateOffer, file: string): Promise<OfferRefusal | null> => {
    const sha512 = await sha512Of(file).catch(() => '');
    const refusal = await judge({ ...offer, sha512: [sha512] });
    if (refusal === 'other-contents') await rm(file, { force: true });
    return refusal;
  };
  const stage = async (): Promise<StageOutcome> => {
    const offer = await updater.check();
    if (offer === null) return { kind: 'none' };
    const early = await judge(offer);
    if (early !== null) return { kind: 'failed', why: early };
    const file = await updater.download();
    const late = await judgeFile(offer, file);
    if (late !== null) return { kind: 'failed', why: late };
    staged = { offer, file };
    return { kind: 'ready', version: offer.version };
  };
  return {
    async stage() {
      staged = null;
      const outcome = await stage().catch((error: unknown): StageOutcome => {
        log.info('update not fetched', { cause: String(error) });
        return { kind: 'failed', why: 'unreachable' };
      });
      if (outcome.kind === 'failed') log.warn('update refused', { why: outcome.why });
      return outcome;
    },
    async install() {
      if (staged === null) return 'nothing-staged';
      const refusal = await judgeFile(staged.offer, staged.file);
      if (refusal === null) await updater.install();
      else {
        staged = null;
        log.warn('update not installed', { why: refusal });
      }
      return refusal;
    },
  };
}

async function sha512Of(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}
