// What the worker keeps by operation: bytes between two messages, and requests while they are under way.

export class Kept<Held> {
  readonly #held = new Map<string, Held>();
  readonly #flights = new Map<string, AbortController>();

  keep(opId: string, held: Held): void {
    this.#held.set(opId, held);
  }

  /** What is under this name, and is not kept here any more. */
  take(opId: string): Held | null {
    const held = this.#held.get(opId) ?? null;
    this.#held.delete(opId);
    return held;
  }

  drop(opIds: readonly string[]): void {
    for (const opId of opIds) {
      this.#flights.get(opId)?.abort(new Error('not wanted any more'));
      this.#held.delete(opId);
    }
  }

  /** Requests of a group, all of which end where one of these is dropped. */
  async during<Answer>(
    opIds: readonly string[],
    work: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const ending = new AbortController();
    for (const opId of opIds) this.#flights.set(opId, ending);
    const answer = await work(ending.signal);
    for (const opId of opIds) this.#flights.delete(opId);
    // What came in the same moment is not wanted either.
    if (ending.signal.aborted) this.drop(opIds);
    return answer;
  }
}
