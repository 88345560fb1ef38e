// Delays quit until the engine has finished or journalled its in-flight work.
import type { App } from 'electron';

/** The engine stops within 5 s; after this time quit anyway, so that the system can shut down. */
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
