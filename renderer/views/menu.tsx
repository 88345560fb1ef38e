// Menu button: a list of rarely used actions behind one button, by mouse and keyboard.
import { useId, useLayoutEffect, useRef, useState } from 'react';
import type { FocusEvent, KeyboardEvent, RefObject } from 'react';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { useWording } from './wording.tsx';

export type MenuItem = {
  /** Catalogue key of the item's text. */
  readonly label: string;
  readonly icon: IconName;
  /** Catalogue key of a line that says what the item does. */
  readonly hint?: string;
  readonly isDanger?: boolean;
  readonly onPress: () => void;
};

const GAP_PX = 4;

type MenuProps = {
  readonly label: string;
  readonly about: string;
  readonly icon?: IconName;
  readonly items: readonly MenuItem[];
};

/** Follows the ARIA menu button pattern: arrow keys, Home, End, Escape; focus returns to the button. */
export function MenuButton({ label, about, icon = 'dots', items }: MenuProps) {
  const { words } = useWording();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  function close(): void {
    setOpen(false);
    button.current?.focus();
  }
  function leave(event: FocusEvent<HTMLDivElement>): void {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
  }
  return (
    <div className="menu" onBlur={leave}>
      <button
        ref={button}
        type="button"
        className="button button-quiet"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? menuId : undefined}
        aria-label={words.text('action.for', { action: words.text(label), name: about })}
        title={words.text(label)}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        <Icon name={icon} />
      </button>
      {isOpen && <MenuList id={menuId} items={items} button={button} onClose={close} />}
    </div>
  );
}

type ListProps = {
  readonly id: string;
  readonly items: readonly MenuItem[];
  readonly button: RefObject<HTMLButtonElement | null>;
  readonly onClose: () => void;
};

function MenuList({ id, items, button, onClose }: ListProps) {
  const { words } = useWording();
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (list.current !== null && button.current !== null) placeBeside(list.current, button.current);
    focusItem(list.current, 0);
  }, [button]);
  function press(event: KeyboardEvent<HTMLDivElement>): void {
    const to = targetOf(event.key, itemAt(list.current), items.length);
    if (event.key === 'Escape') onClose();
    else if (to === null) return;
    else focusItem(list.current, to);
    event.preventDefault();
  }
  return (
    <div ref={list} id={id} className="menu-list" role="menu" onKeyDown={press}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-describedby={item.hint === undefined ? undefined : `${id}-${item.hint}`}
          className={item.isDanger === true ? 'menu-item menu-danger' : 'menu-item'}
          onClick={() => {
            onClose();
            item.onPress();
          }}
        >
          <Icon name={item.icon} />
          <span className="menu-item-text">
            <span>{words.text(item.label)}</span>
            {item.hint !== undefined && (
              <span className="menu-hint" id={`${id}-${item.hint}`} aria-hidden="true">
                {words.text(item.hint)}
              </span>
            )}
          </span>
        </button>
      ))}
    </div>
  );
}

/**
 * Fixed to the window, so that a scrolling list does not cut it off; above the button where below is no room. Ends where the
 * button ends, which from right to left is on its left.
 */
function placeBeside(list: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const isBelow = at.bottom + height + GAP_PX < window.innerHeight;
  list.style.top = `${String(isBelow ? at.bottom + GAP_PX : Math.max(GAP_PX, at.top - height - GAP_PX))}px`;
  const wanted = getComputedStyle(button).direction === 'rtl' ? at.left : at.right - width;
  const left = Math.min(Math.max(GAP_PX, wanted), window.innerWidth - width - GAP_PX);
  list.style.left = `${String(left)}px`;
}

function itemsIn(list: HTMLElement | null): readonly HTMLElement[] {
  return list === null ? [] : [...list.querySelectorAll<HTMLElement>('[role=menuitem]')];
}

function itemAt(list: HTMLElement | null): number {
  return itemsIn(list).findIndex((item) => item === document.activeElement);
}

function focusItem(list: HTMLElement | null, index: number): void {
  itemsIn(list)[index]?.focus();
}

/** Item that a key moves to, wrapping at both ends; null for any other key. */
function targetOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
