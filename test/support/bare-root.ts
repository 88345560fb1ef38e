/** A root folder with a shell, what the C library needs, and nothing else: no Node, no git, no checkout. */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const shell = '/bin/sh';

/** The shared libraries that programs name, and theirs, by absolute path. */
export function librariesOf(program: string): readonly string[] {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listed.matchAll(/(?:=> |^\s+)(\/\S+) \(/gmu)].map(([, path = '']) => path);
}

/**
 * With the libraries of `program`, as its package's dependencies would bring them, an empty package database, and the
 * programs `also`, which the package's own scripts run.
 */
export async function makeBareRoot(
  folder: string,
  program: string,
  also: readonly string[] = [],
): Promise<void> {
  const programs = [shell, ...also];
  const files = new Set([...programs, ...[...programs, program].flatMap(librariesOf)]);
  for (const file of files) {
    const target = join(folder, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await realpath(file), target);
  }
  for (const each of [
    'tmp',
    'home',
    'opt',
    'usr/bin',
    'var/lib/dpkg/updates',
    'var/lib/dpkg/info',
    'var/lib/dpkg/triggers',
  ])
    await mkdir(join(folder, each), { recursive: true });
  await writeFile(join(folder, 'var/lib/dpkg/status'), '');
}
