// `driftless serve`: the engine without a desktop, with its page on loopback and its socket for the other verbs.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from '../../adapters/shares/end-process.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { logFile } from '../../adapters/system/home/state-dir.ts';
import { keepHeapBounds } from '../../adapters/system/heap-bounds.ts';
import type { LogLevel } from '../../adapters/system/log.ts';
import type { App } from '../../compose/app.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { Backend } from '../../../preload/contract.ts';
import { failed } from '../../../preload/lean/limits.ts';
import { wordsIn } from '../../../preload/locales/catalogues.ts';
import { lockHome, makeApp } from '../app.ts';
import { sayError } from '../io.ts';
import type { CliIo } from '../io.ts';
import { attempt } from '../../app/errors.ts';
import { refusalOf } from '../../control/answer.ts';
import { startControlSocket } from '../../control/socket.ts';
import type { ExtraRequest } from '../../control/socket.ts';
import { exitCodes, stopMs } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { startPageServer } from '../../loopback/server.ts';
import type { PageServer } from '../../loopback/server.ts';
import { makeLiveEngine } from '../service/live-engine.ts';
import type { LiveEngine } from '../service/live-engine.ts';
import { logSink } from '../service/log-sink.ts';
import { startAgain, untilSettled, watchProgram } from '../service/own-program.ts';
import { startLines, stateLine } from '../service/serve-words.ts';
import { makeMeter } from '../../control/metrics.ts';
import type { Meter } from '../../control/metrics.ts';
import { monitorAnswer, startMonitorServer } from '../../control/monitor-server.ts';
import { serviceManager } from '../service/sd-notify.ts';
import type { ServiceManager } from '../service/sd-notify.ts';
import { homeOption, withHome } from '../terminal/named-command.ts';
import { appVersion, assetsDirectory, programFile } from '../install-paths.ts';

export type ServeOptions = {
  readonly port: number;
  /** Print the page's one-use link although the output is not a terminal but, for all we know, a log that others read. */
  readonly printUrl: boolean;
  /** Below these the page may choose a folder for the first account; where none is named it adds no account (S17). */
  readonly folders: readonly string[];
  /** False: no page and no port, the other verbs and the log only. */
  readonly page: boolean;
  /** 127.0.0.1 answers for metrics there; null: on the control socket only. */
  readonly metricsPort: number | null;
  /** `-` is standard error; null the file beside the state. */
  readonly logFile: string | null;
  readonly logLevel: LogLevel | null;
};

/**
 * Resolves when the signal (SIGTERM, SIGINT) has ended everything. On a terminal it prints words, elsewhere one line of JSON. Where the
 * program was exchanged for another version, that one continues in its place.
 */
export async function runServe(io: CliIo, options: ServeOptions, signal: AbortSignal): Promise<ExitCode> {
  const program = watchProgram(programFile());
  try {
    await serveUntil(program.exchanged, io, options, signal);
  } finally {
    program.end();
  }
  return signal.aborted ? exitCodes.ok : goOn(io, signal);
}

/** Returns only where no other version could be started. */
async function goOn(io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  io.say("driftless: the program's files were exchanged; the new version starts in a moment");
  const isThere = await untilSettled(process.argv[1] ?? '', signal);
  if (signal.aborted) return exitCodes.ok;
  if (isThere) startAgain();
  io.say(withHome(io.home, 'driftless: no new version could be started; run "driftless serve" again'));
  // What did not end would keep the process for as long.
  setTimeout(() => endProcess(exitCodes.failed), stopMs).unref();
  return exitCodes.failed;
}

