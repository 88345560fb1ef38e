// Texts of a question: cause, progress, effect of each answer. Shared by page, tray and
// command line.
import type { GuardView, PairView } from '../contract.ts';
import type { Words } from './lookup.ts';

export type GuardAnswer = GuardView['answers'][number];

/** Facts that the texts depend on; `kind` may come from a newer version. */
export type AskedGuard = {
  readonly kind: string;
  readonly counts: GuardView['counts'];
};

export type QuestionWords = {
  /** What happened. */
  readonly what: string;
  /** What has already been applied to the other side. */
  readonly state: string;
  /** Effect of each answer, as its button's label. */
  readonly answers: Readonly<Record<GuardAnswer, string>>;
};

/** `mode`: an upload-only folder is never given files back, they stay in the bucket. */
export function questionWords(words: Words, guard: AskedGuard, mode: PairView['mode'] | null): QuestionWords {
  const { removals, replacements, conflicts, total, done } = guard.counts;
  const all = removals + replacements + conflicts;
  const count = Math.max(0, all - done);
  const kind = familyOf(guard.kind);
  const keep = mode === 'upload-only' && kind.endsWith('-remote') ? `${kind}.stay` : kind;
  return {
    what: words.coded('guard', guard.kind, { count: all, total: total ?? all }),
    state: stateOf(words, kind, done),
    answers: {
      keep: words.text(`guard.keep.${keep}`, { count: all }),
      remove: words.text(`guard.remove.${kind}`, { count }),
      later: words.text('guard.later'),
    },
  };
}

/** Whether everything was deleted or much of it makes no difference to what the answers do. */
function familyOf(kind: string): string {
  if (kind.startsWith('emptied-')) return kind.replace('emptied-', 'removal-');
  if (kind.startsWith('mass-')) return kind.replace('mass-', '');
  if (kind.startsWith('root-marker')) return 'root-marker';
  return kind.startsWith('bucket-marker') ? 'bucket-marker' : 'unknown';
}

function stateOf(words: Words, kind: string, done: number): string {
  if (done === 0 || !(kind.endsWith('-local') || kind.endsWith('-remote')))
    return words.text(`guard.state.${kind}`);
  return words.text(`guard.done.${kind}`, { count: done });
}
