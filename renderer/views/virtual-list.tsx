// Long list that draws only the rows in sight; every row has the same height.
import { memo, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

/** Height of a row in pixels; `.virtual-row` in lists.css is as high. */
const ROW_PX = 60;
/** Rows drawn beyond both ends, so that scrolling does not show gaps. */
const SPARE = 8;
/** Rows kept in sight above an item that the list scrolls to. */
const AHEAD = 2;

/** Way in which a list is reached: from the item of this key, or (null) from elsewhere. */
export type Arrival = { readonly from: string | null };

type ListProps<T> = {
  readonly items: readonly T[];
  readonly label: string;
  /** All items, also those that are not loaded yet. */
  readonly total?: number;
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  /** The end of what is loaded comes into sight. */
  readonly onNearEnd?: () => void;
  /** Asked once, when the list appears: the focus goes to the item that was left, else to the first; null leaves it. */
  readonly arrive?: () => Arrival | null;
};

type RowProps<T> = { readonly item: T; readonly render: (item: T) => ReactNode };

/** A step of scrolling draws the list again, but of its rows only those that come into sight. */
export const RowContent = memo(function ({ item, render }: RowProps<unknown>) {
  return render(item);
}) as <T>(props: RowProps<T>) => ReactNode; // memo() makes a component of one type of item

export function VirtualList<T>({ items, label, total, keyOf, render, onNearEnd, arrive }: ListProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  // The row and not the pixel, so that scrolling within a row draws nothing.
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [target, setTarget] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    let isNew = true;
    const observer = new ResizeObserver(() => {
      setHeight(element.clientHeight);
      const arrival = isNew ? (arrive?.() ?? null) : null;
      isNew = false;
      if (arrival === null) return;
      const wanted = Math.max(
        0,
        items.findIndex((item) => keyOf(item) === arrival.from),
      );
      element.scrollTop = (wanted - AHEAD) * ROW_PX;
      setTop(Math.max(0, wanted - AHEAD));
      setTarget(wanted);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- the way in counts when the list appears, and only then
  }, []);
  // In the pass after the scroll, when the row is drawn.
  useLayoutEffect(() => {
    if (target === null) return;
    const row = box.current?.querySelector(`[aria-posinset="${String(target + 1)}"]`);
    row?.querySelector('button')?.focus();
  }, [target]);
  const first = Math.max(0, top - SPARE);
  const last = Math.min(items.length, top + 1 + Math.ceil(height / ROW_PX) + SPARE);
  function scroll(scrolled: number): void {
    setTop(Math.floor(scrolled / ROW_PX));
    if (scrolled + height > (items.length - SPARE) * ROW_PX) onNearEnd?.();
  }
  return (
    <div
      ref={box}
      className="virtual"
      tabIndex={0}
      role="group"
      aria-label={label}
      onScroll={(event) => {
        scroll(event.currentTarget.scrollTop);
      }}
    >
      <ul className="virtual-rows" aria-label={label} style={{ height: items.length * ROW_PX }}>
        {items.slice(first, last).map((item, index) => (
          <li
            key={keyOf(item)}
            className="virtual-row"
            style={{ top: (first + index) * ROW_PX }}
            aria-setsize={total ?? items.length}
            aria-posinset={first + index + 1}
          >
            <RowContent item={item} render={render} />
          </li>
        ))}
      </ul>
    </div>
  );
}
