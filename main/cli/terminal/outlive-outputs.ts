// Standard output and error whose reader has gone, or whose disk takes nothing.

type Output = {
  /** Of a terminal. */
  readonly isTTY?: boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
};

/**
 * The reader of a pipe has gone, as in "| head -1", or the terminal was closed under a program that stays, as after "disown": what is not
 * read is not needed, and the verb ends, or `serve` continues, as it would. What standard error does not take is lost whatever the reason,
 * such as a full disk under a log: there is no other place to say so.
 */
export function outliveOutputs({
  stdout,
  stderr,
}: {
  readonly stdout: Output;
  readonly stderr: Output;
}): void {
  stdout.on('error', (error) => {
    if (error.code !== 'EPIPE' && stdout.isTTY !== true) throw error;
  });
  stderr.on('error', () => undefined);
}
