// Use of a faster way that not every service answers: given up after failures, and tried again.

/** After so many in vain in a row it is only a detour. */
const vainLimit = 3;
/** What made it fail may be over by then: refused credentials, an overloaded store, one that was updated. */
const tryAgainMs = 10 * 60_000;

/** Times are monotonic milliseconds. */
export class ShortWay {
  #vain = 0;
  #closedUntilMs = 0;

  /** Once it was given up, true for one request in so many minutes, which then has to be made this way. */
  mayTry(nowMs: number): boolean {
    if (this.#vain < vainLimit) return true;
    if (nowMs < this.#closedUntilMs) return false;
    this.#closedUntilMs = nowMs + tryAgainMs;
    return true;
  }

  noteUsed(): void {
    this.#vain = 0;
  }

  noteVain(nowMs: number): void {
    this.#vain += 1;
    if (this.#vain >= vainLimit) this.#closedUntilMs = nowMs + tryAgainMs;
  }
}
