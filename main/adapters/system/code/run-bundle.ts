// Runs a bundle of CommonJS files with the code that V8 compiled in earlier runs.
//
// Node's own compile cache holds what V8 compiles of a module before it runs: not the functions, each of which is compiled when it is first
// called. That is a third of the time of a short run. Kept here is what was compiled at the end of a run, so those functions too.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script, constants } from 'node:vm';
import { crc32 } from 'node:zlib';
import { codeFolder } from '../compiled-code.ts';
import { readKept, readSource, writeKept } from './kept-code.ts';
import type { KeptCode } from './kept-code.ts';

export type Bundle = {
  /** `driftless.js` for a bundle that begins with `driftless.cjs` beside it. */
  readonly starter: string;
  /** So long after its start it holds no code of earlier runs any more: some MiB. */
  readonly startMs: number;
  /** Keeps its code then, and not at the end, which a thread does not see. Else only a run that ends before does: V8 forgets in time what was used once. */
  readonly isThread: boolean;
  /** Does something under the flags of V8 that the process began with. Compiled code holds only for the flags it was made under. */
  readonly underFirstFlags: <T>(work: () => T) => T;
};

type Module = { exports: object };
type Loaded = Omit<KeptCode, 'code'> & { readonly script: Script };

/** One run uses a part of the functions only: so many add theirs. */
const runsKept = 3;
const head = '(function (exports, require, module, __filename, __dirname) { "use strict"; ';

export function runBundle({ starter, startMs, isThread, underFirstFlags }: Bundle): void {
  const folder = dirname(starter);
  const path = keptPath(starter);
  let kept: ReadonlyMap<string, KeptCode> = path === null ? new Map() : readKept(path);
  const modules = new Map<string, Module>();
  const builtin = new Map<string, object>();
  let loaded: Loaded[] = [];

  const compile = (name: string, file: string): Script => {
    const { text, ...source } = readSource(file);
    const known = kept.get(name);
    const isSame = known?.sizeBytes === source.sizeBytes && known.sum === source.sum;
    const options = {
      filename: file,
      columnOffset: -head.length,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(isSame ? { cachedData: known.code } : {}),
    };
    const script = underFirstFlags(() => new Script(`${head}${text}\n})`, options));
    const isTaken = isSame && script.cachedDataRejected === false;
    loaded.push({ name, ...source, runs: isTaken ? known.runs : 0, script });
    return script;
  };

  const load = (name: string): object => {
    const module: Module = { exports: {} };
    modules.set(name, module);
    try {
      const file = join(folder, name);
      const run = compile(name, file).runInThisContext() as (...parts: readonly unknown[]) => void;
      run(module.exports, require, module, file, folder);
    } catch (error) {
      // Loaded again when it is asked for again, as Node does it: it may have been for want of a descriptor.
      modules.delete(name);
      throw error;
    }
    return module.exports;
  };

  /** Node's own modules have compiled code, too. */
  const builtinModule = (name: string): object => {
    const known = builtin.get(name);
    if (known !== undefined) return known;
    const module = underFirstFlags(() => process.getBuiltinModule(name));
    if (module === undefined) throw new Error(`no module ${name}`);
    builtin.set(name, module);
    return module;
  };

  const require = (name: string): object => {
    if (!name.startsWith('./')) return builtinModule(name);
    return modules.get(name.slice(2))?.exports ?? load(name.slice(2));
  };

  require(`./${basename(starter, '.js')}.cjs`);
  if (path === null) return;
  const end = (isKept: boolean): void => {
    clearTimeout(started);
    process.off('exit', onExit);
    if (isKept && loaded.some(({ runs }) => runs < runsKept))
      underFirstFlags(() => {
        const used = new Set(loaded.map(({ name }) => name));
        // Those of an earlier version have other names.
        const others = [...kept.values()].filter(
          ({ name }) => !used.has(name) && existsSync(join(folder, name)),
        );
        writeKept(path, [...others, ...loaded.map(withCode)]);
      });
    kept = new Map();
    loaded = [];
  };
  const onExit = (): void => {
    end(true);
  };
  const started = setTimeout(() => {
    end(isThread);
  }, startMs).unref();
  process.once('exit', onExit);
}

function withCode({ script, runs, ...source }: Loaded): KeptCode {
  return { ...source, runs: Math.min(runs + 1, runsKept), code: script.createCachedData() };
}

/** A file for each place of the program: two of them must not take turns in one. Null where code cannot be kept. */
function keptPath(starter: string): string | null {
  const kept = codeFolder();
  if (kept === null) return null;
  return join(kept, `${basename(starter, '.js')}-${crc32(starter).toString(16)}`);
}
