// Multipart upload of a file above single-PUT size: journalled, failed parts are resent alone, and a restart
// resumes.
import { SyncError } from '../../core/model/errors.ts';
import { layOutParts, maxObjectBytes } from '../../core/parts.ts';
import type { PartLayout } from '../../core/parts.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type { ByteSource, PartChecksum, PutOptions, WriteOutcome } from '../../ports/remote-objects.port.ts';
import type { Intent } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { doubtAbilities } from '../bucket/ability-doubt.ts';
import { uploadResumable } from './upload-parts.ts';
import type { PartsAhead } from './upload-parts.ts';
import { transferSizes } from '../transfer-sizes.ts';

export type LargeRequest = {
  readonly key: ObjectKey;
  readonly source: ByteSource;
  readonly options: PutOptions;
  /** Digests of its parts, if some are made ahead. */
  readonly ahead: PartsAhead | null;
};

const defaultPartsInFlight = 4;

/** What parts are to carry; `none` where the adapter chooses by itself. */
export function checksumOf(context: Pick<PairContext, 'sumOf' | 'abilities'>): PartChecksum {
  return context.sumOf === undefined ? 'none' : context.abilities.partChecksum;
}

/** Of an upload that begins; a resumed one keeps its own. */
export function partsOf(context: Pick<PairContext, 'settings' | 'sizes'>, sizeBytes: number): PartLayout {
  const { partBytes, partUnitBytes } = context.sizes ?? transferSizes;
  return layOutParts(sizeBytes, context.settings.options.parts?.sizeBytes ?? partBytes, partUnitBytes);
}

export async function sendLarge(
  context: PairContext,
  intent: Intent,
  request: LargeRequest,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { parts } = context.settings.options;
  const layout = partsOf(context, request.source.sizeBytes);
  if (layout.kind === 'too-large') throw tooLarge(request.source.sizeBytes);
  return await uploadResumable(
    {
      multipart: context.multipart,
      key: request.key,
      source: request.source,
      options: {
        ...request.options,
        onProgress: (bytesSent) => {
          request.options.onProgress(bytesSent);
          context.reached('upload.part-sent');
        },
      },
      resume: intent.upload,
      save: async (handle) => {
        await context.commit([{ kind: 'intent', intent: { ...intent, step: 'uploading', upload: handle } }]);
        context.reached('upload.session-saved');
      },
      partBytes: layout.partBytes,
      concurrency: parts?.concurrency ?? defaultPartsInFlight,
      md5: (bytes) => context.hashBytes(bytes).md5,
      md5Etags: context.abilities.partMd5,
      sumOf: (bytes) => context.sumOf?.(context.abilities.partChecksum, bytes) ?? null,
      // Hours may have passed since it was looked at (C17).
      isAsExpected:
        request.options.condition.kind === 'none'
          ? () => isAsExpected(context, intent, request.key, signal)
          : null,
      // The store may have been found to take another checksum meanwhile.
      ahead: request.ahead?.digests.checksum === checksumOf(context) ? request.ahead : null,
      onContradiction: () => {
        doubtAbilities(context, 'the ETag of a part is no MD5');
      },
    },
    signal,
  );
}

async function isAsExpected(
  context: PairContext,
  { previousEtag }: Intent,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<boolean> {
  const head = await context.remote.head(key, signal);
  return (head.kind === 'found' ? head.info.etag : null) === previousEtag;
}

export function tooLarge(sizeBytes: number): SyncError {
  return new SyncError({
    code: 'file-too-large',
    retry: 'slow',
    scope: 'item',
    message: 'the file is larger than any S3 object can be',
    fields: { sizeBytes, maxBytes: maxObjectBytes },
  });
}
