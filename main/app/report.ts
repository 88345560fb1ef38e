// Report for support: facts from a list of allowed ones, without names of files, people, hosts or secrets.
import type { Snapshot } from '../../preload/contract.ts';

/** What the report says of the machine; nothing in it names a user. */
export type MachineFacts = {
  readonly platform: string;
  readonly release: string;
  readonly architecture: string;
  readonly node: string;
};

/** Reports of crashes, which stay on this computer. */
export type CrashReports = {
  readonly folder: string;
  /** Of the newest ones, within the folder. */
  readonly names: () => readonly string[];
};

/** Every field is named here: what the snapshot gains later does not leak into reports by itself. */
export function reportOf(
  snapshot: Snapshot,
  machine: MachineFacts & { readonly crashReports: readonly string[] },
  nowMs: number,
): string {
  const { app, overall, settings } = snapshot;
  const { crashReports, ...facts } = machine;
  const { language, theme, notifications, startAtLogin, uploadLimit, downloadLimit, timetable } = settings;
  const report = {
    madeAt: new Date(nowMs).toISOString(),
    version: app.version,
    home: app.home,
    machine: facts,
    // By name alone: what they hold is for the user to look at first.
    crashReports,
    overall,
    settings: { language, theme, notifications, startAtLogin, uploadLimit, downloadLimit, timetable },
    accounts: snapshot.accounts.map((account) => ({
      state: account.state,
      error: account.error?.code ?? null,
      isolation: account.isolation.verdict,
      clockOffsetMs: account.clockOffsetMs,
    })),
    folders: snapshot.pairs.map((pair) => ({
      state: pair.state,
      mode: pair.mode,
      counts: pair.counts,
      lastInSyncAtMs: pair.lastInSyncAtMs,
      standing: pair.standing,
      notices: pair.notices.map(({ code }) => code),
      questions: pair.guards.map(({ kind, counts }) => ({ kind, counts })),
      problemCount: pair.problemCount,
      // Of those shown, by code.
      problems: countBy(
        snapshot.problems.filter(({ pairId }) => pairId === pair.id),
        ({ code }) => code,
      ),
      activity: countBy(
        snapshot.activity.filter(({ pairId }) => pairId === pair.id),
        ({ kind }) => kind,
      ),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
