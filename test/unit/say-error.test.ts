// Errors on the terminal: one line, and with --verbose where they came from.
import { expect, test } from 'vitest';
import { sayError } from '../../main/cli/io.ts';

test('the place of an error is printed without what a terminal obeys', () => {
  const said: string[] = [];
  const io = {
    ...{ home: '', isJson: false, isVerbose: true, isTerminal: true, progress: null },
    print: () => undefined,
    say: (message: string) => void said.push(message),
  };
  const error = new Error('a name \u001b]0;x\u0007 \u009b31m');
  expect(sayError(io, error, null)).toBe(1);
  expect(said).toHaveLength(2);
  expect(said[1]?.split('\n').length).toBeGreaterThan(2);
  expect(said.join('').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
