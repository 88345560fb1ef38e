// Loads the history of activity: a part at a time, again when something new has happened.
import { useEffect, useRef, useState } from 'react';
import type { ActivityView, Input } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';

type Filter = Omit<Input<'listActivity'>, 'skip'>;

export type History = {
  readonly entries: readonly ActivityView[];
  readonly total: number;
  /** Loads the next part, if there is one. */
  readonly more: () => void;
};

type Loaded = Pick<History, 'entries' | 'total'> & { readonly key: string };

/** Typing asks once it rests. */
const SETTLE_MS = 150;

/** @param newest id of the newest entry, so that the list follows what happens */
export function useHistory(
  page: Page,
  { pairId, kind, text }: Filter,
  newest: string | null,
): History | null {
  const { ask } = page;
  const key = JSON.stringify([pairId, kind, text]);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const isLoading = useRef(false);
  useEffect(() => {
    let isWanted = true;
    async function load(): Promise<void> {
      const result = await ask('listActivity', { pairId, kind, text, skip: 0 });
      if (!isWanted || !result.ok) return;
      const { entries, total } = result.value;
      // What is loaded below stays, so that a list that is read does not jump.
      setLoaded((before) => ({
        key,
        total,
        entries: joined(entries, before?.key === key ? before.entries : []),
      }));
    }
    const timer = setTimeout(() => void load(), SETTLE_MS); // never rejects: a bridge answers with a result
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [ask, key, pairId, kind, text, newest]);
  async function loadMore(from: Loaded): Promise<void> {
    // What is loaded by another filter is about to be replaced.
    if (isLoading.current || from.key !== key || from.entries.length >= from.total) return;
    isLoading.current = true;
    const result = await ask('listActivity', { pairId, kind, text, skip: from.entries.length });
    isLoading.current = false;
    if (!result.ok) return;
    const { entries, total } = result.value;
    setLoaded((now) =>
      now?.key === from.key ? { ...now, total, entries: joined(now.entries, entries) } : now,
    );
  }
  if (loaded === null) return null;
  return { ...loaded, more: () => void loadMore(loaded) }; // as above
}

/** The later entries behind the earlier ones, each once. */
function joined(first: readonly ActivityView[], rest: readonly ActivityView[]): readonly ActivityView[] {
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...rest.filter(({ id }) => !known.has(id))];
}
