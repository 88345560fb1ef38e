// Selective sync as scenes: levels of folders to choose from.
import type { FolderLevel } from '../../preload/contract.ts';

const level = (...rows: readonly (readonly [string, FolderLevel['folders'][number]['standing']])[]) => ({
  folders: rows.map(([name, standing]) => ({ id: `in-${name}`, name, standing })),
  isCut: false,
});

export const folderLevels: Readonly<Record<string, FolderLevel>> = {
  '': level(
    ['Archive', 'out'],
    ['Letters', 'in'],
    ['Photographs', 'part'],
    ['Projects', 'in'],
    ['Φωτογραφίες από το λιμάνι το πρωί, με πολύ μεγάλο όνομα', 'in'],
  ),
  'in-Photographs': level(['2022', 'out'], ['2023', 'out'], ['2024', 'in']),
  'in-Projects': level(['Harbour', 'in'], ['Lighthouse', 'in']),
};

/** One level as wide as the page takes. */
export const wideLevel: FolderLevel = {
  folders: Array.from({ length: 10_000 }, (_, at) => ({
    id: `w${String(at)}`,
    name: `folder ${String(at).padStart(5, '0')}`,
    standing: 'in' as const,
  })),
  isCut: true,
};
