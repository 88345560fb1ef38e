// Pages read one ahead: the next is asked for while the caller works on the one before.

/**
 * A distant store answers meanwhile. Never more than one page waits, and a failure comes in its turn. A caller that leaves early waits for
 * the page that was asked for.
 */
export async function* oneAhead<Page>(source: AsyncIterable<Page>): AsyncGenerator<Page, void, undefined> {
  const pages = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<Page>> => {
    const asked = pages.next();
    // Awaited in turn; until then a failure must not count as unhandled.
    asked.catch(() => undefined);
    return asked;
  };
  try {
    let next = ask();
    for (let page = await next; page.done !== true; page = await next) {
      next = ask();
      yield page.value;
    }
  } finally {
    await pages.return?.();
  }
}
