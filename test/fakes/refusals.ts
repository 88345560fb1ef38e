// Refusals of an in-memory store: any verb, by key, size, tag, storage class or name, for a while or for good, with the
// codes of real stores (S3 error responses; Swift, MinIO and Ceph for those that Amazon does not send).
import { SyncError } from '../../main/core/model/errors.ts';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import type { FakeCall, FakeFault, FakeOperation } from './fake-remote-core.ts';
import type { FakeBucket } from './fake-remote-state.ts';

/** What a store answers, as it comes over the wire. */
export const refusalAnswers = {
  denied: { status: 403, code: 'AccessDenied' },
  archived: { status: 403, code: 'InvalidObjectState' },
  invalid: { status: 400, code: 'InvalidRequest' },
  kms: { status: 400, code: 'KMS.DisabledException' },
  'key-too-long': { status: 400, code: 'KeyTooLongError' },
  'metadata-too-large': { status: 400, code: 'MetadataTooLarge' },
  'request-timeout': { status: 400, code: 'RequestTimeout' },
  'not-allowed': { status: 405, code: 'MethodNotAllowed' },
  busy: { status: 409, code: 'OperationAborted' },
  internal: { status: 500, code: 'InternalError' },
  'not-implemented': { status: 501, code: 'NotImplemented' },
  'slow-down': { status: 503, code: 'SlowDown' },
  full: { status: 507, code: 'QuotaExceeded' },
} as const;
export type RefusalName = keyof typeof refusalAnswers | 'condition';

export type Refusal = {
  readonly verbs: readonly FakeOperation[];
  /** `condition` is a 412 although the condition holds. */
  readonly answer: RefusalName;
  /** Which objects: by their key. */
  readonly where: (key: string) => boolean;
  /** By what the object that is there is like: its size, tags or storage class as a test keeps them. */
  readonly objects?: (object: { readonly sizeBytes: number; readonly parts: number }) => boolean;
  /** Calls that it still refuses; without it, for good. */
  times?: number;
};

export type Refusals = {
  add(refusal: Refusal): void;
  /** From now on the store says no to nothing. */
  end(): void;
  /** Calls refused so far. */
  readonly count: number;
  faultFor(call: FakeCall, bucket: FakeBucket): FakeFault | null;
};

export function makeRefusals(nowMs: () => number): Refusals {
  let rules: Refusal[] = [];
  let count = 0;
  return {
    add: (refusal) => void rules.push(refusal),
    end: () => {
      rules = [];
    },
    get count() {
      return count;
    },
    faultFor: (call, bucket) => {
      const rule = rules.find((one) => isMeant(one, call, bucket));
      if (rule === undefined) return null;
      if (rule.times !== undefined) rule.times -= 1;
      count += 1;
      return rule.answer === 'condition'
        ? { kind: 'lost' }
        : { kind: 'refused', error: refusalError(rule.answer, call, nowMs()) };
    },
  };
}

function isMeant(rule: Refusal, call: FakeCall, bucket: FakeBucket): boolean {
  if (rule.times === 0 || !rule.verbs.includes(call.operation) || !rule.where(call.key)) return false;
  if (rule.objects === undefined) return true;
  const object = bucket.current(call.key);
  return object !== null && rule.objects({ sizeBytes: object.bytes.length, parts: object.parts });
}

const writes: ReadonlySet<FakeOperation> = new Set([
  'put',
  'delete',
  'copy',
  'copy-without-tags',
  'complete',
]);

/** The adapter's own mapping, so that a refusal in memory is what it is from a real store. */
export function refusalError(
  name: Exclude<RefusalName, 'condition'>,
  call: FakeCall,
  nowMs: number,
): SyncError {
  const { status, code } = refusalAnswers[name];
  const thrown = Object.assign(new Error(code), { name: code, $metadata: { httpStatusCode: status } });
  const deniedScope = call.operation === 'list' ? 'pair' : 'item';
  return mapS3Error(thrown, { writes: writes.has(call.operation), deniedScope, nowMs });
}
