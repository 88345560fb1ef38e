// Rows of all pairs as the page asks for them, searched and filtered.
import type { Input } from '../../../preload/contract.ts';

type Asked = Pick<Input<'listProblems'>, 'pairId' | 'text'>;

/** In the order of the folders, and within each as it has them. */
export function askedRows<Row extends { readonly path: string | null }>(
  pairs: readonly { readonly pairId: string; readonly rows: readonly Row[] }[],
  { pairId: wanted, text }: Asked,
): { readonly pairId: string; readonly row: Row }[] {
  const sought = text.normalize('NFC').toLowerCase();
  return pairs
    .filter(({ pairId }) => wanted === null || pairId === wanted)
    .flatMap(({ pairId, rows }) => rows.map((row) => ({ pairId, row })))
    .filter(({ row }) => (row.path ?? '').toLowerCase().includes(sought));
}
