// `npm start`: the desktop app on the user's settings, or the reason it cannot start.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { electronProgram } from './electron-program.ts';
import { isBuildStale } from './dist-files.ts';

const root = join(import.meta.dirname, '..');

process.exitCode = await start(process.argv.slice(2));

async function start(args: readonly string[]): Promise<number> {
  const program = electronProgram(root, process.env);
  if (program.kind === 'missing') {
    process.stderr.write(
      `${program.reason}; the same engine and page run without it: npm run --silent driftless -- serve\n`,
    );
    return 1;
  }
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    process.stderr.write(
      'There is no display here; the same engine and page run without one: npm run --silent driftless -- serve\n',
    );
    return 1;
  }
  if (await isBuildStale(root)) {
    const built = spawnSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: ['ignore', 2, 2] });
    if (built.status !== 0) return 1;
  }
  return await runElectron(program.path, args);
}

function runElectron(path: string, args: readonly string[]): Promise<number> {
  // Chromium's sandbox refuses to run as root, and nothing of ours may run without it: Electron says so itself.
  const child = spawn(path, [root, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`Electron did not start: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
