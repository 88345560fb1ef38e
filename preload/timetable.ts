// Check of a weekly timetable in rclone's `--bwlimit` syntax, while the user types.
// It accepts what `main/core/config/timetable.ts` reads; a property test compares the two.

const rate = String.raw`(?:off|\d{1,12}(?:\.\d{1,6})?(?:b|[kmgtp]i?)?)`;
const rates = `${rate}(?::${rate})?`;
const day = '(?:sun(?:day)?|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?)';
const timed = new RegExp(String.raw`^(?:${day}-)?(?:[01]\d|2[0-3]):[0-5]\d,${rates}$`, 'i');
const untimed = new RegExp(`^${rates}$`, 'i');

/** The first entry that is not understood, empty for a text without entries; null where all are. */
export function wrongTimetableEntry(typed: string): string | null {
  const entries = typed.split(/[\s;]+/).filter((entry) => entry !== '');
  if (entries.length === 0) return '';
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && untimed.test(first)) return null;
  return entries.find((entry) => !timed.test(entry)) ?? null;
}
