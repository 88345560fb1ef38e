// Which histories a run of the tests has, and the seeds that once failed: they are run first, for ever.
import { sizes } from '../sizes.ts';

/** Half of them in each of the two test files, so that two cores share them. */
export const historyCount = sizes.histories;

/** What was wrong when the seed failed. A change of the simulated world gives a seed another story; the cure stays. */
export const regressionSeeds: readonly (readonly [seed: number, wrong: string])[] = [
  [3, 'a folder move dropped the memory of a folder whose file stayed behind, and the folder came back'],
  [14, 'a lagging listing made a deleted file forgotten, and it came back once the listing caught up'],
  [126, 'a full disk damaged the marker of the folder'],
  [496, 'a name clash in the bucket was left alone without a report'],
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
  [1030, 'a download-only device waited in silence for a folder that only differs in case'],
  [1287, 'nothing was sent into a folder that held a name clash in the bucket, without a report'],
  [
    1566,
    'where only deletes are unconditional, a device that missed the last version sent its older one again',
  ],
  [701337, 'the same, by a crash in the middle of the last version'],
  [700257, 'a race lost while reading the marker of the bucket was taken for a missing marker'],
  [5001452, 'the same: every device then discarded what it knew, and deleted files came back'],
  [5001253, 'a file found no place because of a link in a folder of its name, without a report'],
  [5002817, 'what was left alone in a folder that stepped aside was told under its old name'],
  [6100042, 'folders above a new marker were not in sync with it after a crash, and came back'],
  [6100809, 'a folder renamed after a crash between its marker and its reply came back'],
  [6402786, 'an edit in a folder that was renamed made a conflict copy where PUT is unconditional'],
  [10798, 'a file whose name is a folder of ignored things in the bucket was not sent, without a report'],
  [13456, 'a tree of lost hints left rows behind, below a folder that was gone'],
  [10397, 'a folder moved into the place of another one was not listed'],
  [7402844, 'what an operation found to be left alone was never reported'],
  [
    5637,
    'the lost reply of an upload in parts was not asked after, and the next edit met its own bytes as a conflict',
  ],
  [
    8872,
    'where copies are unconditional, a move took along a version that had not been read, as if it were the old one',
  ],
  [700832, 'the simulated world forgot that a volume takes along what a user put on it'],
  [2117, 'a removal that waited for an arrival kept no copy, although another content had arrived there'],
  [2419, 'the same'],
  [1385, 'a removal waited for ever for a file of the same size that found no place and held something else'],
  [4157, 'the same'],
  [8760, 'the same'],
  [5377, 'the same, for a file here under a name that clashes in the bucket'],
  [1317, 'what waited for a name that cannot be synced was never reported'],
  [153, 'the same'],
  [234, 'the same'],
  [671, 'the same'],
  [853, 'the same; later, a name that was deleted twice while a device was away came back'],
  [1398, 'the same'],
  [1674, 'the same'],
  [3166, 'the same'],
  [4685, 'the same'],
  [5313, 'the same'],
  [5421, 'the same'],
  [6092, 'the same'],
  [6470, 'the same'],
  [8098, 'the same'],
  [2532, 'a removal that a busy store refused made the old name of a moved folder come back'],
  [8300, 'the same'],
  [3303, 'the same, of its marker'],
  [4729, 'a download over a file that the disk spells otherwise looked like a rename by the user'],
  [5173, 'the simulated world compared what was told with another spelling of the same entry'],
  [1315, 'what ended while an announcement was on its way was not announced'],
  [3400, 'the same'],
  [3407, 'the same'],
  [3539, 'the same'],
  [5957, 'the same'],
  [8002, 'a rename out of a folder whose marker the store refuses waited, and only the folder was told'],
  [4637, 'a file waited for what the store kept of the folder under its name, without a report'],
  [2804, 'a folder that the disk renames only file by file never stepped aside'],
  [3141, 'a file that a folding disk lists in another spelling went, and its removal was not noticed'],
  [3403, 'the same, of a folder'],
  [9709, 'of a rename forth and back the removal there waited for what was removed here'],
  [8473, 'the devices never came to rest'],
  [8442, 'the record of a deletion was not taken by a busy store, and the file came back'],
  [660, 'when intents ended before they were durable, a power cut doubled a file'],
  [8848, 'a rename that waits for a marker which makes no progress was not told'],
  [5810, 'a download refused by its condition for good, with a look between two tries, was not told'],
  [9642, 'a folder that was renamed again while its first rename went up was made again, empty'],
  [646, 'where a pass planned its next part while the last operations of one ran, a folder came back'],
  [64785315, 'peace ended after a round of moves that copied files, since the old names could not go'],
  [64790583, 'an old name waited in silence for one that was about to go, which waited for a refused one'],
  [64789533, 'a file deleted in a folder that was just renamed came back where deletes are unconditional'],
  [55, 'an edit of a file whose rename was being carried over counted as in sync with the old bytes'],
  [64788975, 'the disk in memory removed the old name of a file whose new one a user had just removed'],
  [4175, 'a file waited in silence for a conflict copy that could not be read'],
  [15384, 'a file whose new name was renamed at once stayed under both names'],
  [17505, 'the disk in memory put a captured file back into a folder that was gone'],
  [59240, 'the disk in memory lost count of the names of a file that was renamed to another name of its own'],
  [424406, 'a file that was renamed back after a crash at the end of its rename was deleted everywhere'],
  [700127, 'a file that could not be read stayed a problem once a rule left out its folder'],
  [401373, 'the oracle counted what a replacement kept of a file that a user had just saved over'],
  [11817, 'the oracle counted the old name of an object whose new one a foreign program had removed'],
  [
    9551819,
    'a conflict copy in conflict on a store without conditions was set aside to its own name for ever',
  ],
  [9552957, 'the oracle counted a file that stepped aside for a folder of a lagging listing'],
  [17821, 'peace ended before all that the store refused for good had been tried'],
  [80002331, 'the oracle counted the second name that a replacement holds of a file that a user removed'],
];

/**
 * Histories that still go wrong, each with what is seen: not excused, but counted. A seed that passes (again) turns the
 * test red, so that it is moved to the regressions.
 */
export const knownBugs: readonly (readonly [seed: number, wrong: string])[] = [];

/** What is new: neither a failure that is known, nor a known one that is gone. */
export function unexpected(
  seeds: readonly number[],
  failed: readonly { readonly seed: number; readonly failures: readonly string[] }[],
): readonly unknown[] {
  const known = knownBugs.filter(([seed]) => seeds.includes(seed));
  const isKnown = (seed: number): boolean => known.some(([one]) => one === seed);
  const passing = known.filter(([seed]) => !failed.some((one) => one.seed === seed));
  return [
    ...failed.filter((one) => !isKnown(one.seed)),
    ...passing.map(([seed]) => ({
      seed,
      failures: ['a known bug does not show any more: make it a regression'],
    })),
  ];
}
