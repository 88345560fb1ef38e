// `npm run package -- --cli`: the command line with its own Node, as a tarball and as a Debian package, for Linux.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemdUnit } from '../main/cli/service/service-files.ts';
import type { Architecture } from './node-binary.ts';
import { run } from './node-binary.ts';
import { readManifest } from './stage-cli.ts';
import { stageLinuxCli } from './stage-with-node.ts';

const debianNames: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What the packed Node is linked with, by the packages of Debian 11, Ubuntu 20.04 and later. */
export const debianDepends = 'libc6 (>= 2.28), libgcc-s1, libstdc++6';

/** The written files: one tarball per architecture, and where dpkg-deb is at hand one Debian package each. */
export async function packCli(options: {
  readonly architectures: readonly Architecture[];
  readonly out: string;
  /** Of gzip, 1 to 9; the tests pack quickly. */
  readonly level?: number;
}): Promise<readonly string[]> {
  await mkdir(options.out, { recursive: true });
  const written: string[] = [];
  for (const architecture of options.architectures) {
    const room = await mkdtemp(join(tmpdir(), 'driftless-cli-'));
    try {
      written.push(...(await packOne({ room, architecture, out: options.out, level: options.level ?? 9 })));
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  }
  return written;
}

type Packing = {
  readonly room: string;
  readonly architecture: Architecture;
  readonly out: string;
  readonly level: number;
};

async function packOne(packing: Packing): Promise<readonly string[]> {
  const { room, architecture, out, level } = packing;
  const { version } = await readManifest();
  const name = `driftless-${version}-linux-${architecture}`;
  const tree = join(room, name);
  await stageLinuxCli(tree, architecture);
  const tarball = join(out, `${name}.tar.gz`);
  run('tar', [
    ...reproducible,
    `--use-compress-program=gzip -${String(level)}`,
    '-C',
    room,
    '-cf',
    tarball,
    name,
  ]);
  if (spawnSync('dpkg-deb', ['--version']).status !== 0) {
    process.stderr.write('no Debian package: dpkg-deb is not installed here\n');
    return [tarball];
  }
  return [tarball, await packDeb({ ...packing, tree, version })];
}

/** Reproducible: the same tree gives the same archive, regardless of user and time. */
const reproducible = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];

type DebParts = Packing & { readonly tree: string; readonly version: string };

async function packDeb({ room, tree, architecture, version, out, level }: DebParts): Promise<string> {
  const { description } = await readManifest();
  const deb = join(room, 'deb');
  await mkdir(join(deb, 'DEBIAN'), { recursive: true });
  await cp(tree, join(deb, 'usr'), { recursive: true, verbatimSymlinks: true });
  const documents = join(deb, 'usr', 'share', 'doc', 'driftless-cli');
  await mkdir(documents, { recursive: true });
  await symlink('../../../lib/driftless/LICENSE', join(documents, 'copyright'));
  const units = join(deb, 'usr', 'lib', 'systemd', 'user');
  await mkdir(units, { recursive: true });
  await writeFile(
    join(units, 'driftless.service'),
    systemdUnit(['/usr/bin/driftless', 'serve', '--log-file', '-']),
  );
  const control = [
    'Package: driftless-cli',
    `Version: ${version}`,
    `Architecture: ${debianNames[architecture]}`,
    'Maintainer: Driftless <driftless@driftless.example>',
    'Section: net',
    'Priority: optional',
    `Depends: ${debianDepends}`,
    'Recommends: ca-certificates',
    'Suggests: xdg-utils',
    'Description: two-way folder sync for S3, without a desktop',
    ` ${description}`,
    ' This package has the command line and its own Node.',
  ];
  await writeFile(join(deb, 'DEBIAN', 'control'), `${control.join('\n')}\n`);
  const file = join(out, `driftless-cli_${version}_${debianNames[architecture]}.deb`);
  // Gzip, because the dpkg of Debian 11 knows no zstd and xz takes a minute for Node.
  run('dpkg-deb', ['--root-owner-group', '-Zgzip', `-z${String(level)}`, '--build', deb, file]);
  return file;
}
