// `driftless serve`: the engine without a desktop, with its page on loopback and its socket for the other verbs.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runApp } from '../../compose.ts';
import { SyncError } from '../../core/errors.ts';
import { lockHome, makeApp } from '../cli-app.ts';
import type { CliIo } from '../cli-io.ts';
import { startControlSocket } from '../control-socket.ts';
import { credentialRequest } from '../credential-service.ts';
import { exitCodes } from '../exit-codes.ts';
import { fileRequests } from '../file-service.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loginRequest } from '../login-service.ts';
import { planRequest } from '../plan-service.ts';
import { startPageServer } from '../page-server.ts';
import type { PageServer } from '../page-server.ts';
import { appVersion, assetsDirectory } from '../where.ts';

export type ServeOptions = {
  readonly port: number;
  /** Print the page's one-use link although the output is not a terminal but, for all we know, a log that others read. */
  readonly printUrl: boolean;
  /** Below these the page may choose a folder for the first account; where none is named it adds no account (security rule 17). */
  readonly folders: readonly string[];
};

/** Resolves when the signal (SIGTERM, SIGINT) has ended everything. The first line of output is JSON. */
export async function runServe(io: CliIo, options: ServeOptions, signal: AbortSignal): Promise<ExitCode> {
  const lock = lockHome(io);
  try {
    const app = await makeApp(io, signal, { isConfigOptional: true });
    const assetsDir = assetsDirectory();
    if (!existsSync(join(assetsDir, 'index.html'))) {
      throw new SyncError({
        code: 'page-not-built',
        retry: 'slow',
        scope: 'account',
        message: 'the page is not built; run "npm run build" first',
      });
    }
    const ends = new AbortController();
    const shown = {
      version: appVersion(),
      home: 'loopback',
      platform: process.platform,
      locale: null,
    } as const;
    const { backend } = app.makePage(
      {
        app: shown,
        revealFolder: null,
        dialogs: null,
        folderRoots: options.folders.map((folder) => resolve(folder)),
      },
      ends.signal,
    );
    const page = await startPageServer({ backend, assetsDir, port: options.port }, signal);
    const control = await startControlSocket(io.home, backend, {
      pageUrl: () => Promise.resolve({ ok: true, value: page.newUrl() }),
      credentials: credentialRequest(app.accounts),
      files: fileRequests(app.pairs),
      planOps: planRequest(app.pairs),
      login: loginRequest(app.accounts, app.pairs),
    });
    const running = runApp(app);
    lock.announce({ url: `http://127.0.0.1:${String(page.port)}/`, socket: control.invented });
    sayWhere(io, page, options);
    await untilAborted(signal);
    await Promise.all([running.stop(), control.close(), page.close()]);
    ends.abort(new Error('stopped'));
    return exitCodes.ok;
  } finally {
    lock.release();
  }
}

/** A one-use link is as good as a password while nobody has opened it, and a system's journal keeps what a service prints. */
function sayWhere(io: CliIo, page: PageServer, options: ServeOptions): void {
  const isShown = options.printUrl || process.stdout.isTTY;
  const url = isShown ? page.url : `http://127.0.0.1:${String(page.port)}/`;
  process.stdout.write(`${JSON.stringify({ url, pid: process.pid })}\n`);
  if (!isShown) io.say('To open the page: "driftless status --page-url" prints a link that works once.');
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
