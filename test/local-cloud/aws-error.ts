// An error as AWS services report it: a code, an HTTP status and a message.

export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(code: string, status: number, message: string, fields: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

export function accessDenied(message = 'Access Denied'): AwsError {
  return new AwsError('AccessDenied', 403, message);
}

/** What went wrong, as the service reports it; anything unforeseen under the service's own code. */
export function asAwsError(error: unknown, code: string, status: number): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError(code, status, error instanceof Error ? error.message : 'unknown');
}
