// What the conformance cases of the remote ports share: the subject, what is expected of it, and short ways to use it.
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import type {
  EndpointAbilities,
  GetOutcome,
  HeadOutcome,
  MultipartObjects,
  ObjectVersions,
  PutOptions,
  RemoteObjects,
  WriteOutcome,
} from '../../main/ports/remote-objects.port.ts';
import { collect, putOptions, sourceOf } from '../support/byte-source.ts';

export type Subject = {
  readonly objects: RemoteObjects;
  readonly multipart: MultipartObjects;
  readonly versions: ObjectVersions;
  /** The adapter may be told what the probe found. */
  readonly learn?: (abilities: EndpointAbilities) => void;
  /** Everything happens below it; ends in `/`. */
  readonly prefix: string;
  /** The same bucket with credentials that may not touch `prefix`, or null. */
  readonly denied: RemoteObjects | null;
  readonly close: () => Promise<void>;
};

/** What this endpoint is known to honour: a probe that finds otherwise is a failure too. */
export type Expectations = {
  readonly abilities: EndpointAbilities;
  readonly versioning: 'enabled' | 'suspended' | 'unversioned';
  /** UploadPartCopy is not implemented. */
  readonly lacksPartCopies?: boolean;
  /** A conditional DELETE of a key that is not there is answered as if it had removed something. */
  readonly deletesNothing?: boolean;
  /** Of several writes of one key in the very same moment, those that another one overtook are answered without an ETag. */
  readonly overtakesTwins?: boolean;
};

export const mebibyte = 1024 * 1024;
export const text = (value: string) => new TextEncoder().encode(value);

export type Kit = {
  readonly subject: Subject;
  readonly signal: AbortSignal;
  key(name: string): ObjectKey;
  put(name: string, bytes: Uint8Array, overrides?: Partial<PutOptions>): Promise<WriteOutcome>;
  bytesOf(name: string): Promise<Uint8Array | null>;
};

export function makeKit(subject: Subject): Kit {
  const { signal } = new AbortController();
  const key = (name: string) => `${subject.prefix}${name}` as ObjectKey;
  return {
    subject,
    signal,
    key,
    put: (name, bytes, overrides) =>
      subject.objects.put(key(name), sourceOf(bytes), putOptions(bytes, overrides), signal),
    bytesOf: async (name) => {
      const got = await subject.objects.get(key(name), { condition: { kind: 'none' } }, signal);
      return got.kind === 'found' ? await collect(got.body) : null;
    },
  };
}

export function etagOf(outcome: WriteOutcome): Etag {
  if (outcome.kind !== 'done') throw new Error(`expected a write, got ${outcome.kind}`);
  return outcome.etag;
}

export function factsOf(outcome: HeadOutcome | GetOutcome) {
  if (outcome.kind !== 'found') throw new Error(`expected an object, got ${outcome.kind}`);
  return outcome.info;
}
