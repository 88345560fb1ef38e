// Activity of all pairs as the page asks for it: searched, filtered, a part at a time.
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { ActivityView, Input, Output } from '../../../preload/contract.ts';
import type { PairRuntime } from '../pair-runtime.ts';
import { activityViews } from '../pair-view.ts';
import { nameSearch } from './text-search.ts';

type Asked = Input<'listActivity'>;

const kindsOf: Readonly<Record<Exclude<Asked['kind'], 'all'>, readonly ActivityView['kind'][]>> = {
  transfers: ['uploaded', 'downloaded'],
  moves: ['moved-local', 'moved-remote', 'folder-made-local', 'folder-made-remote'],
  removals: ['removed-local', 'removed-remote', 'restored'],
  conflicts: ['conflict'],
};

/** As many as the records keep of each pair. */
const kept = 10_000;

export function historyOf(pairs: readonly PairRuntime[], asked: Asked): Output<'listActivity'> {
  const chosen = pairs.filter(({ config }) => asked.pairId === null || config.id === asked.pairId);
  const kinds = asked.kind === 'all' ? null : kindsOf[asked.kind];
  const isWanted = nameSearch(asked.text);
  const found = chosen
    .flatMap((pair) => activityViews(pair.config.id, pair.history(kept)))
    .filter(({ kind }) => kinds === null || kinds.includes(kind))
    .filter(({ path, from }) => isWanted(path) || (from !== null && isWanted(from)))
    .sort((one, other) => other.atMs - one.atMs);
  return {
    entries: found.slice(asked.skip, asked.skip + LIMITS.history),
    total: found.length,
  };
}

/** Entry by the id that the page knows it by. */
export function entryOf(pair: PairRuntime, id: string): ActivityView | undefined {
  return activityViews(pair.config.id, pair.history(kept)).find((entry) => entry.id === id);
}
