// What the compiler proves to be unreachable, for the page's contract and the page.

/** For the `default` of a switch over `kind`. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
