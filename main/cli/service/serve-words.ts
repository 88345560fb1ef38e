// What `serve` says on a terminal: where things are, and what changes.
import { overallKey } from '../../../preload/pause-words.ts';
import type { Snapshot } from '../../../preload/contract.ts';
import type { Words } from '../../../preload/locales/lookup.ts';
import { oneLine } from '../terminal/one-line.ts';

export type ServeFacts = {
  readonly snapshot: Pick<Snapshot, 'pairs' | 'accounts' | 'setup'>;
  /** Link that works once; null without a page. */
  readonly url: string | null;
  /** Null where the log goes to standard error. */
  readonly log: string | null;
  /** Option that the other verbs need to find this engine; empty for the usual home. */
  readonly homeOption: string;
};

export function startLines({ snapshot, url, log, homeOption }: ServeFacts): readonly string[] {
  const { pairs } = snapshot;
  return [
    pairs.length === 0 ? 'No folder is being synced yet.' : 'Keeping in sync:',
    ...(pairs.length === 0 ? [`To begin:  ${firstStep(snapshot, homeOption)}`] : []),
    ...pairs.map(({ folderLabel, remoteLabel }) => `  ${oneLine(folderLabel)}  <->  ${oneLine(remoteLabel)}`),
    ...(url === null
      ? []
      : [
          `The page:  ${url}`,
          `           (works once, in one tab; "driftless status --page-url${homeOption}" prints another link)`,
        ]),
    ...(log === null ? [] : [`The log:   ${log}`]),
    'Ctrl+C ends it. Nothing is lost: the next start continues from there.',
  ];
}

/** The page names no command, and may set up an account only where folders were given to `serve`. */
function firstStep({ accounts, setup }: Pick<Snapshot, 'accounts' | 'setup'>, homeOption: string): string {
  if (setup.isOpen) return 'the page takes the link or file of your administrator';
  const accept = accounts.length === 0 ? `"driftless profile accept LINK${homeOption}", then ` : '';
  return `${accept}"driftless pair add${homeOption}" and "driftless reload${homeOption}"`;
}

/** One line for what the verdict, the questions and the problems are; the same line for what has not changed. */
export function stateLine(
  snapshot: Pick<Snapshot, 'overall' | 'pairs' | 'accounts'>,
  words: Words,
  homeOption: string,
): string {
  const { pairs, accounts } = snapshot;
  const state = pairs.length === 0 ? words.text('overall.empty') : words.text(overallKey(snapshot));
  const questions = pairs.reduce((sum, { guards }) => sum + guards.length, 0);
  const problems = pairs.reduce((sum, { problemCount }) => sum + problemCount, 0);
  const isSignInWanted = accounts.some(
    (account) => account.state !== 'signed-in' && account.state !== 'offline',
  );
  const counted = words.text('pairs.problems', { count: problems });
  const hints = [
    ...(isSignInWanted ? [`"driftless login${homeOption}" or the page signs in`] : []),
    ...(questions > 0 ? [`a question waits: "driftless status${homeOption}"`] : []),
    ...(problems > 0 ? [`${counted}: "driftless status${homeOption}"`] : []),
  ];
  return [state, ...hints].join('; ');
}
