/**
 * Desktop packages by the real electron-builder, over a stand-in of Electron.
 *
 * The programs that it downloads are stood in for as well (fpm, the runtime of AppImages). mksquashfs, dpkg-deb, rpmbuild and desktop-file-validate are Debian's.
 */
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Platform, build } from 'electron-builder';
import config from '../../../build/electron-builder.config.ts';
import { findProgram } from '../programs.ts';

const root = join(import.meta.dirname, '..', '..', '..');
export const packingPrograms = ['dpkg', 'rpmbuild', 'mksquashfs', 'unsquashfs', 'desktop-file-validate'];

/** How @electron/fuses finds the wire in a binary; then the wire's version, its length, and one byte per fuse. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuses = 9;

export type DesktopPackages = {
  readonly appImage: string;
  readonly deb: string;
  readonly rpm: string;
};

/** dist/ must have been built. */
export async function packDesktop(room: string): Promise<DesktopPackages> {
  const project = join(room, 'project');
  await mkdir(project, { recursive: true });
  await cp(join(root, 'dist'), join(project, 'dist'), { recursive: true });
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  // The bundles hold every package; without the lists electron-builder does not look for a node_modules.
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ ...own, dependencies: {}, devDependencies: {} }),
  );
  await writeElectron(join(project, 'electron'));
  const env = await writeTools(join(room, 'tools'));
  const out = join(room, 'out');
  Object.assign(process.env, env);
  try {
    await build({
      projectDir: project,
      publish: 'never',
      targets: Platform.LINUX.createTarget(['AppImage', 'deb', 'rpm']),
      config: {
        ...config,
        electronDist: join(project, 'electron'),
        electronVersion: '45.4.1',
        directories: { output: out, buildResources: join(root, 'build', 'icons') },
      },
    });
  } finally {
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
  }
  return {
    appImage: join(out, `Driftless-${own.version}.AppImage`),
    deb: join(out, `driftless_${own.version}_amd64.deb`),
    rpm: join(out, `driftless-${own.version}.x86_64.rpm`),
  };
}

/** Says what it was started as. The fuses stand behind the end of the script, where a shell does not read. */
async function writeElectron(folder: string): Promise<void> {
  await mkdir(join(folder, 'resources'), { recursive: true });
  const script = '#!/bin/sh\nfor each in "$0" "$@"; do printf "%s\\n" "$each"; done\nexit 0\n';
  const wire = Buffer.from([1, fuses, ...Buffer.from('1'.repeat(fuses))]);
  await writeFile(join(folder, 'electron'), Buffer.concat([Buffer.from(script + sentinel), wire]), {
    mode: 0o755,
  });
  await writeFile(join(folder, 'chrome-sandbox'), '', { mode: 0o755 });
}

async function writeTools(folder: string): Promise<Readonly<Record<string, string>>> {
  const appImage = join(folder, 'appimage');
  await mkdir(join(appImage, 'runtimes'), { recursive: true });
  await mkdir(join(appImage, 'lib', 'x64'), { recursive: true });
  await symlink(findProgram('desktop-file-validate') ?? '', join(appImage, 'desktop-file-validate'));
  // At zstd's fastest level; its usual one takes most of a minute for Node.
  await script(
    join(appImage, 'mksquashfs'),
    `exec '${findProgram('mksquashfs') ?? ''}' "$@" -Xcompression-level 1`,
  );
  await writeFile(join(appImage, 'runtimes', 'runtime-x64'), runtime());
  const fpm = join(folder, 'fpm');
  const ownFpm = join(import.meta.dirname, 'fpm.ts');
  await script(fpm, `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${ownFpm}' "$@"`);
  return { APPIMAGE_TOOLS_PATH: appImage, CUSTOM_FPM_PATH: fpm };
}

async function script(file: string, line: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${line}\n`);
  await chmod(file, 0o755);
}

const runtimeBytes = 4096;

/** Unpacks what follows it and runs its AppRun, with the variables that the real runtime sets. */
function runtime(): string {
  const text = `#!/bin/sh
APPDIR=$(mktemp -d "\${TMPDIR:-/tmp}/.mount_XXXXXX")
export APPDIR APPIMAGE="$0"
unsquashfs -q -n -f -d "$APPDIR" -o ${String(runtimeBytes)} "$0" >/dev/null || exit 1
exec "$APPDIR/AppRun" "$@"
`;
  return `${text}${'#'.repeat(runtimeBytes - text.length - 1)}\n`;
}
