// Other programs, and what becomes of a failure to start one.
import { expect, test, vi } from 'vitest';
import { launchSystemBrowser } from '../../main/adapters/system/programs/open-url.ts';
import { outputOf, runProgram, startProgram } from '../../main/adapters/system/programs/run-program.ts';

const { signal } = new AbortController();
const node = process.execPath;
/** Node throws for it, as it does where the system has no memory for another process. */
const throwing = 'no\0program';
const missing = '/no/such/program';

test('a program that runs to its end gives its output, or why it failed', async () => {
  expect(await runProgram(node, ['-p', '1 + 1'])).toEqual({ kind: 'done', output: '2\n' });
  expect(await runProgram(node, ['-e', 'process.exit(3)'])).toEqual({
    kind: 'failed',
    why: `${node} ended with 3`,
  });
  expect(await outputOf(node, ['-p', '1'], { signal, env: {} })).toBe('1\n');
});

test.each([throwing, missing])('a program that cannot be started is an outcome: %j', async (program) => {
  expect(await runProgram(program, [])).toEqual({ kind: 'failed', why: expect.any(String) as string });
  expect(await outputOf(program, [], { signal })).toBeNull();
  const onFailure = vi.fn();
  startProgram(program, [], { stdio: 'ignore', onFailure });
  await vi.waitFor(() => {
    expect(onFailure).toHaveBeenCalledOnce();
  });
});

test('a program is ended with its signal and after its time', async () => {
  const endless = ['-e', 'setInterval(() => undefined, 1000)'];
  expect(await outputOf(node, endless, { signal: AbortSignal.abort() })).toBeNull();
  expect(await outputOf(node, endless, { timeoutMs: 10 })).toBeNull();
});

test('a browser whose program cannot be started is one that is not there', async () => {
  await expect(launchSystemBrowser('https://example.com/\0')).rejects.toMatchObject({
    code: 'browser-unavailable',
  });
});
