// `driftless serve`: the engine without a desktop, with its page on loopback and its socket for the other verbs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runApp } from '../../compose.ts';
import { SyncError } from '../../core/errors.ts';
import { lockHome, makeApp } from '../cli-app.ts';
import type { CliIo } from '../cli-io.ts';
import { startControlSocket } from '../control-socket.ts';
import { credentialRequest } from '../credential-service.ts';
import { exitCodes } from '../exit-codes.ts';
import { fileRequests } from '../file-service.ts';
import type { ExitCode } from '../exit-codes.ts';
import { startPageServer } from '../page-server.ts';
import { appVersion, assetsDirectory } from '../where.ts';

export type ServeOptions = { readonly port: number };

/** Resolves when the signal (SIGTERM, SIGINT) has ended everything. The first line of output is JSON. */
export async function runServe(io: CliIo, options: ServeOptions, signal: AbortSignal): Promise<ExitCode> {
  const lock = lockHome(io);
  try {
    const app = await makeApp(io, signal);
    const assetsDir = assetsDirectory();
    if (!existsSync(join(assetsDir, 'index.html'))) {
      throw new SyncError({
        code: 'page-not-built',
        retry: 'user',
        scope: 'account',
        message: 'the page is not built; run "npm run build" first',
      });
    }
    const ends = new AbortController();
    const backend = app.makeBackend(
      { version: appVersion(), home: 'loopback', platform: process.platform, locale: null },
      null,
      ends.signal,
    );
    const page = await startPageServer({ backend, assetsDir, port: options.port }, signal);
    const control = await startControlSocket(io.home, backend, {
      pageUrl: () => Promise.resolve({ ok: true, value: page.newUrl() }),
      credentials: credentialRequest(app.accounts),
      files: fileRequests(app.pairs),
    });
    const running = runApp(app);
    lock.announce(`http://127.0.0.1:${String(page.port)}/`);
    process.stdout.write(`${JSON.stringify({ url: page.url, pid: process.pid })}\n`);
    await untilAborted(signal);
    await Promise.all([running.stop(), control.close(), page.close()]);
    ends.abort(new Error('stopped'));
    return exitCodes.ok;
  } finally {
    lock.release();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
