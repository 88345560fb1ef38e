// Rows of all pairs as the page asks for them, searched and filtered.
import type { Input } from '../../../preload/contract.ts';
import { nameSearch } from './text-search.ts';

type Asked = Pick<Input<'listProblems'>, 'pairId' | 'text'>;

/** In the order of the folders, and within each as it has them. */
export function askedRows<Row extends { readonly path: string | null }>(
  pairs: readonly { readonly pairId: string; readonly rows: readonly Row[] }[],
  { pairId: chosen, text }: Asked,
): { readonly pairId: string; readonly row: Row }[] {
  const isWanted = nameSearch(text);
  return pairs
    .filter(({ pairId }) => chosen === null || pairId === chosen)
    .flatMap(({ pairId, rows }) => rows.map((row) => ({ pairId, row })))
    .filter(({ row }) => isWanted(row.path ?? ''));
}
