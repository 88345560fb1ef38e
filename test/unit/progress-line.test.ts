// Progress line of `sync --once`: when there is one, what it draws, and that nothing in it controls the terminal.
import { expect, test } from 'vitest';
import { progressFor } from '../../main/cli/terminal/progress-line.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import type { TransferProgress } from '../../main/sync/context.ts';

function terminal(changes: { readonly columns?: number; readonly env?: Record<string, string> } = {}) {
  const written: string[] = [];
  const state = { nowMs: 0 };
  const output = {
    isTTY: true,
    columns: changes.columns ?? 60,
    write: (text: string) => written.push(text),
  };
  const env = changes.env ?? { NO_COLOR: '1' };
  const line = progressFor({ output, env, isJson: false, isVerbose: false, monotonicMs: () => state.nowMs });
  if (line === null) throw new Error('no progress line');
  /** What the line shows, without the erasing before it. */
  const shown = (): string => (written.at(-1) ?? '').replace('\r\u001b[K', '');
  return { line, written, state, shown };
}

function moved(path: string, bytesDone: number, changes: Partial<TransferProgress> = {}): TransferProgress {
  return { path: path as RelPath, direction: 'up', bytesDone, bytesTotal: 200, isOver: false, ...changes };
}

test.each([
  ['a pipe', { isTTY: false }],
  ['--json', { isJson: true }],
  ['--verbose, whose log goes to the same place', { isVerbose: true }],
  ['a terminal that cannot erase a line', { env: { TERM: 'dumb' } }],
])('there is none with %s', (_name, changes) => {
  const { isTTY = true, ...rest } = { ...changes } as { isTTY?: boolean };
  const output = { isTTY, write: () => undefined };
  const usual = { env: {}, isJson: false, isVerbose: false, monotonicMs: () => 0 };
  expect(progressFor({ ...usual, output })).toEqual(isTTY ? expect.anything() : null);
  expect(progressFor({ ...usual, ...rest, output })).toBeNull();
});

test('counts steps, names the transfer, and redraws at most ten times a second', () => {
  const { line, written, state, shown } = terminal();
  line.begin('docs');
  expect(shown()).toBe('docs: comparing');
  line.planned(3);
  expect(shown()).toBe('docs: 0 of 3 steps');
  state.nowMs = 100;
  line.transfer(moved('a.txt', 50));
  expect(shown()).toBe('docs: 0 of 3 steps, sending 25 %: a.txt');
  const before = written.length;
  for (state.nowMs = 101; state.nowMs < 200; state.nowMs += 1) line.transfer(moved('a.txt', 60));
  expect(written).toHaveLength(before);
  line.transfer(moved('b.txt', 1, { direction: 'down' }));
  expect(shown()).toBe('docs: 0 of 3 steps, sending 30 % and 1 more: a.txt');
  state.nowMs = 300;
  line.transfer(moved('a.txt', 200, { isOver: true }));
  expect(shown()).toBe('docs: 0 of 3 steps, receiving 0 %: b.txt');
  line.transfer(moved('b.txt', 200, { direction: 'down', isOver: true }));
  for (let step = 0; step < 3; step += 1) line.stepEnded();
  expect(shown()).toBe('docs: 3 of 3 steps');
});

test('is erased for a message, and only where it was drawn', () => {
  const { line, written } = terminal();
  line.clear();
  expect(written).toEqual([]);
  line.begin('docs');
  line.clear();
  expect(written.at(-1)).toBe('\r\u001b[K');
  line.clear();
  expect(written).toHaveLength(2);
});

test.each([
  ['a long name', 'x'.repeat(500)],
  ['a name of wide characters', '文'.repeat(200)],
  ['a name of emoji', '📁'.repeat(200)],
])('never wraps: %s', (_name, path) => {
  const { line, state, shown } = terminal({ columns: 40 });
  line.begin('docs');
  line.planned(1);
  state.nowMs = 100;
  line.transfer(moved(path, 1));
  const columns = Array.from(shown()).reduce((sum, one) => sum + (one < '\u1100' ? 1 : 2), 0);
  expect(columns).toBeLessThan(40);
  expect(shown()).toMatch(/\.\.\.$/);
});

test('a file name cannot control the terminal, and colour is off under NO_COLOR', () => {
  const hostile = 'a\u001b]0;title\u0007\r\nb\u202e.txt';
  const { line, state, shown } = terminal({ env: { NO_COLOR: '1' } });
  line.begin('docs');
  line.planned(1);
  state.nowMs = 100;
  line.transfer(moved(hostile, 1));
  expect(shown()).toMatch(/^[\x20-\x7e]+$/);
  const styled = terminal({ env: { NO_COLOR: '' } });
  styled.line.begin('docs');
  styled.line.planned(1);
  styled.state.nowMs = 100;
  styled.line.transfer(moved('a.txt', 100));
  expect(styled.shown()).toBe('docs: 0 of 1 steps\u001b[2m, sending 50 %: a.txt\u001b[22m');
});
