// Time and randomness as arguments, so that a simulated history can be run twice and give the same trace.

export interface Clock {
  /** Milliseconds since the epoch. May jump; used for labels and expiry, never to decide whose bytes win. */
  nowMs(): number;
  /** Milliseconds that only go forward, for rates, delays and settling. */
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
