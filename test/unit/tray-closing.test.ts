// A close of the window where a tray comes late, goes, or is missing.
import { expect, test } from 'vitest';
import { createClosing } from '../../main/shell/tray/tray-host.ts';

/** Closes the window once for each answer of the desktop, which comes after the close. */
async function closes(isShown: boolean, answers: readonly boolean[]): Promise<readonly string[]> {
  const done: string[] = [];
  const left = [...answers];
  const close = createClosing({
    isShown,
    ask: () => Promise.resolve(left.shift() ?? false),
    hide: () => void done.push('into the tray'),
    tell: () => void done.push('told'),
  });
  while (left.length > 0) {
    done.push(close());
    await new Promise(setImmediate);
  }
  return done;
}

test('a tray that came after the start takes the window at the first close', async () => {
  expect(await closes(false, [true, true])).toEqual(['minimize', 'into the tray', 'hide']);
});

test('without a tray the window is minimized, and a notification says so once', async () => {
  expect(await closes(false, [false, false, true])).toEqual([
    'minimize',
    'told',
    'minimize',
    'minimize',
    'into the tray',
  ]);
});

test('after a tray has gone the window is minimized again', async () => {
  expect(await closes(true, [true, false, false])).toEqual(['hide', 'hide', 'minimize', 'told']);
});
