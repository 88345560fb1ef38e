// The interactive demo: desktop app if Electron and a display are available, else the loopback page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isBuildStale } from '../../build/dist-files.ts';
import { findElectron } from '../../build/electron-program.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import type { DemoPlaces } from './demo-config.ts';

const root = join(import.meta.dirname, '..', '..');

export async function openDemo(places: DemoPlaces, cloud: CloudDescription): Promise<number> {
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  say(`The folder:  ${places.folder}`);
  say(`The bucket:  npm run --silent driftless -- ls --home ${places.home}`);
  say('The end of the demo deletes that folder and all that you put into it, and the bucket.');
  for (const user of cloud.users) say(`Sign in as:  ${user.name}  password: ${user.password}`);
  await buildIfStale(root, () => runNode(['build/build.ts']));
  const electron = findElectron(root, process.env);
  const hasDisplay =
    process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  if (electron.kind === 'found' && hasDisplay) {
    say('Opening the desktop app. Quit it from the tray to end the demo.');
    return runProgram(electron.path, ['.'], { DRIFTLESS_HOME: places.home });
  }
  say(
    electron.kind === 'found'
      ? 'There is no display here, so this is the status page in your browser instead of the desktop app.'
      : 'There is no Electron binary here, so this is the status page in your browser instead of the desktop app.',
  );
  say(
    'Open the address of the page below; when you press "Sign in", open the address that appears. A reload closes the page.',
  );
  return runProgram(process.execPath, ['main/cli/cli.ts', 'serve', '--print-url', '--home', places.home], {
    DRIFTLESS_BROWSER: process.env['DRIFTLESS_BROWSER'] ?? (hasDisplay ? 'open' : 'print'),
  });
}

/** After a pull the engine runs the new sources, and a page from an older build would not understand it. */
export async function buildIfStale(checkout: string, build: () => Promise<void>): Promise<void> {
  if (await isBuildStale(checkout)) await build();
}

async function runNode(args: readonly string[]): Promise<void> {
  const code = await runProgram(process.execPath, args, {});
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`);
}

async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  // Ctrl+C reaches the whole group; the demo waits for the app to end by itself and then cleans up.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('SIGINT', ignore);
  return code ?? 1;
}
