// The page address of `driftless serve` in a log: without its one-use code. A command prints a working link.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { endOf, startCli } from '../support/driftless-cli.ts';
import { waitFor } from '../support/wait-for.ts';

async function redeem(link: string): Promise<number> {
  const { origin, hash } = new URL(link);
  const headers = { origin, 'content-type': 'application/json' };
  const body = JSON.stringify({ code: hash.slice(1) });
  return (await fetch(`${origin}/api/session`, { method: 'POST', headers, body })).status;
}

test('a log contains no code, and a link requested by command works once', async () => {
  const device = await deviceForTest((await cloudForTest()).description);
  const child = startCli(['serve', '--home', device.home]);
  const ended = endOf(child);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let printed = '';
  child.stdout?.on('data', (text: unknown) => (printed += String(text)));
  child.stderr?.on('data', (text: unknown) => (printed += String(text)));
  await waitFor(() => printed.includes('--page-url'), { what: 'how to open the page' });
  const first = JSON.parse(printed.split('\n').find((line) => line.startsWith('{')) ?? '') as { url: string };
  expect(first).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) as string,
    pid: child.pid,
  });

  const asked = await device.cli(['status', '--page-url', '--json']);
  expect(asked.stderr).toBe('');
  const { url } = JSON.parse(asked.stdout) as { url: string };
  expect(url.startsWith(`${first.url}#`)).toBe(true);
  expect([await redeem(url), await redeem(url)]).toEqual([200, 401]);
  const code = new URL(url).hash.slice(1);
  expect(printed).not.toContain(code);
  expect(await readFile(join(device.home, 'driftless.log'), 'utf8')).not.toContain(code);
});

test('without a running engine there is no link and the output says how to get one', async () => {
  const device = await deviceForTest((await cloudForTest()).description);
  const asked = await device.cli(['status', '--page-url']);
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('driftless serve');
});
