// Tree of folders with checkboxes: levels load when they are opened, and only rows in sight are drawn.
import { useLayoutEffect, useRef, useState } from 'react';
import type { CSSProperties, KeyboardEvent } from 'react';
import type { FolderRow } from '../../state/folder-choice.ts';
import { Icon } from '../icons.tsx';
import { Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

/** Height of a row in pixels; `.tree-row` in lists.css is as high. */
const ROW_PX = 36;
const SPARE = 8;
const PAGE_ROWS = 10;

type TreeProps = {
  readonly rows: readonly FolderRow[];
  readonly label: string;
  readonly onToggle: (id: string) => void;
  readonly onOpen: (id: string, isOpen: boolean) => void;
};

const checked = { in: true, out: false, part: 'mixed' } as const;

/** Follows the ARIA tree pattern: arrow keys move, open and close; the space bar ticks. */
export function FolderTreeView({ rows, label, onToggle, onOpen }: TreeProps) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [active, setActive] = useState<string | null>(null);
  const hasMoved = useRef(false);
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === active),
  );
  useLayoutEffect(() => {
    if (box.current !== null) setHeight(box.current.clientHeight);
  }, []);
  // In the pass after the move, when the row is drawn.
  useLayoutEffect(() => {
    if (!hasMoved.current) return;
    hasMoved.current = false;
    const row = box.current?.querySelector<HTMLElement>('[tabindex="0"]');
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  });
  function move(to: number): void {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (row === undefined) return;
    hasMoved.current = true;
    setActive(row.id);
  }
  function press(event: KeyboardEvent): void {
    const row = rows[at];
    if (row === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!act(event.key, row)) return;
    event.preventDefault();
  }
  /** False where the key means nothing here. */
  function act(key: string, row: FolderRow): boolean {
    const [forward, back] = isRightToLeft(box.current)
      ? ['ArrowLeft', 'ArrowRight']
      : ['ArrowRight', 'ArrowLeft'];
    const target = targetOf(key, at, rows.length);
    if (target !== null) move(target);
    else if (key === ' ' || key === 'Enter') onToggle(row.id);
    else if (key === forward) {
      if (!row.isOpen) onOpen(row.id, true);
      else if (!row.isLeaf && !row.isLoading) move(at + 1);
    } else if (key === back) {
      if (row.isOpen && !row.isLeaf) onOpen(row.id, false);
      else if (row.parentId !== null) move(rows.findIndex(({ id }) => id === row.parentId));
    } else return false;
    return true;
  }
  const first = Math.max(0, top - SPARE);
  const last = Math.min(rows.length, top + 1 + Math.ceil(height / ROW_PX) + SPARE);
  const drawn = rows.slice(first, last).map((row, index) => ({ row, index: first + index }));
  const current = rows[at];
  // The row of the keyboard stays, wherever the wheel has gone.
  if (current !== undefined && (at < first || at >= last)) drawn.push({ row: current, index: at });
  return (
    <div
      ref={box}
      className="tree"
      onScroll={(event) => {
        setTop(Math.floor(event.currentTarget.scrollTop / ROW_PX));
      }}
    >
      <div
        role="tree"
        aria-label={label}
        aria-multiselectable
        className="tree-rows"
        style={{ height: rows.length * ROW_PX }}
        onKeyDown={press}
      >
        {drawn.map(({ row, index }) => (
          <Row
            key={row.id}
            row={row}
            index={index}
            isActive={index === at}
            onFocus={() => {
              setActive(row.id);
            }}
            onPress={() => {
              onToggle(row.id);
            }}
            onOpen={() => {
              onOpen(row.id, !row.isOpen);
            }}
          />
        ))}
      </div>
    </div>
  );
}

function isRightToLeft(element: HTMLElement | null): boolean {
  return element !== null && getComputedStyle(element).direction === 'rtl';
}

function targetOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return at + 1;
    case 'ArrowUp':
      return at - 1;
    case 'PageDown':
      return at + PAGE_ROWS;
    case 'PageUp':
      return at - PAGE_ROWS;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

type RowProps = {
  readonly row: FolderRow;
  readonly index: number;
  readonly isActive: boolean;
  readonly onFocus: () => void;
  readonly onPress: () => void;
  readonly onOpen: () => void;
};

function Row({ row, index, isActive, onFocus, onPress, onOpen }: RowProps) {
  const { words } = useWording();
  const style: CSSProperties & Record<'--depth', number> = { top: index * ROW_PX, '--depth': row.depth - 1 };
  return (
    <div
      role="treeitem"
      className="tree-row"
      style={style}
      tabIndex={isActive ? 0 : -1}
      aria-level={row.depth}
      aria-setsize={row.siblings}
      aria-posinset={row.place}
      aria-checked={checked[row.check]}
      {...(row.isLeaf ? {} : { 'aria-expanded': row.isOpen })}
      onFocus={onFocus}
      onClick={onPress}
    >
      {/* For the pointer: the keyboard has the arrow keys. */}
      <span
        className="tree-twist"
        data-leaf={row.isLeaf}
        data-open={row.isOpen}
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          if (!row.isLeaf) onOpen();
        }}
      >
        {!row.isLeaf && <Icon name="back" />}
      </span>
      <span className="tree-check" data-check={row.check} aria-hidden="true">
        {row.check === 'in' && <Icon name="check" />}
      </span>
      <Icon name="folder" />
      <span className="line">
        <Name>{row.name}</Name>
      </span>
      {row.isLoading && <span className="muted">{words.text('app.loading')}</span>}
    </div>
  );
}
