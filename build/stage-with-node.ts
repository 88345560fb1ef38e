// The command line laid out with a Node of its own: for the tarball, the Debian package and the desktop packages.
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { completionScript } from '../main/cli/completion.ts';
import { manPage } from './man-page.ts';
import type { Architecture } from './node-binary.ts';
import { putNode } from './node-binary.ts';
import { readManifest, stageProgram } from './stage-cli.ts';

const root = join(import.meta.dirname, '..');

/** As below /usr: the starter in bin, everything else in lib/driftless. */
export async function stageLinuxCli(tree: string, architecture: Architecture): Promise<void> {
  const library = join(tree, 'lib', 'driftless');
  await stageProgram(library, 'driftless-cli');
  await putNode(`linux-${architecture}`, join(library, 'node'));
  await mkdir(join(tree, 'bin'), { recursive: true });
  await copyFile(join(root, 'build', 'cli', 'driftless.sh'), join(tree, 'bin', 'driftless'));
  await chmod(join(tree, 'bin', 'driftless'), 0o755);
  const { version } = await readManifest();
  const share: Readonly<Record<string, string>> = {
    'man/man1/driftless.1': manPage(version, releasedAt()),
    'bash-completion/completions/driftless': completionScript('bash'),
    'fish/vendor_completions.d/driftless.fish': completionScript('fish'),
    'zsh/vendor-completions/_driftless': completionScript('zsh'),
  };
  for (const [path, text] of Object.entries(share)) {
    const file = join(tree, 'share', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** The usual variable for builds that are to come out the same (reproducible-builds.org), else today. */
function releasedAt(): Date {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? '');
  return seconds > 0 ? new Date(seconds * 1000) : new Date();
}

/** As beside the app on Windows: `driftless.cmd`, and everything else in lib/driftless. */
export async function stageWindowsCli(tree: string): Promise<void> {
  const library = join(tree, 'lib', 'driftless');
  await stageProgram(library, 'driftless-cli');
  await putNode('win-x64', join(library, 'node.exe'));
  await copyFile(join(root, 'build', 'cli', 'driftless.cmd'), join(tree, 'driftless.cmd'));
}

/**
 * The command line beside the desktop app, in `resources/cli`. Not on macOS, where a second interpreter inside a signed
 * bundle was never tried (decision 27).
 */
export async function stageDesktopCli(
  resources: string,
  target: { readonly platform: string; readonly architecture: Architecture },
): Promise<void> {
  const tree = join(resources, 'cli');
  if (target.platform === 'linux') await stageLinuxCli(tree, target.architecture);
  // There is a Node of npm's for x64 alone, which Windows on arm64 runs as well.
  if (target.platform === 'win32') await stageWindowsCli(tree);
}
