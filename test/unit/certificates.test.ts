// Extra certificate authorities are added to what is trusted, and a file that holds none is named.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { trustCertificates } from '../../main/adapters/certificates.ts';
import { tempFolder } from '../support/temp.ts';

const signal = new AbortController().signal;

test('keeps what Node trusts and adds the file', async () => {
  const before = getCACertificates('default');
  const path = join(await tempFolder(), 'ca.pem');
  const extra = rootCertificates[0] ?? '';
  await writeFile(path, `# our company\n${extra}\n`);
  await trustCertificates([path], signal);
  const after = new Set(getCACertificates('default').map((pem) => pem.trim()));
  expect(before.every((pem) => after.has(pem.trim()))).toBe(true);
  expect(after.has(extra.trim())).toBe(true);
});

test.each([
  ['no certificate', 'nothing here', 'holds no PEM certificate'],
  [
    'a damaged one',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'holds a damaged certificate',
  ],
])('%s', async (_name, text, problem) => {
  const path = join(await tempFolder(), 'ca.pem');
  await writeFile(path, text);
  await expect(trustCertificates([path], signal)).rejects.toMatchObject({
    code: 'config-invalid',
    message: `caFile ${JSON.stringify(path)} ${problem}`,
  });
});

test('no file', async () => {
  await expect(trustCertificates(['/nonexistent/ca.pem'], signal)).rejects.toMatchObject({
    code: 'config-invalid',
  });
});
