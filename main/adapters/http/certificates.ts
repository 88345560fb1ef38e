// Certificate authorities: the system's for the whole process, and those that one account names.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { SyncError } from '../../core/model/errors.ts';

let isSystemTrusted = false;

/**
 * Adds the system's authorities to what Node trusts, never replaces it. Called by each agent before it connects by TLS: reading
 * the store takes 60 ms, which a start without a connection does not pay.
 */
export function trustSystemCertificates(): void {
  if (isSystemTrusted) return;
  isSystemTrusted = true;
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
}

/** PEM blocks. Throws `config-invalid` naming the file. */
export async function readCertificates(file: string, signal: AbortSignal): Promise<readonly string[]> {
  const invalid = (why: string, cause?: unknown): SyncError =>
    new SyncError({
      code: 'config-invalid',
      retry: 'slow',
      scope: 'account',
      message: `caFile ${JSON.stringify(file)} ${why}`,
      fields: { field: 'caFile' },
      cause,
    });
  let text: string;
  try {
    text = await readFile(file, { encoding: 'utf8', signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw invalid('cannot be read', cause);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw invalid('holds no PEM certificate');
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw invalid('holds a damaged certificate', cause);
    }
  }
  return blocks;
}
