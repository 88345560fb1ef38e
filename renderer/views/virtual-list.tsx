// Long list that draws only the rows in sight; every row has the same height.
import { useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

/** Height of a row in pixels; `.virtual-row` in lists.css is as high. */
const ROW_PX = 60;
/** Rows drawn beyond both ends, so that scrolling does not show gaps. */
const SPARE = 8;

type ListProps<T> = {
  readonly items: readonly T[];
  readonly label: string;
  /** All items, also those that are not loaded yet. */
  readonly total?: number;
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  /** The end of what is loaded comes into sight. */
  readonly onNearEnd?: () => void;
};

export function VirtualList<T>({ items, label, total, keyOf, render, onNearEnd }: ListProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  // The row and not the pixel, so that scrolling within a row draws nothing.
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setHeight(element.clientHeight);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
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
            {render(item)}
          </li>
        ))}
      </ul>
    </div>
  );
}
