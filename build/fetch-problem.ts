/** Explanation of a failure to fetch Electron or the tools of electron-builder. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ERR_NON_2XX_3XX_RESPONSE',
]);

/** Null for every other failure. */
export function fetchProblem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !unreachable.has(code)) return null;
  return (
    `Electron and the tools that pack it come from github.com, which did not give them (${message}). ` +
    'Behind a mirror set ELECTRON_MIRROR and ELECTRON_BUILDER_BINARIES_MIRROR; ' +
    'the command line (--cli, --npm) is packed without them.'
  );
}
