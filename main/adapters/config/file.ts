// Reads, checks and rewrites `<home>/config.json`.
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, parse } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AppConfig, PairConfig, PairId } from '../../core/config/config.ts';
import { makeInTurn } from '../../core/in-turn.ts';
import type { InTurn } from '../../core/in-turn.ts';
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { Settings } from '../../ports/settings.port.ts';
import { places, realpath, stat as statInTurn } from '../shares/calls.ts';
import { systemClock } from '../system/clock.ts';
import { withOsLock } from '../system/os-lock.ts';
import { ownFolders } from '../system/home/state-dir.ts';
import { changed, isRecord, noEntry, withChanged } from './document.ts';
import type { Change, Fields } from './document.ts';
import { buildConfig, configError } from './rules.ts';
import { configSchema, describeProblem } from './schema.ts';
import { writeWhole } from './write-whole.ts';
import { isWithin } from '../system/path-within.ts';

export type ConfigFileOptions = {
  /** The home directory of the app; the file is `config.json` in it. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, which is refused as a pair folder; default `os.homedir()`. */
  readonly userHome?: string;
  /** Waits for another process that changes the file; default the system's. */
  readonly clock?: Clock;
};

/** As the file writes them: defaults left out, not yet checked. */
export type Connection = {
  readonly account: Readonly<Record<string, unknown>> | null;
  readonly pair: Readonly<Record<string, unknown>>;
  /** Further ones of the same account. */
  readonly morePairs?: readonly Readonly<Record<string, unknown>>[];
};

/** What is added, or what makes it of what the settings hold by then. */
export type Addition<T> = T | ((now: AppConfig) => T | Promise<T>);

const longestFileBytes = 4 * 1024 * 1024;
/** So long the start waits for a share to say where one folder lies; no other folder is synced meanwhile. */
const answerMs = 5000;

/** By file, because page, engine and settings each have a `ConfigFile` of their own. */
const changes = new Map<string, InTurn>();

export class ConfigFile implements Settings {
  readonly #options: ConfigFileOptions;
  /** Of the file itself. */
  readonly path: string;

  constructor(options: ConfigFileOptions) {
    this.#options = options;
    this.path = join(options.home, 'config.json');
  }

  async load(signal: AbortSignal): Promise<AppConfig> {
    return await this.#check(await this.#readRaw(signal));
  }

  async addPair(pair: PairConfig, signal: AbortSignal): Promise<AppConfig> {
    await checkNewFolder(pair);
    return await this.#edit((pairs) => [...pairs, pair], signal);
  }

