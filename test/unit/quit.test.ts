// The end of the app where threads would keep its process.
import { EventEmitter } from 'node:events';
import type { App } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { quitAfter } from '../../main/shell/quit.ts';

const kill = vi.spyOn(process, 'kill');

beforeEach(() => {
  vi.useFakeTimers();
  kill.mockReset().mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
});

/** As Electron: `exit` passes by `before-quit`, and neither passes by `quit`. */
class QuittingApp extends EventEmitter {
  exitCode: number | null = null;
  quit(): void {
    const event = { isPrevented: false, preventDefault: () => (event.isPrevented = true) };
    this.emit('before-quit', event);
    if (!event.isPrevented) this.exit(0);
  }
  exit(code: number): void {
    this.exitCode = code;
    this.emit('quit', {}, code);
  }
}

async function quit(stop: () => Promise<void>, isHeld: boolean): Promise<QuittingApp> {
  const app = new QuittingApp();
  quitAfter(app as unknown as App, stop, () => isHeld).begin();
  await vi.advanceTimersByTimeAsync(5000);
  return app;
}

test('ends by itself where nothing waits', async () => {
  expect((await quit(() => Promise.resolve(), false)).exitCode).toBe(0);
  expect(kill).not.toHaveBeenCalled();
});

test('is killed where calls at a share would keep it after the engine has stopped', async () => {
  expect((await quit(() => Promise.resolve(), true)).exitCode).toBe(0);
  expect(kill.mock.calls).toEqual([[process.pid, 'SIGKILL']]);
});

test('is killed where the engine does not stop within five seconds', async () => {
  expect((await quit(() => new Promise(() => undefined), false)).exitCode).toBe(1);
  expect(kill.mock.calls).toEqual([[process.pid, 'SIGKILL']]);
});
