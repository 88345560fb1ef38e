// Errors of standard output and error: which of them end the program.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { outliveOutputs } from '../../main/cli/terminal/outlive-outputs.ts';

function outputs({ isTTY }: { readonly isTTY?: boolean } = {}) {
  const make = () => Object.assign(new EventEmitter(), isTTY === undefined ? {} : { isTTY });
  const both = { stdout: make(), stderr: make() };
  outliveOutputs(both);
  const fail = (output: 'stdout' | 'stderr', code: string) => () =>
    both[output].emit('error', Object.assign(new Error(code), { code }));
  return fail;
}

test('a terminal that was closed under a program that stays ends nothing', () => {
  expect(outputs({ isTTY: true })('stdout', 'EIO')).not.toThrow();
});

test('a pipe whose reader has gone ends nothing, and neither does any standard error', () => {
  const fail = outputs();
  expect(fail('stdout', 'EPIPE')).not.toThrow();
  for (const code of ['EPIPE', 'EIO', 'ENOSPC']) expect(fail('stderr', code)).not.toThrow();
});

test('output that a disk does not take is a failure of the verb', () => {
  for (const code of ['ENOSPC', 'EIO']) expect(outputs()('stdout', code)).toThrow(code);
});
