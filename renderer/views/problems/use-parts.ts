// Loader of the parts of a long list that are in sight; it loads them again when the list has changed.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Coded, Result } from '../../../preload/contract.ts';

export type Parts<T> = {
  /** Changes with the filter of what is shown. */
  readonly listKey: string;
  /** Null until the first part has arrived. */
  readonly total: number | null;
  /** Undefined while it is not loaded. */
  readonly itemAt: (index: number) => T | undefined;
  /** Why the last part did not arrive; what had arrived before stays. */
  readonly failure: Coded | null;
  /** Loads what is missing of these rows; `last` is not one of them. */
  readonly show: (first: number, last: number) => void;
  readonly retry: () => void;
};

/** A part of what is listed; `total` counts all of it. */
export type Part<T> = { readonly items: readonly T[]; readonly total: number };

type Listed<T> = {
  /** Changes with the filter. */
  readonly key: string;
  /** Changes with each change of the list. */
  readonly revision: number;
  /** Items of a part. */
  readonly size: number;
  /** Requests the part after so many items; the same function while the key is the same. Never rejects. */
  readonly askFor: (skip: number) => Promise<Result<Part<T>>>;
};

type Loaded<T> = {
  readonly key: string;
  readonly revision: number;
  readonly total: number;
  readonly parts: ReadonlyMap<number, readonly T[]>;
};

/** Pause in typing before a request is sent. */
const SETTLE_MS = 150;

export function useParts<T>({ key, revision, size, askFor }: Listed<T>): Parts<T> {
  const [loaded, setLoaded] = useState<Loaded<T> | null>(null);
  const [failure, setFailure] = useState<{ readonly key: string; readonly error: Coded } | null>(null);
  const [attempt, setAttempt] = useState(0);
  /** Parts in sight, and those that were asked for. */
  const inSight = useRef<{ readonly key: string; readonly parts: readonly number[] }>({ key, parts: [0] });
  const asked = useRef(new Set<number>());

  const latest = useRef(revision);
  const load = useCallback(
    async (parts: readonly number[]): Promise<void> => {
      const answers = await Promise.all(
        parts.map(async (part) => ({ part, result: await askFor(part * size) })),
      );
      if (inSight.current.key !== key) return;
      const refused = answers.flatMap(({ result }) => (result.ok ? [] : [result.error]))[0];
      setFailure(refused === undefined ? null : { key, error: refused });
      if (refused !== undefined) return;
      const arrived = answers.flatMap(({ part, result }) => (result.ok ? [{ part, ...result.value }] : []));
      setLoaded((now) => {
        // Parts of another revision or filter are dropped: their rows are at other places.
        const isSame = now?.key === key && now.revision === revision;
        // Overtaken by a newer revision; the first answer of a filter is shown all the same, as a list may change all the time.
        if (now?.key === key && latest.current !== revision) return now;
        const kept = isSame ? [...now.parts] : [];
        return {
          key,
          revision,
          total: arrived[0]?.total ?? 0,
          parts: new Map([...kept, ...arrived.map(({ part, items }) => [part, items] as const)]),
        };
      });
    },
    [askFor, key, size, revision],
  );

  useEffect(() => {
    const isNew = inSight.current.key !== key;
    if (isNew) inSight.current = { key, parts: [0] };
    asked.current.clear();
    latest.current = revision;
    // load() never rejects: a bridge answers with a result.
    const timer = setTimeout(() => void load(inSight.current.parts), isNew ? SETTLE_MS : 0);
    return () => {
      clearTimeout(timer);
    };
  }, [load, key, revision, attempt]);

  const isCurrent = loaded?.key === key;
  const failed = failure?.key === key ? failure.error : null;
  const itemAt = useCallback(
    (index: number) => {
      const part = Math.floor(index / size);
      return loaded?.parts.get(part)?.[index - part * size];
    },
    [loaded, size],
  );
  return {
    listKey: loaded?.key ?? key,
    // The reason why this filter failed must not be shown above what another one found.
    total: loaded === null || (failed !== null && !isCurrent) ? null : loaded.total,
    itemAt,
    failure: failed,
    show(first, last) {
      if (!isCurrent) return;
      const from = Math.floor(first / size);
      const to = Math.floor(Math.max(first, last - 1) / size);
      const parts = Array.from({ length: to - from + 1 }, (_, at) => from + at);
      inSight.current = { key, parts };
      const missing = parts.filter((part) => !loaded.parts.has(part) && !asked.current.has(part));
      // After a failure only the button asks again, and not each movement of the list.
      if (missing.length === 0 || failed !== null) return;
      for (const part of missing) asked.current.add(part);
      void load(missing); // as above
    },
    retry: () => {
      setFailure(null);
      setAttempt((count) => count + 1);
    },
  };
}
