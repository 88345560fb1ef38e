// Ends the app only after the engine has stopped: a quit in mid-upload must first finish or journal what is in flight.
import type { App } from 'electron';

/** The engine promises 5 seconds; a promise broken must not keep the person from shutting down. */
const PATIENCE_MS = 8000;

export type Quit = { readonly begin: () => void; readonly hasBegun: () => boolean };

/** Every way to quit (menu, tray, SIGTERM, logout) passes `before-quit`; the first one stops the engine, once. */
export function quitAfter(app: App, stop: () => Promise<void>): Quit {
  let phase: 'running' | 'stopping' | 'stopped' = 'running';
  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return;
    phase = 'stopping';
    const deadline = setTimeout(() => {
      app.exit(1);
    }, PATIENCE_MS);
    // A failed stop still ends the app: the journal is what makes the next start safe, not this moment.
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
