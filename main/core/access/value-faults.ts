// Faults of the values in a connection profile, by code; each with its line for the terminal.
// The page words the code from the catalogue, under `reason.<code>`.

export const valueFaults = {
  'not-id': 'must be lower-case letters, digits and "-", at most 63',
  empty: 'must not be empty',
  'over-long': 'is too long',
  'not-ascii': 'must be plain printable ASCII',
  'not-short-ascii': 'must be at most 512 characters of plain printable ASCII',
  'not-role': 'is not a role ARN such as "arn:aws:iam::123456789012:role/driftless"',
  'not-aws-role': 'is not an AWS role ARN',
  'not-provider': 'is not a provider ARN such as "arn:aws:iam::123456789012:saml-provider/idp"',
  'not-pool': 'is not an identity pool id such as "eu-central-1:11111111-2222-3333-4444-555555555555"',
  'not-whole': 'must be a whole number',
  'under-900': 'must be at least 900',
  'over-43200': 'must be at most 43200',
  'over-2048': 'must be at most 2048 characters',
  'not-policy': 'must be an IAM policy document as JSON text',
  'not-loopback': 'must be "http://127.0.0.1/path" or "http://localhost:PORT/path"',
  'odd-port': 'has an impossible port',
  'other-params':
    'must set nothing but access_type, audience, connection, domain_hint, hd, organization, prompt',
  'not-12-digits': 'must be 12 digits',
  'no-openid': 'must contain "openid"',
  'not-region': 'is not a region such as "eu-central-1"',
  'not-bucket': 'is not a bucket name',
  'no-slash-at-end': 'must end with "/"',
  'slash-at-start': 'must not start with "/"',
  'prefix-too-long': 'must be at most 512 bytes',
  'not-nfc': 'must be in Unicode form NFC',
  'empty-segment': 'has an empty segment ("//")',
  'escapes-here': 'escapes with a "." segment',
  'escapes-up': 'escapes with a ".." segment',
  'own-name': 'must not contain ".driftless", which is ours',
  'odd-variable': 'knows only {sub} and {tag:NAME}, each as a whole segment',
  'odd-characters': 'must not contain \\ * ? or $',
  'control-characters': 'must not contain control characters',
  'whole-bucket': 'must not be empty: the grant would hold for the whole bucket',
  'not-fixed': 'must be a fixed prefix: a grant knows no user',
  'over-20': 'must be at most 20',
  'needs-grants': 'are possible only with exchange.kind "access-grants"',
  'not-string': 'must be of type string',
  'not-number': 'must be of type number',
  'not-int': 'must be of type int',
  'not-boolean': 'must be of type boolean',
  'not-array': 'must be of type array',
  'not-object': 'must be of type object',
  'not-record': 'must be of type record',
} as const;

const codes: ReadonlyMap<string, string> = new Map(
  Object.entries(valueFaults).map(([code, line]) => [line, code]),
);

/** The code of a line; `not-valid` for one that has none, which the page words without its detail. */
export function faultOf(line: string): string {
  return codes.get(line) ?? 'not-valid';
}
