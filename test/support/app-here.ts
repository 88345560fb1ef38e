// The command line's app, composed in the test process.
// For tests that depend on state which the app keeps in memory.
import { join } from 'node:path';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App } from '../../main/compose/app.ts';
import { syncTold } from './sync-told.ts';

export type AppHere = {
  readonly app: App;
  readonly logLines: readonly string[];
  /** The one account. */
  readonly signIn: () => Promise<void>;
  /** `sync --once` of the one pair: finished operations by kind. */
  readonly sync: () => Promise<{
    readonly isInSync: boolean;
    readonly counts: Readonly<Record<string, number>>;
  }>;
};

export async function appHere(home: string, launch: (href: string) => Promise<void>): Promise<AppHere> {
  const { signal } = new AbortController();
  const logLines: string[] = [];
  const app = await composeApp(
    {
      home,
      secrets: new FileSecrets(join(home, 'secrets')),
      launch,
      logLevel: 'debug',
      writeLog: (line) => void logLines.push(line),
      isPackaged: false,
      version: '0.1.0',
      env: process.env,
    },
    signal,
  );
  const [account] = app.accounts;
  const [pair] = app.pairs;
  if (account === undefined || pair === undefined) throw new Error('the home has no account or no pair');
  return {
    app,
    logLines,
    signIn: () => account.signIn({ onDeviceCode: () => undefined }, signal),
    sync: async () => {
      const context = await app.openPair(pair.config.id, () => undefined, signal);
      try {
        const events = { onPlanned: () => undefined, onOpEnd: () => undefined };
        const report = await syncTold(context, new Set(), events, signal);
        const counts: Record<string, number> = {};
        for (const end of report.ended) {
          if (end.outcome.kind !== 'done' || /^(hash-local|identify-remote)$/.test(end.op.kind)) continue;
          counts[end.op.kind] = (counts[end.op.kind] ?? 0) + 1;
        }
        return { isInSync: report.kind === 'ended' && report.isInSync, counts };
      } finally {
        await context.close();
      }
    },
  };
}
