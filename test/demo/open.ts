// The interactive demo: desktop app if Electron and a display are available, else the loopback page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isBuildStale } from '../../build/dist-files.ts';
import { findElectron } from '../../build/electron-program.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import type { DemoPlaces } from './demo-config.ts';
import { startSecondComputer } from './second-computer.ts';

const root = join(import.meta.dirname, '..', '..');

/** @param second where the second computer of the demo keeps its things */
export async function openDemo(
  places: DemoPlaces,
  second: DemoPlaces,
  cloud: CloudDescription,
): Promise<number> {
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  say(`The folder:  ${places.folder}`);
  say(`The bucket:  npm run --silent driftless -- ls --home ${places.home}`);
  say(`Second computer:  ${second.folder}`);
  say('  alice is signed in there, too: what changes in one of the two folders arrives in the other.');
  say('The end of the demo deletes both folders and all that you put into them, and the bucket.');
  for (const user of cloud.users) say(`Sign in as:  ${user.name}  password: ${user.password}`);
  await buildIfStale(root, () => runNode(['build/build.ts']));
  const computer = await startSecondComputer(second, cloud);
  try {
    return await openApp(places, say);
  } finally {
    await computer.stop();
  }
}

function openApp(places: DemoPlaces, say: (text: string) => void): Promise<number> {
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
    'Open the address of the page below. Once you press "Sign in" it has a link to the sign-in. A reload closes the page.',
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
