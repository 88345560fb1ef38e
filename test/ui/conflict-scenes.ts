// Conflicts as scenes: versions of a text and of a picture.
import type { ConflictPreviews, ConflictView } from '../../preload/contract.ts';

const HOUR_MS = 3_600_000;

export function conflicts(nowMs: number): readonly ConflictView[] {
  return [
    {
      id: 'c1',
      pairId: 'docs',
      path: 'Letters/Grüße aus Köln.md',
      copyName: 'Grüße aus Köln (conflict 2026-11-28 laptop).md',
      atMs: nowMs - HOUR_MS,
      current: { bytes: 1_284, modifiedMs: nowMs - 5 * HOUR_MS, device: null },
      aside: { bytes: 1_371, modifiedMs: nowMs - 2 * HOUR_MS, device: 'laptop' },
    },
    {
      id: 'c2',
      pairId: 'docs',
      path: 'Projects/Harbour/photographs/view from the breakwater at sunrise.png',
      copyName: 'view from the breakwater at sunrise (conflict 2026-11-27).png',
      atMs: nowMs - 20 * HOUR_MS,
      current: { bytes: 2_410_000, modifiedMs: nowMs - 21 * HOUR_MS, device: null },
      aside: { bytes: 2_388_000, modifiedMs: nowMs - 22 * HOUR_MS, device: null },
    },
  ];
}

export function manyConflicts(nowMs: number, length: number): readonly ConflictView[] {
  return Array.from({ length }, (_, index) => {
    const name = `page ${String(index).padStart(4, '0')}`;
    return {
      id: `many${String(index)}`,
      pairId: 'docs',
      path: `Notes/${name}.md`,
      copyName: `${name} (conflict 2026-11-28 laptop).md`,
      atMs: nowMs - HOUR_MS - index * 1000,
      current: { bytes: 1_284, modifiedMs: nowMs - 5 * HOUR_MS, device: null },
      aside: { bytes: 1_371, modifiedMs: nowMs - 2 * HOUR_MS, device: 'laptop' },
    };
  });
}

const letter = `# Grüße aus Köln

Liebe Anna,

das Wetter ist gut, der Zug war pünktlich, und am Abend
gehen wir an den Rhein.
`;

export const textPreviews: ConflictPreviews = {
  current: { kind: 'text', text: letter, isCut: false },
  aside: { kind: 'text', text: `${letter}\nMorgen fahren wir nach Bonn.\n`.repeat(6), isCut: true },
};

const morning =
  'iVBORw0KGgoAAAANSUhEUgAAAFAAAAAyCAIAAABET8urAAAAr0lEQVR42u3XywmAMBCE4SnHmqzESqzJs0VYhCevghKEfZjVH+YYlvlCIInmZftVBBgwYMCAAVcF7+t4zWfBt9pyZtm1tcxy0RYyAwYMGDBg7mFeWryl+S0BBgwYMGDAgCMyTGMj3wG3nWls9UaNZqtbbRBbPVMj2CqhdTTL/dhEUB3Z8t3CaK29p7xm5VDtVWWflU+1VJVl1rvU51XPK9VP6ZwABgwYMGDAgAGn5QAGapSGYmFT3QAAAABJRU5ErkJggg==';
const evening =
  'iVBORw0KGgoAAAANSUhEUgAAAFAAAAAyCAIAAABET8urAAAAsElEQVR42u3XywmAMBRE0SnHmqzESqzJtUVYhCu3giLG9zHGC7MMjzkhkETjtPwqAgwYMGDAgAE/yTr3xzQLPtU+MOvr2lKzGtAWmQEDBgwYMGDuYV5avKX5LQEGDBgwYMAR6Yb+Iu2Ar51pbNVGjWarWm0QWzVTI9j6hNbRLPdjE0F1ZMt3C6O19p7ympVDtVeVfVY+1VJVllnvUu9X3a9UPaVzAhgwYMCAAQMGnJYNY+aUhrmXVP0AAAAASUVORK5CYII=';

export const picturePreviews: ConflictPreviews = {
  current: { kind: 'image', source: `data:image/png;base64,${morning}` },
  aside: { kind: 'image', source: `data:image/png;base64,${evening}` },
};
