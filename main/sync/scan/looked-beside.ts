// Paths that were looked at while an operation changed them.
//
// What the operation records then may be older than what the look saw, and takes its place: so these are looked at once more.
import type { RelPath } from '../../core/model/model.ts';
import { parentOf, rootPath } from '../../core/model/path.ts';
import type { FileEvent } from '../../ports/file-watcher.port.ts';
import type { PairContext } from '../context.ts';
import type { Scope } from './local.ts';

/** Where to look once more: at an entry, or at a folder with everything in it. */
export type Look = Extract<FileEvent, { readonly path: RelPath }>;

export type LookedBeside = {
  /** Called with each path that was looked at, before what was seen is recorded. */
  readonly note: (path: RelPath) => void;
  /** Removes and returns what is to be looked at of those whose operations have ended. */
  readonly take: () => readonly Look[];
};

export function makeLookedBeside(isBusy: (path: RelPath) => boolean): LookedBeside {
  const looked = new Map<RelPath, Look>();
  return {
    note: (path) => {
      if (isBusy(path) && !looked.has(path)) looked.set(path, { kind: 'entry', path });
      // The record of a renamed folder takes the place of what was seen anywhere in it.
      for (let at = path; at !== rootPath;) {
        at = parentOf(at);
        if (isBusy(at)) looked.set(at, { kind: 'overflow', path: at });
      }
    },
    take: () => {
      const over = [...looked.values()].filter(({ path }) => !isBusy(path));
      for (const { path } of over) looked.delete(path);
      return over;
    },
  };
}

/** What a scan needs of the context, with a note of each path that it looks at. Not the whole: parts of that may not be read before their time. */
export function notingLooks(context: PairContext, { note }: LookedBeside): Scope {
  const { files, store, clock, reached, settings, names } = context;
  return {
    files,
    store,
    clock,
    reached,
    settings,
    onLooked: note,
    ...(names === undefined ? {} : { names }),
  };
}
