// Clock and random source, injected so that simulations replay deterministically.

export interface Clock {
  /** Milliseconds since the epoch. May jump; used for labels and expiry, never to decide whose bytes win. */
  nowMs(): number;
  /** Monotonic milliseconds, for rates, delays and debouncing. */
  monotonicMs(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `bytes` random bytes as lower-case hex, from a cryptographic source in production. */
  hex(bytes: number): string;
}
