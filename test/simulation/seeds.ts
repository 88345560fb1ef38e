// Which histories `npm test` runs, and the seeds that once failed: they are run first, for ever.

/** Half of them in each of the two test files, so that two cores share them. */
export const historyCount = 10_000;

/** What was wrong when the seed failed. A change of the simulated world gives a seed another story; the cure stays. */
export const regressionSeeds: readonly (readonly [seed: number, wrong: string])[] = [
  [3, 'a folder move dropped the memory of a folder whose file stayed behind, and the folder came back'],
  [14, 'a lagging listing made a deleted file forgotten, and it came back once the listing caught up'],
  [126, 'a full disk damaged the marker of the folder'],
  [496, 'a name clash in the bucket was left alone without telling anybody'],
  [721, 'a download-only device waited in silence for a name that only differs in case'],
  [1011, 'rows below a folder outlived the file that took its place'],
  [1028, 'a file over a folder became a conflict with files that were gone'],
  [1100, 'two batches stopped by a full disk looked like a restored backup'],
  [1152, 'an edit in the tick of an interrupted upload went unnoticed'],
  [5095, 'a folder move on one device sent files again that had gone elsewhere'],
  [5142, 'a name used again after its deletion looked like a lost update where PUT is unconditional'],
  [7105, 'a refused delete at the end of a move made the old name come back'],
  [7125, 'a folder that could not be removed made its parent a new one'],
  [20038, 'a device that missed the last version of a deleted file sent its older one again'],
  [100293, 'a crash after the rename of a moved file made it look new'],
  [301485, 'a crash before a new folder was adopted brought it back after its renaming'],
  [2246, 'a folder whose marker could not be made went with its last file'],
];
