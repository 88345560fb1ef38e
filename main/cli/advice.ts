// What to do about an error, for the terminal: one sentence beside the line that says what happened.

const byCode: Readonly<Record<string, string>> = {
  'config-missing':
    'take a connection profile ("driftless profile accept LINK"), write one as the README shows (docs/config.schema.json has every field), or name another home with --home',
  'needs-sign-in': 'run "driftless login"',
  'sign-in-cancelled': 'run "driftless login" again when you are ready',
  'sign-in-timeout': 'run "driftless login" again; --timeout SECONDS waits longer',
  'sign-in-denied': 'check that you used the right account, or ask your administrator for access',
  'browser-unavailable':
    'set DRIFTLESS_BROWSER=print to get the address, or sign in with a code: "driftless login --device"',
  'issuer-unreachable': 'check the network, and "issuer" in config.json',
  'issuer-invalid': 'check "issuer" in config.json',
  'exchange-unreachable': 'check the network, and "region" or "stsEndpoint" in config.json',
  'exchange-denied': 'ask your administrator to check "roleArn" and the trust policy of the role',
  'exchange-audience': 'ask your administrator to add this client id to the identity provider in AWS',
  'exchange-role-missing': 'check "roleArn" in config.json with your administrator',
  'grant-missing':
    'ask your administrator for a grant in S3 Access Grants to this folder, for the role in "roleArn"',
  'grant-unavailable':
    'ask your administrator to check the S3 Access Grants instance and the role of its location',
  'remote-denied':
    'check "bucket" and "prefix" in config.json; if they are right, ask your administrator for access to them',
  'bucket-missing': 'check "bucket" in config.json',
  'bucket-wrong-region': 'check "region" in config.json',
  'endpoint-unreachable': 'check the network, and "s3Endpoint" or "region" in config.json',
  'credentials-refused': 'run "driftless login" again; if it stays, ask your administrator',
  'clock-skew': "set this computer's clock right",
  'proxy-login': 'set HTTPS_PROXY with a login (http://user:password@proxy:port)',
  'tls-untrusted': 'name the certificate authority of your organisation with "caFile" in config.json',
  'remote-full': 'ask your administrator for more room',
  'disk-full': 'free some space and run it again',
  'trash-item-gone': '"driftless trash ls" shows what is there',
  'port-in-use': 'choose another with --port, or leave it out to get a free one',
  'root-missing': 'put the folder back, or connect the disk that it is on',
  'root-away': 'connect the disk, or put the folder back',
  'root-unreadable': 'give your user permission to read it',
  'other-principal': 'sign in as that user, or add a pair of your own',
  'state-corrupt':
    'move the pair\'s .db file in the "pairs" folder away, which "driftless doctor" names in its check "state"; the next sync then only merges and transfers only what differs',
  'state-newer': 'update Driftless on this computer',
  'local-unreadable': 'give your user permission to read it',
  'ignore-file-unread':
    'the rules that it had last apply; give your user permission to read it, and keep it below 256 KiB',
  'local-denied': 'give your user permission to read it',
  'local-read-only': 'make the folder writable, or set "mode" of the pair to "upload-only"',
  'key-refused': 'rename the object in the bucket',
  unreadable: 'give your user permission to read it',
};

const signInHere =
  'run "driftless sync --once --sign-in", or keep "driftless serve" running and sign in to it with "driftless login"';

/** Where only the reason tells what helps. */
const byReason: Readonly<Record<string, string>> = {
  'needs-sign-in/refresh-without-id-token': signInHere,
  'needs-sign-in/no-refresh-token': signInHere,
  'needs-sign-in/aws-profile-expired':
    'sign in again with the AWS CLI, for example "aws sso login --profile NAME"',
  'needs-sign-in/token-file-expired': 'see why whatever keeps the token file fresh has stopped',
};

/** Null where the message already says all there is to say. */
export function adviceFor(code: string, reason: string | null = null): string | null {
  return (reason === null ? undefined : byReason[`${code}/${reason}`]) ?? byCode[code] ?? null;
}
