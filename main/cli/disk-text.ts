// What a disk can tell apart and keep, in one line for the terminal.
import type { DiskTraits } from '../ports/local-files.port.ts';

export function diskWords(disk: DiskTraits): string {
  const seconds = Number(disk.mtimeGranularityNs) / 1e9;
  const lacks = [
    ...(disk.hardLinks ? [] : ['no hard links']),
    ...(disk.keepsModes ? [] : ['no executable bit']),
    ...(disk.inodesLast ? [] : ['no lasting inode numbers']),
    ...(disk.foldsNormalForms ? ['one name for all Unicode forms'] : []),
    ...(seconds >= 0.01 ? [`file times in steps of ${String(seconds)} s`] : []),
    ...disk.refusedNames.map((kind) => `refuses names: ${kind}`),
  ];
  const spelling = disk.keepsSpelling ? 'keeps the spelling' : 'lists names in a spelling of its own';
  const names = disk.caseSensitive
    ? 'tells capital and small letters apart'
    : `takes capital and small letters for the same and ${spelling}`;
  return [`it ${names}`, ...lacks].join('; ');
}