async function serveUntil(
  exchanged: Promise<void>,
  io: CliIo,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<void> {
  const lock = lockHome(io);
  let isEnded = true;
  try {
    const meter = makeMeter(appVersion(), () => systemClock.nowMs());
    const manager = serviceManager(process.env, (why) => {
      io.say(`driftless: systemd was not told: ${why}`);
    });
    const engine = await composeEngine(io, options, { meter, onSwitch: () => page?.dropStreams() }, signal);
    const page = options.page ? await openPage(engine.backend, options.port, signal) : null;
    const monitor =
      options.metricsPort === null ? null : await startMonitorServer(meter, options.metricsPort);
    const control = await startControlSocket(
      io.home,
      engine.backend,
      { ...engine.extras, pageUrl: pageUrlRequest(page), reload: reloadRequest(engine, manager) },
      (path) => monitorAnswer(meter, path),
    );
    keepHeapBounds();
    engine.run();
    const url = page === null ? null : `http://127.0.0.1:${String(page.port)}/`;
    lock.announce({ url, socket: control.invented });
    sayWhere(io, { engine, page, options });
    const ends = [
      reloadOnHangup(io, engine, manager, signal),
      manager.keepAlive(),
      tellState(engine, manager),
      sayChanges(io, engine),
    ];
    await manager.notify('READY=1');
    await Promise.race([untilAborted(signal), exchanged]);
    for (const end of ends) end();
    const ended = Promise.all([
      // systemd would end what continues in its place.
      signal.aborted ? manager.notify('STOPPING=1') : null,
      engine.stop(),
      control.close(),
      page?.close(),
      monitor?.close(),
    ]);
    isEnded = await endsInTime(ended, signal);
  } finally {
    // What did not end may still write to the home. The lock ends with this program.
    if (isEnded) lock.release();
  }
}

/**
 * False once that takes longer than a signal allows, as in a folder on a share that does not answer: the new version must not wait for
 * it. After a signal the process ends by then.
 */
async function endsInTime(ended: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const waiting = new AbortController();
  const late = signal.aborted
    ? new Promise<never>(() => undefined)
    : delay(stopMs, false, { signal: waiting.signal });
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    waiting.abort();
  }
}

function composeEngine(
  io: CliIo,
  options: ServeOptions,
  { meter, onSwitch }: { readonly meter: Meter; readonly onSwitch: () => void },
  signal: AbortSignal,
): Promise<LiveEngine> {
  const write = logSink({ home: io.home, file: options.logFile, isVerbose: io.isVerbose, env: process.env });
  const writeLog = (line: string): void => {
    meter.countLine(line);
    write(line);
  };
  const log = { writeLog, ...(options.logLevel === null ? {} : { logLevel: options.logLevel }) };
  const shown = {
    version: appVersion(),
    home: 'loopback',
    platform: process.platform,
    locale: null,
  } as const;
  const folderRoots = options.folders.map((folder) => resolve(folder));
  return makeLiveEngine({
    makeApp: (inTurn) => makeApp(io, signal, { isConfigOptional: true, inTurn, ...log }),
    makeBackend: (app: App, ended) =>
      app.makePage(
        {
          app: shown,
          revealFolder: null,
          copyText: null,
          decodePicture: null,
          saveText: null,
          login: null,
          commandLine: null,
          dialogs: null,
          folderRoots,
        },
        ended,
      ).backend,
    onSwitch: (backend) => {
      meter.follow(backend);
      onSwitch();
    },
  }).then((engine) => {
    meter.follow(engine.backend);
    return engine;
  });
}

async function openPage(backend: Backend, port: number, signal: AbortSignal): Promise<PageServer> {
  const assetsDir = assetsDirectory();
  if (!existsSync(join(assetsDir, 'index.html'))) {
    throw new SyncError({
      code: 'page-not-built',
      retry: 'slow',
      scope: 'account',
      message: 'the page is not built; run "npm run build" first',
    });
  }
  return startPageServer({ backend, assetsDir, port }, signal);
}

function pageUrlRequest(page: PageServer | null): ExtraRequest {
  return () => Promise.resolve(page === null ? failed('no-page') : { ok: true, value: page.newUrl() });
}

