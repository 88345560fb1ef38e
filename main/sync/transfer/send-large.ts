// Multipart upload of a file above single-PUT size: journalled, failed parts are resent alone, and a restart
// resumes.
import { SyncError } from '../../core/model/errors.ts';
import { layOutParts, maxObjectBytes } from '../../core/parts.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type { ByteSource, PutOptions, WriteOutcome } from '../../ports/remote-objects.port.ts';
import type { Intent } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { doubtAbilities } from '../bucket/ability-doubt.ts';
import { uploadResumable } from './upload-parts.ts';
import { transferSizes } from '../transfer-sizes.ts';

export type LargeRequest = {
  readonly key: ObjectKey;
  readonly source: ByteSource;
  readonly options: PutOptions;
};

const defaultPartsInFlight = 4;

export async function sendLarge(
  context: PairContext,
  intent: Intent,
  request: LargeRequest,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { parts } = context.settings.options;
  const { partBytes, partUnitBytes } = context.sizes ?? transferSizes;
  const layout = layOutParts(request.source.sizeBytes, parts?.sizeBytes ?? partBytes, partUnitBytes);
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
      onContradiction: () => {
        doubtAbilities(context, 'the ETag of a part is no MD5');
      },
    },
    signal,
  );
}

function tooLarge(sizeBytes: number): SyncError {
  return new SyncError({
    code: 'file-too-large',
    retry: 'slow',
    scope: 'item',
    message: 'the file is larger than any S3 object can be',
    fields: { sizeBytes, maxBytes: maxObjectBytes },
  });
}
