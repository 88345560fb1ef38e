// Paths that were looked at while an operation changed them.
//
// What the operation records then may be older than what the look saw, and takes its place: so these are looked at once more.
import type { RelPath } from '../../core/model/model.ts';
import type { PairContext } from '../context.ts';
import type { Scope } from './local.ts';

export type LookedBeside = {
  /** Called with each path that was looked at, before what was seen is recorded. */
  readonly note: (path: RelPath) => void;
  /** Removes and returns those whose operations have ended. */
  readonly take: () => readonly RelPath[];
};

export function makeLookedBeside(isBusy: (path: RelPath) => boolean): LookedBeside {
  const looked = new Set<RelPath>();
  return {
    note: (path) => {
      if (isBusy(path)) looked.add(path);
    },
    take: () => {
      const over = [...looked].filter((path) => !isBusy(path));
      for (const path of over) looked.delete(path);
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
