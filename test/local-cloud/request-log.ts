// Log and counts of requests, for tests of request budgets such as an idle hour.

export type LoggedRequest = {
  readonly verb: string;
  readonly status: number;
  readonly detail: string;
  readonly atMs: number;
};

const KEPT = 20_000;

export class RequestLog {
  #counts = new Map<string, number>();
  #entries: LoggedRequest[] = [];

  /** `verb` is the operation (PutObject, ListObjectsV2, AssumeRoleWithWebIdentity); `detail` the key or the error code. */
  record(verb: string, status: number, detail: string): void {
    this.#counts.set(verb, (this.#counts.get(verb) ?? 0) + 1);
    if (this.#entries.length >= KEPT) this.#entries = this.#entries.slice(KEPT / 2);
    this.#entries.push({ verb, status, detail, atMs: Date.now() });
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#counts = new Map();
    this.#entries = [];
  }
}
