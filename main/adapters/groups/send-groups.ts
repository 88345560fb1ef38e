// Sends groups of small new objects from files that it has read, for the worker.
//
// Every PUT is conditional. What was refused without an effect is left to the general way, which sends it once more and says what it
// means; what may have happened is `unclear`, and looked up.
import { requestTarget } from '../../core/net/percent-encoded.ts';
import type { SentOutcome } from '../../ports/remote-objects.port.ts';
import type { WholeRead } from '../disk/small/protocol.ts';
import { isSameFile } from '../disk/small/read-whole.ts';
import { sumInput, sumOf } from '../sums/body-sum.ts';
import { mapS3Error } from '../s3/errors.ts';
import { joinMetadata, parseEtag, realVersion } from '../s3/object-info.ts';
import { signedObject } from '../s3/direct/object-request.ts';
import { putHeaders } from '../s3/direct/put-headers.ts';
import { forTheClient, refusal, textOf } from '../s3/request/refusal.ts';
import { Kept } from './kept.ts';
import type { Line, Lines } from './lines.ts';
import type { SendAnswer, Sending, SendRequest } from './protocol.ts';

type Held = WholeRead & { readonly file: string };
type Group = {
  readonly request: SendRequest;
  readonly line: Line;
  readonly signal: AbortSignal;
  isSlow: boolean;
};

const query = { 'x-id': 'PutObject' };
/** A PUT is answered without a body. */
const emptyBody = new Uint8Array(0);
const outcomeUnclear: SentOutcome = { kind: 'unclear' };

export class SendGroups extends Kept<Held> {
  readonly #lines: Lines;

  constructor(lines: Lines) {
    super();
    this.#lines = lines;
  }

  async send(request: SendRequest): Promise<SendAnswer> {
    const { id, files } = request;
    const line = this.#lines.of(request);
    const opIds = files.map(({ opId }) => opId);
    return this.during(opIds, async (signal) => {
      const group: Group = { request, line, signal, isSlow: false };
      const sent = await Promise.all(files.map((file) => this.#sendOne(file, group)));
      return { kind: 'sent', id, sent, isSlow: group.isSlow };
    });
  }

  async #sendOne(sending: Sending, group: Group): Promise<SentOutcome | null> {
    const held = this.take(sending.opId);
    if (held === null) return null;
    try {
      return await put(sending, held, group);
    } catch (error) {
      const { fields, code } = mapS3Error(error, { writes: true, deniedScope: 'item', nowMs: Date.now() });
      if (code === 'slow-down') group.isSlow = true;
      return fields['mayHaveHappened'] === true ? outcomeUnclear : null;
    }
  }
}

async function put(
  sending: Sending,
  held: Held,
  { request, line, signal }: Group,
): Promise<SentOutcome | null> {
  const asked = signedPut(sending, held, request, line);
  // C13: after the last byte was read and just before the object is made.
  if (!isSameFile(held)) return { kind: 'withdrawn' };
  const answer = await line.sockets.askObject(asked, emptyBody, signal);
  if (answer === null) return null;
  const { statusCode, headers } = answer;
  if ('filling' in answer) await answer.filling.done;
  else {
    const text = await textOf(answer);
    if (statusCode === 409 || statusCode === 412) return { kind: 'lost' };
    if (forTheClient.has(statusCode)) return null;
    if (statusCode < 200 || statusCode >= 300) throw refusal(answer, text);
  }
  const etag = parseEtag(headers['etag']);
  return etag === null
    ? outcomeUnclear
    : { kind: 'done', etag, versionId: realVersion(headers['x-amz-version-id']) };
}

function signedPut(
  { key, contentType, metadata }: Sending,
  { bytes, sha256 }: Held,
  { signing, abilities }: SendRequest,
  { signer }: Line,
): Parameters<Line['sockets']['askObject']>[0] {
  const facts = {
    ContentType: contentType,
    IfNoneMatch: '*',
    Metadata: joinMetadata(metadata, undefined),
    ...(abilities?.sha256 === false
      ? sumInput(sumOf(abilities.partChecksum, bytes))
      : { ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64') }),
  };
  const headers = { ...putHeaders(facts, bytes.length), ...signing.writeHeaders };
  const request = signedObject({ method: 'PUT', key, query, headers, sha256 }, signing.place, {
    signer,
    keys: signing.keys,
    at: new Date(signing.atMs),
  });
  return { ...request, method: 'PUT', path: requestTarget(request), body: bytes };
}
