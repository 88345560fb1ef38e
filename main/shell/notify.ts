// Desktop notifications: only for states that need user action.
import type { Snapshot } from '../../preload/contract.ts';
import { isFullCode } from '../core/problem-rows.ts';
import { wordsFor } from './words.ts';

export type Notice = { readonly title: string; readonly body: string };

/** Compares two snapshots, so that a lasting state is announced once. Names no files. */
export function noticesBetween(before: Snapshot, after: Snapshot): readonly Notice[] {
  const words = wordsFor(after);
  const notices: Notice[] = [];
  const knownGuards = new Set(before.pairs.flatMap((pair) => pair.guards.map((guard) => guard.id)));
  if (after.pairs.some((pair) => pair.guards.some((guard) => !knownGuards.has(guard.id)))) {
    notices.push({ title: words.text('notify.guard.title'), body: words.text('notify.guard.text') });
  }
  const waiting = new Set(
    before.accounts.filter((each) => each.state === 'needs-sign-in').map((each) => each.id),
  );
  if (after.accounts.some((account) => account.state === 'needs-sign-in' && !waiting.has(account.id))) {
    notices.push({ title: words.text('notify.signIn.title'), body: words.text('notify.signIn.text') });
  }
  const wereFull = fullFolders(before);
  if (fullFolders(after).some((each) => !wereFull.includes(each)))
    notices.push({ title: words.text('notify.full.title'), body: words.text('notify.full.text') });
  return notices;
}

/** Folders with files that wait for space, here or in the bucket. */
function fullFolders({ problems }: Snapshot): readonly string[] {
  return problems.flatMap(({ code, pairId }) => (isFullCode(code) ? [`${code} ${pairId}`] : []));
}
