/**
 * Maker of the signed release manifest, for the machine that holds the offline key.
 *
 * `--new-key FILE` makes a key pair: the private half goes into FILE, the public half is printed for the build.
 * `--key FILE --version 0.2.0 [--days 90] [--previous OLD] [--file INSTALLER]... --out FILE` signs a manifest; `--key` is
 * repeatable, so that during a rotation builds with the old and with the new key both accept it. A program replaces itself
 * with the files given by `--file` alone. No key file may lie in the checkout.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  keyId,
  manifestFormat,
  manifestType,
  mostFiles,
  openEnvelope,
  publicKeyText,
  signedBytes,
} from '../main/adapters/updates/envelope.ts';
import type { Envelope } from '../main/adapters/updates/envelope.ts';
import { isReleasedVersion, judgeRelease, longestLifeMs } from '../main/core/updates/release.ts';
import type { ReleaseFacts } from '../main/core/updates/release.ts';

const root = join(import.meta.dirname, '..');
const dayMs = 86_400_000;

/** Envelope of these facts, one signature for each private key. */
export function signRelease(facts: ReleaseFacts, keys: readonly KeyObject[], type = manifestType): string {
  const payload = Buffer.from(
    JSON.stringify({
      type,
      version: facts.version,
      issued: new Date(facts.issuedAtMs).toISOString(),
      expires: new Date(facts.expiresAtMs).toISOString(),
      sha512: facts.sha512,
    }),
  );
  const envelope: Envelope = {
    format: manifestFormat,
    payload: payload.toString('base64'),
    signatures: keys.map((key) => ({
      key: keyId(publicKeyText(createPublicKey(key))),
      signature: sign(null, signedBytes(payload), key).toString('base64'),
    })),
  };
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

/** Throws for a key that others may read, that lies in the checkout, or that is no Ed25519 key. */
export function readSigningKey(file: string): KeyObject {
  refuseCheckout(file);
  const { mode } = statSync(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new Error(`${file}: others may read it; run "chmod 600" on it`);
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file}: not an Ed25519 key`);
  return key;
}

function sha512Of(file: string): string {
  return createHash('sha512').update(readFileSync(file)).digest('base64');
}

function refuseCheckout(file: string): void {
  const path = join(realpathSync(dirname(resolve(file))), 'key');
  if (!relative(realpathSync(root), path).startsWith('..'))
    throw new Error(`${file}: a signing key must not lie in the checkout`);
}

/** Writes a private key that did not exist before. Returns the public half. */
export function makeSigningKey(file: string): string {
  refuseCheckout(file);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  return publicKeyText(publicKey);
}

export type SignOptions = {
  readonly keyFiles: readonly string[];
  readonly version: string;
  readonly days: number;
  /** The manifest that is published now; the new one must be one that its readers accept after it. */
  readonly previous: string | null;
  readonly nowMs: number;
  /** Installers of this version: a program replaces itself with these alone. */
  readonly files?: readonly string[];
};

/** Throws for a manifest that installed programs would refuse. */
export function makeManifest(options: SignOptions): string {
  const { keyFiles, version, days, previous, nowMs, files = [] } = options;
  if (keyFiles.length === 0) throw new Error('--key FILE is missing');
  if (!isReleasedVersion(version)) throw new Error(`--version ${version}: not a version such as 1.2.3`);
  const keys = keyFiles.map(readSigningKey);
  if (files.length > mostFiles) throw new Error(`--file: at most ${String(mostFiles)}`);
  const times = { issuedAtMs: nowMs, expiresAtMs: nowMs + days * dayMs };
  const facts = { version, ...times, ...(files.length === 0 ? {} : { sha512: files.map(sha512Of) }) };
  const trusted = keys.map((key) => publicKeyText(createPublicKey(key)));
  const before = previous === null ? null : openEnvelope(previous, trusted);
  if (typeof before === 'string') throw new Error(`--previous: ${before}`);
  const refusal = judgeRelease(facts, before, nowMs);
  if (refusal !== null)
    throw new Error(`programs would refuse it: ${refusal} (at most ${String(longestLifeMs / dayMs)} days)`);
  return signRelease(facts, keys);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      'new-key': { type: 'string' },
      key: { type: 'string', multiple: true, default: [] },
      version: { type: 'string', default: '' },
      days: { type: 'string', default: '90' },
      previous: { type: 'string' },
      file: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
    },
  });
  if (values['new-key'] !== undefined) {
    process.stdout.write(`${makeSigningKey(values['new-key'])}\n`);
    return;
  }
  if (values.out === undefined) throw new Error('--out FILE is missing');
  const manifest = makeManifest({
    keyFiles: values.key,
    version: values.version,
    days: Number(values.days),
    previous: values.previous === undefined ? null : readFileSync(values.previous, 'utf8'),
    nowMs: Date.now(),
    files: values.file,
  });
  writeFileSync(values.out, manifest);
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
