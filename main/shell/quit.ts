// Delays quit until the engine has finished or journalled its in-flight work.
import type { App } from 'electron';

/** Longest wait for the engine, in ms; after it the app exits, so that the system can shut down, and the journal makes the next start safe. */
const patienceMs = 5000;

export type Quit = { readonly begin: () => void; readonly hasBegun: () => boolean };

/**
 * Every way to quit (menu, tray, SIGTERM, logout) passes `before-quit`; the first one stops the engine, once.
 * @param isHeld calls wait for a share that does not answer: their threads would keep the process
 */
export function quitAfter(app: App, stop: () => Promise<void>, isHeld: () => boolean): Quit {
  let phase: 'running' | 'stopping' | 'stopped' = 'running';
  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return;
    phase = 'stopping';
    let isLate = false;
    // The last that Electron does before it waits for threads, after other listeners, such as that of the updates.
    app.on('quit', () => {
      if (isLate || isHeld()) process.kill(process.pid, 'SIGKILL');
    });
    const deadline = setTimeout(() => {
      isLate = true;
      app.exit(1);
    }, patienceMs);
    // A failed stop still quits: the journal makes the next start safe.
    void stop()
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(deadline);
        phase = 'stopped';
        app.quit();
      });
  });
  return {
    begin: () => {
      app.quit();
    },
    hasBegun: () => phase !== 'running',
  };
}
