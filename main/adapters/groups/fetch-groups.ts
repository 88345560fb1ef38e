// Fetches groups of small objects and holds their bytes, for the worker.
//
// It knows the plain answer alone: the version, the length and the checksum that were asked for. Whatever else comes is left to
// the general way, which asks once more and says what it means.
import { hash } from 'node:crypto';
import type { ContentId } from '../../core/model/model.ts';
import { requestTarget } from '../../core/net/percent-encoded.ts';
import type { WantedObject } from '../../ports/remote-objects.port.ts';
import type { FilledAnswer, FillSockets } from '../http/fill.ts';
import { emptySha256 } from '../http/sigv4.ts';
import type { Signer } from '../http/sigv4.ts';
import { factsOf } from '../s3/object-info.ts';
import { foundOutput } from '../s3/direct/found-output.ts';
import { signedObject } from '../s3/direct/object-request.ts';
import { mendHeaders } from '../s3/request/odd-answers.ts';
import { Kept } from './kept.ts';
import type { Lines } from './lines.ts';
import type { FetchAnswer, FetchRequest, Found } from './protocol.ts';

const slowDownStatus = 503;
const query = { 'x-id': 'GetObject' };

type Bytes = Uint8Array<ArrayBuffer>;
type Group = Pick<FetchRequest, 'signing' | 'abilities'> & {
  readonly sockets: FillSockets;
  readonly signer: Signer;
  readonly signal: AbortSignal;
  isSlow: boolean;
};

export class FetchGroups extends Kept<Bytes> {
  readonly #lines: Lines;

  constructor(lines: Lines) {
    super();
    this.#lines = lines;
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const { id, wanted, signing, abilities } = request;
    const { sockets, signer } = this.#lines.of(request);
    const shared = { signing, abilities, sockets, signer };
    // One piece of memory for all of them.
    const memory = Buffer.allocUnsafeSlow(wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    let at = 0;
    const opIds = wanted.map(({ opId }) => opId);
    return this.during(opIds, async (signal) => {
      const group: Group = { ...shared, signal, isSlow: false };
      const found = await Promise.all(
        wanted.map((one) => {
          const into = memory.subarray(at, (at += one.sizeBytes));
          return this.#fetchOne(one, into, group);
        }),
      );
      return { kind: 'fetched', id, found, isSlow: group.isSlow };
    });
  }

  async #fetchOne(wanted: WantedObject, into: Bytes, group: Group): Promise<Found | null> {
    try {
      const answer = await ask(wanted, into, group);
      if (answer === null) return null;
      await answer.filling.done;
      const found = proven(wanted, into, answer, group);
      if (found !== null) this.keep(wanted.opId, into);
      return found;
    } catch {
      // The general way meets it again, and reports it.
      return null;
    }
  }
}

/** Null for another answer, whose body is not read. */
async function ask({ key, etag }: WantedObject, into: Bytes, group: Group): Promise<FilledAnswer | null> {
  const { signing, sockets, signer, signal } = group;
  const headers = { ...signing.headers, 'if-match': `"${etag}"` };
  const request = signedObject({ method: 'GET', key, query, headers, sha256: emptySha256 }, signing.place, {
    signer,
    keys: signing.keys,
    at: new Date(signing.atMs),
  });
  const asked = { ...request, method: 'GET', path: requestTarget(request), body: null } as const;
  const answer = await sockets.askObject(asked, into, signal);
  if (answer === null || 'filling' in answer) return answer;
  if (answer.statusCode === slowDownStatus) group.isSlow = true;
  answer.body.on('error', () => undefined).destroy();
  return null;
}

/** What was asked for, and no other bytes; null otherwise. */
function proven(
  { key, etag, sizeBytes }: WantedObject,
  bytes: Bytes,
  { statusCode, headers, filling }: FilledAnswer,
  { abilities }: Group,
): Found | null {
  const response = { statusCode, headers };
  mendHeaders(response);
  const info = factsOf(key, foundOutput(response, null), abilities);
  if (filling.lengthBytes !== sizeBytes || info.sizeBytes !== sizeBytes || info.etag !== etag) return null;
  const content = hash('sha256', bytes) as ContentId; // a hash just made
  if (info.sha256 !== null && info.sha256 !== content) return null;
  return { metadata: info.metadata, modifiedMs: info.modifiedMs, content };
}
