// `npm run dev` at its end: the engine and its folder go with it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endOf } from '../support/driftless-cli.ts';
import { waitFor } from '../support/wait-for.ts';

test('a second Ctrl+C, as npm passes it on, leaves neither an engine nor a folder', async () => {
  const main = join(import.meta.dirname, '..', 'dev', 'main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DRIFTLESS_BROWSER: 'print' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = endOf(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: unknown) => (said += String(text)));
  const room = dirname(
    await waitFor(() => /Folder: +(.*)\n[\s\S]*Ctrl\+C/u.exec(said)?.[1], { what: 'the folder' }),
  );
  expect(existsSync(room)).toBe(true);
  child.kill('SIGINT');
  await waitFor(() => said.includes('dev: ending'), { what: 'the first signal to be handled' });
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(existsSync(room)).toBe(false);
});
