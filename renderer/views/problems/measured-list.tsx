// Long list that draws only the rows in sight, each as high as its text; not all of them need be loaded.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { RowContent } from '../virtual-list.tsx';
import { useWording } from '../wording.tsx';
import { placeRows } from './row-places.ts';
import type { RowPlaces } from './row-places.ts';

/** Until the first rows are drawn. */
const ESTIMATE_PX = 96;
/** Rows drawn beyond both ends, so that scrolling does not show gaps. */
const SPARE = 4;

type ListProps<T> = {
  readonly total: number;
  readonly label: string;
  /** Undefined while it is not loaded. */
  readonly itemAt: (index: number) => T | undefined;
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  /** These rows are drawn, `last` not included; called again with each other `itemAt`. */
  readonly onShown: (first: number, last: number) => void;
};

export function MeasuredList<T>({ total, label, itemAt, keyOf, render, onShown }: ListProps<T>) {
  const { words } = useWording();
  const box = useRef<HTMLDivElement>(null);
  const [sized, setSized] = useState(() => ({ total, places: placeRows(total, ESTIMATE_PX) }));
  const [sight, setSight] = useState({ topPx: 0, heightPx: 600 });
  const places = useMemo(
    () => (sized.total === total ? sized.places : sized.places.resized(total)),
    [sized, total],
  );
  const first = Math.max(0, places.indexAt(sight.topPx) - SPARE);
  const last = Math.min(total, places.indexAt(sight.topPx + sight.heightPx) + 1 + SPARE);

  useEffect(() => {
    onShown(first, last);
    // oxlint-disable-next-line react/exhaustive-deps -- another function for the same rows asks for nothing new
  }, [first, last, itemAt]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    let widthPx = element.clientWidth;
    const observer = new ResizeObserver(() => {
      setSight({ topPx: element.scrollTop, heightPx: element.clientHeight });
      if (element.clientWidth === widthPx) return;
      widthPx = element.clientWidth;
      // Lines break elsewhere: no height holds any more.
      setSized((now) => ({ ...now, places: placeRows(now.total, ESTIMATE_PX) }));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);

  // Whenever other rows are drawn, or the same ones in another language.
  useLayoutEffect(() => {
    const found = measure(box.current, places);
    if (found.size > 0) setSized({ total, places: places.measured(found) });
  }, [first, last, itemAt, places, total, words]);

  return (
    <div
      ref={box}
      className="virtual virtual-measured"
      tabIndex={0}
      role="group"
      aria-label={label}
      onScroll={({ currentTarget: { scrollTop, clientHeight } }) => {
        setSight({ topPx: scrollTop, heightPx: clientHeight });
      }}
    >
      {/* Beside the list and not its padding: where only siblings of a row grow, the browser keeps that row where it is. */}
      <div style={{ height: places.topOf(first) }} />
      <ul aria-label={label}>
        {Array.from({ length: Math.max(0, last - first) }, (_, at) => {
          const index = first + at;
          const item = itemAt(index);
          const position = { 'aria-setsize': total, 'aria-posinset': index + 1 };
          return item === undefined ? (
            <li key={index} className="row" style={{ height: places.estimatePx }} aria-busy {...position}>
              <span className="muted">{words.text('app.loading')}</span>
            </li>
          ) : (
            <li key={keyOf(item)} className="row" data-index={index} {...position}>
              <RowContent item={item} render={render} />
            </li>
          );
        })}
      </ul>
      <div style={{ height: places.totalPx - places.topOf(last) }} />
    </div>
  );
}

/** Heights of the drawn rows that differ from those that are known. */
function measure(box: HTMLElement | null, known: RowPlaces): ReadonlyMap<number, number> {
  const rows = [...(box?.querySelectorAll<HTMLElement>('[data-index]') ?? [])];
  return new Map(
    rows.flatMap((row) => {
      const index = Number(row.dataset['index']);
      const px = row.getBoundingClientRect().height;
      return Math.abs(known.heightOf(index) - px) < 0.5 ? [] : [[index, px] as const];
    }),
  );
}
