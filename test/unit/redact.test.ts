// Redaction of secrets in the log, by name, pattern and registered value.
import { expect, test } from 'vitest';
import { createJsonLog, SecretRegistry } from '../../main/adapters/system/log.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { asSecret, isSecretName, redactText, redactValue } from '../../main/core/redact.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
const planted = [
  'refresh-7d1f0c2b9a',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYplantedKEY',
  'ASIAPLANTED12345678',
  jwt,
  'session+token/with=odd&chars',
];

test.each([
  'refreshToken',
  'refresh_token',
  'id-token',
  'SecretAccessKey',
  'sessionToken',
  'Authorization',
  'Set-Cookie',
  'password',
  'SAMLAssertion',
  'code_verifier',
  'X-Amz-Signature',
  'nonce',
  'apiKey',
  'accessKeyId',
])('%s is a secret name', (name) => {
  expect(isSecretName(name)).toBe(true);
});
test.each(['pairId', 'bytes', 'code', 'state', 'status', 'message', 'keyCount', 'expiresAtMs', 'bucket'])(
  '%s is not a secret name',
  (name) => {
    expect(isSecretName(name)).toBe(false);
  },
);

test.each([
  ['a JWT', `failed with ${jwt} at`, 'failed with [redacted] at'],
  ['an access key id', 'key ASIAPLANTED12345678 used', 'key [redacted] used'],
  [
    'a presigned URL',
    'GET https://b/k?X-Amz-Signature=abc123&X-Amz-Date=1',
    'GET https://b/k?X-Amz-Signature=[redacted]&X-Amz-Date=1',
  ],
  [
    'a callback URL',
    '/callback?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz',
    '/callback?code=[redacted]&state=[redacted]',
  ],
  ['a bearer header', 'authorization: Bearer abc.def', 'authorization: Bearer [redacted]'],
  ['an ordinary line', 'uploaded photos/state=1 of 3.jpg', 'uploaded photos/state=1 of 3.jpg'],
])('redaction by pattern handles %s', (_name, text, expected) => {
  expect(redactText(text, [])).toBe(expected);
});

test('a log that is fed secrets in every way writes none', () => {
  const lines: string[] = [];
  const secrets = new SecretRegistry(() => 0);
  for (const secret of planted) secrets.add(secret, null);
  const log = createJsonLog({ write: (line) => lines.push(line), level: 'debug', secrets, nowMs: () => 0 });
  for (const secret of planted) {
    log.info(`told ${secret}`, {
      note: `before ${secret} after`,
      url: `https://x/?a=${encodeURIComponent(secret)}`,
      json: JSON.stringify({ inner: secret }),
    });
    log.error('failed', { token: secret, refresh_token: secret });
  }
  expect(lines).toHaveLength(planted.length * 2);
  const written = lines.join('');
  for (const secret of planted) {
    expect(written).not.toContain(secret);
    expect(written).not.toContain(encodeURIComponent(secret));
  }
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', at: '1970-01-01T00:00:00.000Z' });
});

test('a field that is called message goes beside the message of its line', () => {
  const lines: string[] = [];
  const secrets = new SecretRegistry(() => 0);
  const log = createJsonLog({ write: (line) => lines.push(line), level: 'debug', secrets, nowMs: () => 0 });
  log.warn('pair stopped', { code: 'remote-denied', message: 'the bucket refused' });
  log.info('started', { code: 'none' });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { message: 'pair stopped', code: 'remote-denied', detail: 'the bucket refused' },
    { message: 'started', code: 'none' },
  ]);
  expect(lines[1]).not.toContain('detail');
});

const long = `IQoJ${'planted/session+token'.repeat(30)}`;
test.each([
  ['cut short, as a message is', `answered: ${long.slice(0, 300)}`, 'answered: [redacted]'],
  ['twice, the second one cut', `${long} and ${long.slice(0, 40)}`, '[redacted] and [redacted]'],
  ['in a URL, cut', `?t=${encodeURIComponent(long).slice(0, 200)}&u=1`, '?t=[redacted]&u=1'],
  ['in base64', `got ${btoa(long)}`, 'got [redacted]=='],
  ['in base64url', `got ${Buffer.from(long).toString('base64url')}.`, 'got [redacted].'],
  ['only beginning alike', `${long.slice(0, 10)} is no secret`, `${long.slice(0, 10)} is no secret`],
])('a registered secret is redacted %s', (_name, text, expected) => {
  expect(redactText(text, [asSecret(long)])).toBe(expected);
});

test('tokens with a common beginning do not hide one another', () => {
  const [first, second] = ['one', 'two'].map((end) => `${long}/${end.repeat(20)}`) as [string, string];
  const secrets = [first, second].map(asSecret);
  expect(redactText(`${second} ${first}${second}, ${btoa(second)}`, secrets)).toBe(
    '[redacted] [redacted][redacted], [redacted]=',
  );
});

