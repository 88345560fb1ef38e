// Decodes `aws-chunked` bodies: with or without chunk signatures, with or without a signed trailer.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Verified } from './sigv4.ts';

const EMPTY_HASH = createHash('sha256').digest('hex');
const MAX_LINE = 16_384;

/** Fed with raw bytes; emits the decoded ones and collects trailers. Throws at the first wrong byte or signature. */
export class ChunkedDecoder {
  readonly trailers = new Map<string, string>();
  readonly #emit: (chunk: Buffer) => void;
  readonly #signing: Verified | null;
  readonly #wantsTrailerSignature: boolean;
  #previousSignature: string;
  #state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  #line = '';
  #left = 0;
  #chunkSignature = '';
  #hash: Hash | undefined;
  #trailerText = '';

  constructor(verified: Verified, emit: (chunk: Buffer) => void) {
    const isSigned = verified.payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
    this.#signing = isSigned ? verified : null;
    this.#wantsTrailerSignature = isSigned && verified.payload.endsWith('-TRAILER');
    this.#previousSignature = verified.signature;
    this.#emit = emit;
  }

  write(input: Buffer): void {
    let offset = 0;
    while (offset < input.length) {
      if (this.#state === 'data') {
        const chunk = input.subarray(offset, Math.min(input.length, offset + this.#left));
        offset += chunk.length;
        this.#left -= chunk.length;
        this.#hash?.update(chunk);
        this.#emit(chunk);
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      if (this.#state === 'done') throw malformed('bytes after the last chunk');
      const end = input.indexOf(10, offset);
      this.#line += input.toString('latin1', offset, end < 0 ? input.length : end + 1);
      offset = end < 0 ? input.length : end + 1;
      if (this.#line.length > MAX_LINE) throw malformed('a chunk header is too long');
      if (end < 0) return;
      const line = this.#line.replace(/\r?\n$/, '');
      this.#line = '';
      this.#takeLine(line);
    }
  }

  /** Throws when the body ended too early. */
  end(): void {
    // Some clients leave out the final empty line of an empty trailer.
    if (this.#state === 'trailer' && this.#line === '' && !this.#wantsTrailerSignature) return;
    if (this.#state !== 'done')
      throw new AwsError('IncompleteBody', 400, 'The request body terminated unexpectedly');
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case 'size': {
        const [size = '', ...extensions] = line.split(';');
        if (!/^[0-9a-fA-F]{1,12}$/.test(size)) throw malformed(`chunk size ${size.slice(0, 20)}`);
        this.#left = Number.parseInt(size, 16);
        this.#chunkSignature =
          extensions.find((text) => text.startsWith('chunk-signature='))?.slice('chunk-signature='.length) ??
          '';
        if (this.#signing !== null) this.#hash = createHash('sha256');
        if (this.#left > 0) {
          this.#state = 'data';
          return;
        }
        this.#checkChunk();
        this.#state = 'trailer';
        return;
      }
      case 'data-end':
        if (line !== '') throw malformed('a chunk is longer than it says');
        this.#checkChunk();
        this.#state = 'size';
        return;
      case 'trailer':
        this.#takeTrailer(line);
        return;
      default:
        throw malformed('unexpected state');
    }
  }

  #takeTrailer(line: string): void {
    if (line === '') {
      if (this.#wantsTrailerSignature && this.trailers.get('x-amz-trailer-signature') === undefined)
        throw malformed('the trailer signature is missing');
      this.#state = 'done';
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('a trailer line has no colon');
    const name = line.slice(0, colon).toLowerCase().trim();
    const value = line.slice(colon + 1).trim();
    this.trailers.set(name, value);
    if (name !== 'x-amz-trailer-signature') {
      this.#trailerText += `${name}:${value}\n`;
      return;
    }
    if (this.#signing === null) return;
    const hash = createHash('sha256').update(this.#trailerText).digest('hex');
    this.#compare(
      this.#signing,
      `AWS4-HMAC-SHA256-TRAILER\n${this.#signing.amzDate}\n${this.#signing.scope}\n${this.#previousSignature}\n${hash}`,
      value,
    );
  }

  #checkChunk(): void {
    if (this.#signing === null || this.#hash === undefined) return;
    const hash = this.#hash.digest('hex');
    const { amzDate, scope } = this.#signing;
    this.#compare(
      this.#signing,
      `AWS4-HMAC-SHA256-PAYLOAD\n${amzDate}\n${scope}\n${this.#previousSignature}\n${EMPTY_HASH}\n${hash}`,
      this.#chunkSignature,
    );
    this.#previousSignature = this.#chunkSignature;
    this.#hash = undefined;
  }

  #compare(signing: Verified, text: string, given: string): void {
    const expected = createHmac('sha256', signing.signingKey).update(text).digest();
    const actual = Buffer.from(given, 'hex');
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
      throw new AwsError(
        'SignatureDoesNotMatch',
        403,
        'The chunk signature we calculated does not match the one you provided.',
      );
    }
  }
}

function malformed(what: string): AwsError {
  return new AwsError('InvalidChunkSizeError', 400, `The aws-chunked body is malformed: ${what}`);
}
