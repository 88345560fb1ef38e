// Certificate authorities: the system's for the whole process, and those that one account names.
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import { demandFixedPlace, quoted, unsafe } from '../system/home/fixed-place.ts';

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

/** Given to each connection by TLS: else `NODE_TLS_REJECT_UNAUTHORIZED` of the environment would let any certificate pass. */
export const provenTls = { rejectUnauthorized: true } as const;

const longestFileBytes = 1024 * 1024;

/** PEM blocks, also of a file with one certificate in DER. Throws `config-invalid` naming the file. */
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
  let content: Buffer;
  try {
    const { mode, size } = await stat(file);
    if (size > longestFileBytes) throw new RangeError('too large');
    demandFixed(file, mode);
    content = await readFile(file, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (isSyncError(cause)) throw invalid(`is refused: ${cause.message}`, cause);
    throw invalid(cause instanceof RangeError ? 'is too large' : 'cannot be read', cause);
  }
  const blocks = blocksOf(content.toString('utf8'));
  if (blocks.length === 0) {
    const binary = ofBinary(content);
    if (binary === null) throw invalid('holds no certificate');
    return [binary];
  }
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw invalid('holds a damaged certificate', cause);
    }
  }
  return blocks;
}

const writableByAll = 0o002;

/** Another user of the machine could put an authority of their own there, whose certificates would then pass for those of the services. */
function demandFixed(file: string, mode: number): void {
  if (process.platform === 'win32') return;
  if ((mode & writableByAll) !== 0)
    throw unsafe(`all users may write to it; check it, then run: chmod o-w ${quoted(file)}`);
  demandFixedPlace({ what: 'the file of certificates', folder: file, env: process.env });
}

const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'] as const;

/** Looked through once, whatever the file holds: the first end after a beginning is its own. */
function blocksOf(text: string): readonly string[] {
  const blocks: string[] = [];
  for (let at = text.indexOf(begin); at !== -1;) {
    const last = text.indexOf(end, at);
    if (last === -1) break;
    blocks.push(text.slice(at, last + end.length));
    at = text.indexOf(begin, last);
  }
  return blocks;
}

/** The certificate of a `.cer` or `.der` file as PEM; null where it is none. */
function ofBinary(content: Buffer): string | null {
  try {
    return new X509Certificate(content).toString().trim();
  } catch {
    return null;
  }
}

export type Authorities = {
  readonly pem: readonly string[];
  /** Of each certificate who it says it is of, and what tells it from another that says the same. */
  readonly certificates: readonly { readonly name: string; readonly fingerprint: string }[];
};

/** Throws as `readCertificates`. */
export async function readAuthorities(file: string, signal: AbortSignal): Promise<Authorities> {
  const pem = await readCertificates(file, signal);
  const certificates = pem.map((one) => ({
    name: nameOfCertificate(one),
    fingerprint: new X509Certificate(one).fingerprint256,
  }));
  return { pem, certificates };
}

/** Who a certificate says it is of: its common name, or else its organisation. */
export function nameOfCertificate(pem: string): string {
  const { subject } = new X509Certificate(pem);
  const find = (field: string): string | undefined =>
    subject
      .split('\n')
      .find((line) => line.startsWith(`${field}=`))
      ?.slice(field.length + 1);
  return find('CN') ?? find('O') ?? subject.replaceAll('\n', ', ');
}