test('errors keep code and message and lose secrets, down to their causes', () => {
  const error = new SyncError({
    code: 'exchange-denied',
    retry: 'slow',
    scope: 'account',
    message: `no ${jwt}`,
    fields: { idToken: jwt },
    cause: new Error(`because ${planted[0] ?? ''}`),
  });
  const written = JSON.stringify(
    redactValue({ error, nested: [{ deep: { password: 'x' } }] }, planted.map(asSecret)),
  );
  expect(written).toContain('exchange-denied');
  for (const secret of planted) expect(written).not.toContain(secret);
  expect(written).not.toContain('"x"');
});

test('a value that contains itself ends', () => {
  const loop: Record<string, unknown> = { name: 'a' };
  loop['self'] = loop;
  expect(JSON.stringify(redactValue(loop, []))).toContain('[deep]');
});

test('the registry forgets the oldest secret', () => {
  const registry = new SecretRegistry(() => 0, 2);
  for (const value of ['one', 'two', 'one', 'three']) registry.add(value, 'work');
  expect([...registry.values()].map(({ value }) => value)).toEqual(['one', 'three']);
});

test('the registry drops expired secrets and those of an account that signed out', () => {
  let nowMs = 0;
  const registry = new SecretRegistry(() => nowMs);
  const known = () => registry.values().map(({ value }) => value);
  registry.add('proxy-password', null);
  registry.add('token-of-work', 'work');
  registry.add('token-of-home', 'home');
  registry.forget('work');
  expect(known()).toEqual(['proxy-password', 'token-of-home']);
  nowMs = 14 * 3_600_000;
  registry.add('new-token-of-home', 'home');
  expect(known()).toEqual(['proxy-password', 'new-token-of-home']);
});

test('the registry keeps what an account had of a new sign-in, and drops what it had before the sign-out', () => {
  let nowMs = 0;
  const registry = new SecretRegistry(() => nowMs);
  registry.add('token-of-the-ended-session', 'work');
  const mark = registry.mark();
  nowMs = 30_000;
  registry.add('token-of-the-next-session', 'work');
  nowMs = 60_000;
  registry.forget('work', mark);
  expect(registry.values().map(({ value }) => value)).toEqual(['token-of-the-next-session']);
});

test('a text is kept up to 16 KiB, without a secret that the cut would divide', { timeout: 120_000 }, () => {
  const secret = asSecret('kOs9QeV2aXw7LmZt4RbYc1DfGhJ8pNuW');
  expect(redactText('a'.repeat(16_384), [])).toHaveLength(16_384);
  for (const before of [16_384 - 3, 16_384 - 24, 16_384 - 31, 16_384, 16_390]) {
    const cut = redactText(`${' '.repeat(before)}${secret.value} and more`, [secret]);
    expect(cut).toMatch(/^ *(?:\[redacted\])? \[cut\]$/);
    expect(cut.length).toBeLessThan(16_420);
  }
  // Searched whole, this would take minutes: a token could begin at every fourth character.
  expect(redactText('eyJ-'.repeat(2 ** 20), [])).toMatch(/ \[cut\]$/);
});

test('tokens are found wherever a word begins, and not within one', () => {
  const blank = redactText(
    `a ${jwt}, x-${jwt} eyJhbGciOiJub25lIn0.e30. beyJhbGciOiJub25lIn0.e30 eyJ.a eyJabcde.`,
    [],
  );
  expect(blank).toBe('a [redacted], x-[redacted] [redacted] beyJhbGciOiJub25lIn0.e30 eyJ.a eyJabcde.');
  expect(redactText(`${jwt}.more ${jwt}..`, [])).toBe('[redacted].more [redacted]..');
});

// A service chooses both the text and, if it issued them, the secrets (security rule 22). Each text takes a fifth of a second
// and more where it is looked through again from each of its characters.
test.each([
  ['many beginnings of tokens that are none', 'eyJ-'.repeat(4096), []],
  ['a long secret of one character', 'a'.repeat(16_384), [asSecret('a'.repeat(16_384))]],
  ['a secret that repeats itself', 'ab'.repeat(8192), [asSecret('ab'.repeat(8000))]],
])('a hundred texts with %s are blanked in a moment', (_what, text, secrets) => {
  for (let count = 0; count < 100; count += 1) redactText(text, secrets);
});

test('an overlap of a secret with itself is blanked as far as it goes', () => {
  const secret = `${'a'.repeat(50)}${'b'.repeat(50)}`;
  expect(redactText(`x${'a'.repeat(10)}${secret}y`, [asSecret(secret)])).toBe('x[redacted]y');
});

test('a line of the log holds no character that a terminal obeys', () => {
  const lines: string[] = [];
  const log = createJsonLog({
    write: (line) => void lines.push(line),
    level: 'info',
    secrets: new SecretRegistry(() => 0),
    nowMs: () => 0,
  });
  const path = 'a\u009b31mred\u202etxt\u2028b\u007f';
  log.info('sent', { path });
  expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ path });
});
