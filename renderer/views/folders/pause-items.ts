// Menu items that pause with an end.
import type { Page } from '../../state/use-page.ts';
import type { MenuItem } from '../menu.tsx';

/** @param pairId null for all folders */
export function pauseItems(page: Page, pairId: string | null): readonly MenuItem[] {
  return (['hour', 'tomorrow'] as const).map((until) => ({
    label: `pause.${until}`,
    icon: 'clock',
    // send() never rejects: every failure is a result.
    onPress: () => void page.send('pauseUntil', { pairId, until }),
  }));
}
