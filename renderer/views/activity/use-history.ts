// Loads the history of activity: a part at a time, again when something new has happened.
import { useEffect, useRef, useState } from 'react';
import type { ActivityView, Coded, Input } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';

type Filter = Omit<Input<'listActivity'>, 'skip'>;

export type History = {
  /** Null until the first part has arrived. */
  readonly loaded: {
    readonly entries: readonly ActivityView[];
    readonly total: number;
  } | null;
  /** Why the last part did not arrive; what had arrived before stays. */
  readonly failure: Coded | null;
  /** Loads the next part, if there is one. */
  readonly more: () => void;
  /** Loads what failed once more. */
  readonly retry: () => void;
};

type Loaded = {
  readonly key: string;
  readonly entries: readonly ActivityView[];
  readonly total: number;
};
type Failure = { readonly key: string; readonly part: 'first' | 'next'; readonly error: Coded };

/** Typing asks once it rests. */
const SETTLE_MS = 150;

/** @param newest id of the newest entry, so that the list follows what happens */
export function useHistory(page: Page, { pairId, kind, text }: Filter, newest: string | null): History {
  const { ask } = page;
  const key = JSON.stringify([pairId, kind, text]);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isLoading = useRef(false);
  useEffect(() => {
    let isWanted = true;
    async function load(): Promise<void> {
      const result = await ask('listActivity', { pairId, kind, text, skip: 0 });
      if (!isWanted) return;
      setFailure(result.ok ? null : { key, part: 'first', error: result.error });
      if (!result.ok) return;
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
  }, [ask, key, pairId, kind, text, newest, attempt]);
  async function loadMore(from: Loaded): Promise<void> {
    // What is loaded by another filter is about to be replaced.
    if (isLoading.current || from.key !== key || from.entries.length >= from.total) return;
    isLoading.current = true;
    const result = await ask('listActivity', { pairId, kind, text, skip: from.entries.length });
    isLoading.current = false;
    setFailure(result.ok ? null : { key, part: 'next', error: result.error });
    if (!result.ok) return;
    const { entries, total } = result.value;
    setLoaded((now) =>
      now?.key === from.key ? { ...now, total, entries: joined(now.entries, entries) } : now,
    );
  }
  const failed = failure?.key === key ? failure : null;
  function retry(): void {
    setFailure(null);
    if (failed?.part === 'next' && loaded !== null)
      void loadMore(loaded); // as above
    else setAttempt((count) => count + 1);
  }
  return {
    // What another filter found must not stand under the reason why this one found nothing.
    loaded: failed !== null && loaded?.key !== key ? null : loaded,
    failure: failed?.error ?? null,
    // After a failure only the button asks again, and not each movement of the list.
    more: () => {
      if (loaded !== null && failed === null) void loadMore(loaded); // as above
    },
    retry,
  };
}

/** The later entries behind the earlier ones, each once. */
function joined(first: readonly ActivityView[], rest: readonly ActivityView[]): readonly ActivityView[] {
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...rest.filter(({ id }) => !known.has(id))];
}
