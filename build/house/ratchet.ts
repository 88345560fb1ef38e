/** Counts that may fall and never rise: recorded per area in ratchet.json, compared on every check. */
import type { Finding } from './counts.ts';

/** By area; an area without an entry has none. */
export type Counts = Readonly<Record<string, number>>;
export type Ratchet = { readonly dialect: Counts; readonly firstLines: Counts; readonly folders: Counts };

const shown = 12;

export function tally(findings: readonly Finding[]): Counts {
  const counts = new Map<string, number>();
  for (const { area, weight } of findings) counts.set(area, (counts.get(area) ?? 0) + weight);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One paragraph for each area whose count is above the recorded one. */
export function ratchetProblems(
  recorded: Ratchet,
  now: Ratchet,
  found: Readonly<Record<keyof Ratchet, readonly Finding[]>>,
): readonly string[] {
  const names = ['dialect', 'firstLines', 'folders'] as const;
  return names.flatMap((name) =>
    Object.entries(now[name])
      .filter(([area, count]) => count > (recorded[name][area] ?? 0))
      .map(([area, count]) => {
        const findings = found[name].filter((finding) => finding.area === area);
        const rest = findings.length - shown;
        return [
          `${name}: ${area} has ${String(count)}, recorded are ${String(recorded[name][area] ?? 0)}; the latest saved:`,
          ...findings.slice(0, shown).map(({ text }) => `  ${text}`),
          ...(rest > 0 ? [`  and ${String(rest)} more`] : []),
        ].join('\n');
      }),
  );
}

/** The smaller of both counts of every area; an area that is clean is dropped. */
export function lowered(recorded: Ratchet, now: Ratchet): Ratchet {
  const lower = (before: Counts, after: Counts): Counts =>
    Object.fromEntries(
      Object.entries(before)
        .map(([area, count]) => [area, Math.min(count, after[area] ?? 0)] as const)
        .filter(([, count]) => count > 0),
    );
  return {
    dialect: lower(recorded.dialect, now.dialect),
    firstLines: lower(recorded.firstLines, now.firstLines),
    folders: lower(recorded.folders, now.folders),
  };
}