  /** As `addPair`, for a pair as the file writes it: defaults left out, not yet checked. */
  async addPairRaw(added: Addition<Fields>, signal: AbortSignal): Promise<AppConfig> {
    return await this.#edit(async (pairs, document) => {
      const pair = await this.#made(added, document);
      await checkNewFolder(pair);
      return [...pairs, pair];
    }, signal);
  }

  async removePair(id: PairId, signal: AbortSignal): Promise<AppConfig> {
    return await this.#edit((pairs) => {
      const rest = pairs.filter((pair) => !(isRecord(pair) && pair['id'] === id));
      if (rest.length === pairs.length) throw noEntry('pairs', id);
      return rest;
    }, signal);
  }

  /** Sets fields beside accounts and pairs. */
  async changeShared(change: Change, signal: AbortSignal): Promise<AppConfig> {
    return await this.#change((document) => changed(document, change, this.#present(document)), signal);
  }

  async changeAccount(id: string, change: Change, signal: AbortSignal): Promise<AppConfig> {
    return await this.#change(async (document) => {
      const { accounts } = document;
      const list: readonly unknown[] = Array.isArray(accounts) ? accounts : [];
      return {
        ...document,
        accounts: await withChanged(list, { list: 'accounts', id, change }, this.#present(document)),
      };
    }, signal);
  }

  /** One pair as the file writes it: defaults left out; null where there is none of this id. */
  async pairAsWritten(id: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | null> {
    const { pairs } = await this.#document(signal);
    const found: unknown = Array.isArray(pairs)
      ? pairs.find((pair: unknown) => isRecord(pair) && pair['id'] === id)
      : null;
    return isRecord(found) ? found : null;
  }

  async changePair(id: string, change: Change, signal: AbortSignal): Promise<AppConfig> {
    return await this.#edit(
      (pairs, document) => withChanged(pairs, { list: 'pairs', id, change }, this.#present(document)),
      signal,
    );
  }

  /** Adds an account as the file writes it (defaults left out); makes the file when there is none. */
  async addAccount(account: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<AppConfig> {
    return await this.#change((document) => {
      const accounts: unknown = document['accounts'];
      const before: readonly unknown[] = Array.isArray(accounts) ? accounts : [];
      return { ...document, accounts: [...before, account] };
    }, signal);
  }

  /**
   * An account (or null where it is there already) and a pair under it: both are written, or neither. `prepare` gets the new settings
   * before they are written, and what it throws leaves the file as it was; its answer is handed back.
   */
  async addConnection<T>(
    connection: Addition<Connection>,
    prepare: (config: AppConfig, added: Connection) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return await this.#inTurn(async () => {
      const document = await this.#document(signal);
      const made = await this.#made(connection, document);
      const { account, pair, morePairs = [] } = made;
      const added = [pair, ...morePairs];
      for (const one of added) await checkNewFolder(one);
      const listOf = (name: string): readonly unknown[] => {
        const value: unknown = document[name];
        return Array.isArray(value) ? value : [];
      };
      const accounts = account === null ? listOf('accounts') : [...listOf('accounts'), account];
      const next = { ...document, accounts, pairs: [...listOf('pairs'), ...added] };
      const prepared = await prepare(await this.#check(next), made);
      await this.#write(next, signal);
      return prepared;
    }, signal);
  }

  /**
   * One change after the other, also of other processes (the command line beside the app): each writes the whole file, and would undo one
   * that it had not read. Throws `lock-busy` where another process keeps the lock for a minute.
   */
  #inTurn<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { home, clock = systemClock } = this.#options;
    // No id of an account, after which the other locks there are named, has a dot.
    const lock = { path: join(home, 'locks', 'config.json.lock'), clock };
    const inTurn = changes.get(this.path) ?? makeInTurn();
    changes.set(this.path, inTurn);
    return inTurn(() => withOsLock(lock, step, signal));
  }

  #present(document: Fields): () => Promise<AppConfig> {
    return () => this.#check({ accounts: [], pairs: [], ...document });
  }

  async #made<T extends object>(added: Addition<T>, document: Fields): Promise<T> {
    return typeof added === 'function' ? await added(await this.#present(document)()) : added;
  }

  /** Of the whole file, or of an empty one where there is none. */
  #change(make: (document: Fields) => Fields | Promise<Fields>, signal: AbortSignal): Promise<AppConfig> {
    return this.#inTurn(async () => this.#write(await make(await this.#document(signal)), signal), signal);
  }

  async #document(signal: AbortSignal): Promise<Fields> {
    try {
      const raw = await this.#readRaw(signal);
      return isRecord(raw) ? raw : {};
    } catch (error) {
      if (isSyncError(error) && error.code === 'config-missing') return {};
      throw error;
    }
  }

  /** Checked before it is written: a mistake never replaces a good file. */
  async #edit(
    change: (pairs: readonly unknown[], document: Fields) => readonly unknown[] | Promise<readonly unknown[]>,
    signal: AbortSignal,
  ): Promise<AppConfig> {
    return await this.#inTurn(async () => {
      const raw = await this.#readRaw(signal);
      const document = isRecord(raw) ? raw : {};
      const pairs: unknown = document['pairs'];
      const next = await change(Array.isArray(pairs) ? pairs : [], document);
      if (isDeepStrictEqual(next, pairs)) return await this.#check(document);
      return await this.#write({ ...document, pairs: next }, signal);
    }, signal);
  }

  async #write(next: unknown, signal: AbortSignal): Promise<AppConfig> {
    const config = await this.#check(next);
    signal.throwIfAborted();
    const text = `${JSON.stringify(next, null, 2)}\n`;
    // The next start would refuse it.
    if (Buffer.byteLength(text) > longestFileBytes) throw configError('the file', 'would be too large');
    await writeWhole(this.path, text);
    return config;
  }

  async #check(raw: unknown): Promise<AppConfig> {
    // Compiled into a function, it would have to be read many times to gain by that.
    const parsed = configSchema.safeParse(raw, { reportInput: true, jitless: true });
    if (!parsed.success) {
      const [field, problem] = describeProblem(parsed.error);
      throw configError(field, problem);
    }
    const config = buildConfig(parsed.data, this.#options.env);
    return { ...config, pairs: await this.#checkFolders(config.pairs) };
  }

  async #readRaw(signal: AbortSignal): Promise<unknown> {
    let text: string;
    try {
      const { size } = await stat(this.path);
      if (size > longestFileBytes) throw configError('the file', 'is too large');
      text = await readFile(this.path, { encoding: 'utf8', signal });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof SyncError) throw cause;
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      throw new SyncError({
        code: missing ? 'config-missing' : 'config-invalid',
        retry: 'slow',
        scope: 'account',
        cause,
        message: missing ? `there is no ${this.path}` : `${this.path} cannot be read`,
      });
    }
    try {
      return JSON.parse(text.replace(/^\uFEFF/, ''));
    } catch (cause) {
      throw configError(
        'the file',
        `is not JSON (${cause instanceof Error ? firstLine(cause.message) : 'unreadable'})`,
      );
    }
  }

  async #checkFolders(pairs: readonly PairConfig[]): Promise<readonly PairConfig[]> {
    const seen: { readonly id: string; readonly real: string }[] = [];
    const reals = {
      appFolders: ownFolders(this.#options.home),
      userHome: await realOrSame(this.#options.userHome ?? homedir()),
    };
    for (const [index, pair] of pairs.entries()) {
      const field = `pairs[${String(index)}].folder`;
      const real = await realFolder(pair.folder, field);
      const problem = folderProblem(real, reals);
      if (problem !== null) throw configError(field, problem.text, { why: problem.why });
      const other = seen.find((earlier) => isWithin(earlier.real, real) || isWithin(real, earlier.real));
      if (other !== undefined)
        throw configError(field, `overlaps that of the pair ${JSON.stringify(other.id)}`, {
          why: 'folder-overlaps',
          folder: other.real,
        });
      seen.push({ id: pair.id, real });
    }
    return pairs;
  }
}

