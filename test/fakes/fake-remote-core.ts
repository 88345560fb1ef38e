// What the halves of the in-memory S3 share: the faults a test may ask for, conditions, and the end of a write.
import { SyncError } from '../../main/core/model/errors.ts';
import type { Condition, PartChecksum, WriteOutcome } from '../../main/ports/remote-objects.port.ts';
import type { FakeBucket, FakeVersion } from './fake-remote-state.ts';

export type FakeOperation =
  | 'list'
  | 'head'
  | 'get'
  | 'put'
  | 'delete'
  | 'copy'
  /** A copy that leaves the tags out, which needs no right to them. */
  | 'copy-without-tags'
  | 'tagging'
  | 'create-upload'
  | 'upload-part'
  | 'copy-part'
  | 'list-parts'
  | 'complete'
  | 'abort'
  | 'versions'
  | 'get-version'
  | 'versioning';

export type FakeCall = {
  readonly number: number;
  readonly operation: FakeOperation;
  /** Key, or prefix for `list` and `versions`. */
  readonly key: string;
};

/** What goes wrong with one call. */
export type FakeFault =
  /** Nothing happens on the store; the call throws (503, expired credentials, denied, ...). */
  | { readonly kind: 'refused'; readonly error: SyncError }
  /** A race lost although nothing changed: a bare 409 or 412 before the effect. */
  | { readonly kind: 'lost' }
  /** The effect happens, then the connection dies before the reply. */
  | { readonly kind: 'lost-reply' }
  /** A GET whose body breaks off after so many bytes. */
  | { readonly kind: 'truncated'; readonly afterBytes: number };

export type FakeHooks = {
  /** Before anything: latency, interleaving, and what shall go wrong. */
  readonly beforeCall?: (call: FakeCall, signal: AbortSignal) => Promise<FakeFault | null> | FakeFault | null;
  /** Bytes are read and `beforeSend` agreed; the next thing is the effect. */
  readonly beforeEffect?: (call: FakeCall) => Promise<void> | void;
  readonly afterCall?: (call: FakeCall) => Promise<void> | void;
};

export type IgnoredCondition =
  'put-if-none-match' | 'put-if-match' | 'delete-if-match' | 'complete' | 'copy-source' | 'copy-target';

/** What the parts of the fake share. */
export type FakeCore = {
  readonly bucket: FakeBucket;
  readonly ignores: ReadonlySet<IgnoredCondition>;
  readonly keepsSha256: boolean;
  readonly keepsCrc64: boolean;
  readonly partChecksum: PartChecksum;
  begin(
    operation: FakeOperation,
    key: string,
    signal: AbortSignal,
  ): Promise<{ call: FakeCall; fault: FakeFault | null }>;
  effect(call: FakeCall): Promise<void>;
  end(call: FakeCall, fault: FakeFault | null): Promise<void>;
};

export function lostReply(): SyncError {
  return new SyncError({
    code: 'connection-lost',
    retry: 'backoff',
    scope: 'item',
    fields: { mayHaveHappened: true },
  });
}

/** True when the condition is lost, unless this store does not look at such conditions. */
export function isConditionLost(
  core: FakeCore,
  key: string,
  condition: Condition,
  name: IgnoredCondition,
): boolean {
  if (condition.kind === 'none' || core.ignores.has(name)) return false;
  const current = core.bucket.current(key);
  return condition.kind === 'absent' ? current !== null : current?.etag !== condition.etag;
}

export async function finish(
  core: FakeCore,
  call: FakeCall,
  fault: FakeFault | null,
  version: FakeVersion,
): Promise<WriteOutcome> {
  await core.end(call, fault);
  return {
    kind: 'done',
    etag: version.etag,
    versionId: version.versionId === 'null' ? null : version.versionId,
  };
}