/** For `driftless reload`: what is wrong with the settings is the answer. */
function reloadRequest(engine: LiveEngine, manager: ServiceManager): ExtraRequest {
  return (_input, _say, signal) =>
    attempt(async () => ({ ok: true, value: { changed: await reload(engine, manager, signal) } }), refusalOf);
}

async function reload(engine: LiveEngine, manager: ServiceManager, signal: AbortSignal): Promise<boolean> {
  await manager.notify('RELOADING=1');
  try {
    return await engine.reload(signal);
  } finally {
    await manager.notify('READY=1');
  }
}

/**
 * Where a terminal is left behind the hang-up ends the program, as it ends any other. Returns the end of reading: a hang-up then is
 * passed over, since what continues in this process reads the settings anyway.
 */
function reloadOnHangup(
  io: CliIo,
  engine: LiveEngine,
  manager: ServiceManager,
  signal: AbortSignal,
): () => void {
  if (process.stdin.isTTY || process.stdout.isTTY) return () => undefined;
  let isOver = false;
  const onHangup = (): void => {
    if (isOver) return;
    reload(engine, manager, signal).then(
      (isChanged) => {
        io.say(isChanged ? 'settings read again' : 'settings read again: nothing had changed');
      },
      (error: unknown) => {
        sayError(io, error, null);
      },
    );
  };
  process.on('SIGHUP', onHangup);
  return () => {
    isOver = true;
  };
}

/** What `systemctl status` shows. */
function tellState(engine: LiveEngine, manager: ServiceManager): () => void {
  if (!manager.isThere) return () => undefined;
  let told = '';
  const tell = (): void => {
    const { overall, pairs } = engine.backend.snapshot();
    const status = `STATUS=${overall}, ${String(pairs.length)} folder${pairs.length === 1 ? '' : 's'}`;
    if (status === told) return;
    told = status;
    void manager.notify(status);
  };
  const timer = setInterval(tell, 5000);
  tell();
  return () => {
    clearInterval(timer);
  };
}

type Started = {
  readonly engine: LiveEngine;
  readonly page: PageServer | null;
  readonly options: ServeOptions;
};

/** Until used, the one-time link is a credential, and a service log would keep it. */
function sayWhere(io: CliIo, { engine, page, options }: Started): void {
  if (io.isTerminal) {
    const log = options.logFile === '-' ? null : (options.logFile ?? logFile(io.home));
    const facts = { snapshot: engine.backend.snapshot(), url: page?.url ?? null, log };
    process.stdout.write(`${startLines({ ...facts, homeOption: homeOption(io.home) }).join('\n')}\n`);
    return;
  }
  if (page === null) {
    process.stdout.write(`${JSON.stringify({ url: null, pid: process.pid })}\n`);
    return;
  }
  const isShown = options.printUrl || process.stdout.isTTY;
  const url = isShown ? page.url : `http://127.0.0.1:${String(page.port)}/`;
  process.stdout.write(`${JSON.stringify({ url, pid: process.pid })}\n`);
  if (isShown) return;
  io.say(
    `To open the page: "driftless status --page-url${homeOption(io.home)}" prints a link that works once.`,
  );
}

const sayEveryMs = 1000;

/** On a terminal, one line when the state has changed. Returns the end of it. */
function sayChanges(io: CliIo, engine: LiveEngine): () => void {
  if (!io.isTerminal) return () => undefined;
  const words = wordsIn('en');
  let said = '';
  const say = (): void => {
    const line = stateLine(engine.backend.snapshot(), words, homeOption(io.home));
    if (line === said) return;
    said = line;
    const at = new Date(systemClock.nowMs()).toLocaleTimeString('sv-SE', { timeStyle: 'short' });
    process.stdout.write(`${at}  ${line}\n`);
  };
  const timer = setInterval(say, sayEveryMs);
  say();
  return () => {
    clearInterval(timer);
  };
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
