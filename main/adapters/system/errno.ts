// Codes and messages of system errors.

/** The system's error code, or '' when the value is no system error. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return '';
  // Node has no name for a used-up quota.
  return error.code === `Unknown system error -${String(quotaErrno)}` ? 'EDQUOT' : error.code;
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // A held folder is reached by its descriptor; the path within it is what tells something.
  return text.replaceAll(/\/proc\/self\/fd\/\d+\/?/gu, '');
}

const quotaErrno = process.platform === 'darwin' ? 69 : 122;