/**
 * Where the folder is, or would be: one that is not there, or cannot be reached, is a state of its pair and no mistake in
 * the settings (a stick that is not plugged in, a share whose server is down or does not answer).
 */
async function realFolder(folder: string, field: string): Promise<string> {
  if (!isAbsolute(folder)) throw configError(field, 'must be an absolute path', { why: 'no-whole-path' });
  // Where links lead decides what overlaps (S15): a disk of this computer is waited for, however slow it is.
  const upToShare = await places.realUpToShare(folder);
  const untilMs = performance.now() + answerMs;
  const { real, isThere } = await realAsFarAsThere(upToShare, untilMs);
  const found = isThere ? await statsOf(real, untilMs) : null;
  if (found?.isDirectory() === false)
    throw configError(field, `${JSON.stringify(folder)} is not a folder`, { why: 'folder-is-file' });
  return real;
}

/**
 * The real path of what is there, with the rest of the names after it. From the top, so that all folders of a share that does not
 * answer ask it for the same.
 */
async function realAsFarAsThere(
  path: string,
  untilMs: number,
): Promise<{ readonly real: string; readonly isThere: boolean }> {
  const above = dirname(path);
  if (above === path) return { real: path, isThere: true };
  const parent = await realAsFarAsThere(above, untilMs);
  const named = join(parent.real, basename(path));
  const real = parent.isThere ? await realPathOf(named, untilMs) : null;
  return { real: real ?? named, isThere: real !== null };
}

/**
 * Looks that answer null where they fail or are late. By path they are shared until they end: one that waits for a share keeps its turn there, a
 * second would wait for the next, and while one is late all others are at once.
 */
function sharedLooks<Value>(
  look: (path: string) => Promise<Value>,
): (path: string, untilMs: number) => Promise<Value | null> {
  const open = new Map<string, Promise<Value | null>>();
  return (path, untilMs) => {
    const known = open.get(path);
    if (known !== undefined) return known;
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(
      () => {
        late.resolve(null);
      },
      Math.max(0, untilMs - performance.now()),
    );
    const ended = look(path)
      .catch(() => null)
      .finally(() => {
        clearTimeout(timer);
        open.delete(path);
      });
    const answer = Promise.race([ended, late.promise]);
    open.set(path, answer);
    return answer;
  };
}

const realPathOf = sharedLooks((path) => realpath(path));
const statsOf = sharedLooks<Stats>((path) => statInTurn(path));

/** A new pair is for a folder that is there: here a mistake is still in the hands that made it. */
async function checkNewFolder(pair: Readonly<Record<string, unknown>>): Promise<void> {
  const { folder } = pair;
  if (typeof folder !== 'string' || !isAbsolute(folder)) return;
  const isThere = (await statsOf(folder, performance.now() + answerMs)) !== null;
  if (!isThere) throw configError('folder', `${JSON.stringify(folder)} does not exist`);
}

/** S15. The app's own home inside a synced folder would upload the refresh token. `why`: `reason.<why>` in the catalogue. */
function folderProblem(
  real: string,
  reals: { readonly appFolders: readonly string[]; readonly userHome: string },
): { readonly text: string; readonly why: string } | null {
  if (parse(real).root === real) return { text: 'must not be a whole drive', why: 'folder-is-drive' };
  if (real === reals.userHome || isWithin(real, reals.userHome))
    return { text: 'must not be or contain your home folder', why: 'folder-is-home' };
  if (reals.appFolders.some((own) => isWithin(real, own) || isWithin(own, real)))
    return { text: "overlaps the app's own folder", why: 'folder-of-app' };
  return null;
}

async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not there yet: nothing can overlap with it but its name.
    return path;
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
