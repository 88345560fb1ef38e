// What follows a restore in the deleted files: words about it, a fresh list, and the place of the keyboard.
import { useCallback, useEffect, useRef } from 'react';
import type { RefCallback } from 'react';
import type { Output } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';

type Restored = Output<'restoreTrash'>;

/** The ref goes to the box around all rows. */
export function useRestored(
  { dispatch }: Page,
  reload: () => void,
): readonly [RefCallback<HTMLElement>, (restored: Restored) => void] {
  const box = useRef<HTMLElement | null>(null);
  const place = useRef(-1);
  const keepBox = useCallback<RefCallback<HTMLElement>>((element) => {
    box.current = element;
    const note = (event: FocusEvent): void => {
      place.current = rowsIn(element).findIndex((row) => row.contains(event.target as Node | null)); // of this document
    };
    element?.addEventListener('focusin', note);
    return () => {
      element?.removeEventListener('focusin', note);
      box.current = null;
    };
  }, []);
  // After each drawing: the row that had the focus may have left with it.
  useEffect(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (!isLost || place.current < 0) return;
    const rows = rowsIn(box.current);
    const next = rows[Math.min(place.current, rows.length - 1)]?.querySelector('button');
    (next ?? box.current?.closest('dialog')?.querySelector('input'))?.focus();
  });
  return [
    keepBox,
    (restored) => {
      dispatch({ kind: 'answered', ...wordsOf(restored) });
      reload();
    },
  ];
}

function rowsIn(box: HTMLElement | null): readonly HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>('.row') ?? [])];
}

function wordsOf({ restored, beside, failed, name }: Restored) {
  if (failed > 0) return { text: 'trash.back.some', fields: { count: restored + failed, restored } };
  if (restored === 1 && name !== null)
    return { text: beside === 0 ? 'trash.back.one' : 'trash.back.beside', name };
  if (beside > 0) return { text: 'trash.back.manyBeside', fields: { count: restored, beside } };
  return { text: 'trash.back', fields: { count: restored } };
}
