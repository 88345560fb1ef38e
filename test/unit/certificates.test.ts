// Trusted certificate authorities: Node's, the system's and those of an account's file.
import { X509Certificate } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, rootCertificates, setDefaultCACertificates } from 'node:tls';
import { expect, test, vi } from 'vitest';
import {
  nameOfCertificate,
  readCertificates,
  trustSystemCertificates,
} from '../../main/adapters/http/certificates.ts';
import { runConfigSet } from '../../main/cli/settings/config.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

/** Self-signed and in no system store; its key was discarded. */
const ownAuthority = `-----BEGIN CERTIFICATE-----
MIIBnTCCAUOgAwIBAgIUT5cQrEqF1JVL37Cztu5Cb7r2qcIwCgYIKoZIzj0EAwIw
IzEhMB8GA1UEAwwYRHJpZnRsZXNzIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMzAx
MjM1NFoYDzIxMjYxMDMwMDEyMzU0WjAjMSEwHwYDVQQDDBhEcmlmdGxlc3MgdGVz
dCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS1tAX8obeAiOBQ
tzZ6f5oqSwpxnzmDHhZIA+duByPCZ/TyZqMPwu2NP/yIXjEb8yEWlKAgzn5BuhW1
HoGFON9jo1MwUTAdBgNVHQ4EFgQUKTIphbX5Qqpvp+jk6UziLswbMR4wHwYDVR0j
BBgwFoAUKTIphbX5Qqpvp+jk6UziLswbMR4wDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiEAoPBQLbrV/IiMxyxwfipuWVPRLuyFimAZI90MzardCfgC
IApBCuoz6yJyn2H3cA529AlpOZyNNp7ZwH5rtMfHrKRN
-----END CERTIFICATE-----`;

const signal = new AbortController().signal;

function fingerprints(pems: readonly string[]): ReadonlySet<string> {
  return new Set(pems.map((pem) => new X509Certificate(pem).fingerprint256));
}

test("an account trusts Node's and the system’s authorities and those of its own file", async () => {
  setDefaultCACertificates(rootCertificates.slice(0, 4));
  const path = join(await tempFolder(), 'ca.pem');
  await writeFile(path, `# our company\n${ownAuthority}\n`);
  trustSystemCertificates();
  const after = fingerprints(getCACertificates('default'));
  for (const wanted of fingerprints(rootCertificates.slice(0, 4))) expect(after.has(wanted)).toBe(true);
  expect(fingerprints(await readCertificates(path, signal))).toEqual(fingerprints([ownAuthority]));
  expect(after).not.toContain(new X509Certificate(ownAuthority).fingerprint256);
});

test.each([
  ['no certificate', 'nothing here', 'holds no certificate'],
  ['more than certificates have', 'x'.repeat(1024 * 1024 + 1), 'is too large'],
  // Looked through once for each beginning, it would take a minute.
  ['beginnings alone', '-----BEGIN CERTIFICATE-----\n'.repeat(37_000), 'holds no certificate'],
  [
    'a damaged one',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'holds a damaged certificate',
  ],
])('a certificate file with %s is refused by name', async (_name, text, problem) => {
  const path = join(await tempFolder(), 'ca.pem');
  await writeFile(path, text);
  await expect(readCertificates(path, signal)).rejects.toMatchObject({
    code: 'config-invalid',
    message: `caFile ${JSON.stringify(path)} ${problem}`,
  });
});

test(
  'a certificate file that all users may write to, or put another in the place of, is refused',
  skipUnless(process.platform !== 'win32', 'Windows has no such modes'),
  async () => {
    const folder = await tempFolder();
    const path = join(folder, 'ca.pem');
    await writeFile(path, ownAuthority);
    for (const [ofFolder, ofFile, isTaken] of [
      [0o755, 0o644, true],
      [0o755, 0o664, true],
      [0o755, 0o666, false],
      [0o777, 0o644, false],
      [0o1777, 0o644, true],
    ] as const) {
      await chmod(folder, ofFolder);
      await chmod(path, ofFile);
      const read = readCertificates(path, signal);
      if (isTaken) await read;
      else
        await expect(read).rejects.toMatchObject({
          ...{ code: 'config-invalid', fields: { field: 'caFile' } },
          message: expect.stringContaining(path) as string,
        });
    }
    await chmod(folder, 0o777);
    vi.stubEnv('DRIFTLESS_TRUSTED_FOLDERS', folder);
    try {
      expect(await readCertificates(path, signal)).toHaveLength(1);
    } finally {
      vi.unstubAllEnvs();
    }
  },
);

test('a missing certificate file is refused by name', async () => {
  await expect(readCertificates('/nonexistent/ca.pem', signal)).rejects.toMatchObject({
    code: 'config-invalid',
  });
});

test('a certificate in DER is read as well, and is named by its common name', async () => {
  const path = join(await tempFolder(), 'ca.cer');
  await writeFile(path, new X509Certificate(ownAuthority).raw);
  const read = await readCertificates(path, signal);
  expect(fingerprints(read)).toEqual(fingerprints([ownAuthority]));
  expect(read.map(nameOfCertificate)).toEqual(['Driftless test authority']);
});

test('the command line says the fingerprint of each certificate that an account trusts from now on', async () => {
  const home = await tempFolder();
  const account = {
    id: 'work',
    issuer: 'https://login.example.com/',
    clientId: 'abc',
    region: 'eu-central-1',
  };
  const exchange = { kind: 'web-identity', roleArn: 'arn:aws:iam::123456789012:role/driftless' };
  await writeFile(join(home, 'config.json'), JSON.stringify({ accounts: [{ ...account, exchange }] }));
  const value = join(home, 'ca.pem');
  await writeFile(value, ownAuthority);
  const said: string[] = [];
  const io = {
    home,
    isJson: false,
    isVerbose: false,
    isTerminal: false,
    progress: null,
    print: () => undefined,
  };
  await runConfigSet(
    { ...io, say: (line) => said.push(line) },
    { key: 'ca-file', value, account: 'work' },
    signal,
  );
  const { fingerprint256 } = new X509Certificate(ownAuthority);
  expect(said).toEqual([`work also trusts: Driftless test authority (SHA-256 ${fingerprint256})`]);
});
