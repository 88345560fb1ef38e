// What signs the requests of one bucket, by the SDK's client and without it.
import type { AwsCredentials, Credentials } from '../../ports/credentials.port.ts';
import type { SigningKeys } from '../http/sigv4.ts';
import { currentCall } from './request/call.ts';

export class S3Session {
  /**
   * How far the store's clock is ahead of ours. The exchange learned it, so that signing starts with that instead of with a refusal; the SDK's
   * client learns from a refusal, and writes it here as well.
   */
  offsetMs = 0;
  #newest = '';
  readonly #credentials: Credentials;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** For the current call, which keeps what signed it. */
  async keys(): Promise<SigningKeys> {
    const call = currentCall();
    const given: AwsCredentials = await this.#credentials.get(call?.signal ?? AbortSignal.timeout(60_000));
    // Each exchange measures the offset again; in between, what was learned from a refusal stays valid.
    if (given.accessKeyId !== this.#newest) this.offsetMs = given.clockOffsetMs;
    this.#newest = given.accessKeyId;
    if (call !== undefined) call.used = { accessKeyId: given.accessKeyId, expiresAtMs: given.expiresAtMs };
    const { accessKeyId, secretAccessKey, sessionToken } = given;
    return { accessKeyId, secretAccessKey, sessionToken };
  }
}
