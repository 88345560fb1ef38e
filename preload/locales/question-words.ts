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
  const { counts } = guard;
  const all = counts.removals + counts.replacements + counts.conflicts;
  const kind = familyOf(guard.kind);
  const keep = mode === 'upload-only' && kind.endsWith('-remote') ? `${kind}.stay` : kind;
  const { done } = partsOf(counts);
  return {
    what: whatOf(words, guard, all),
    state: stateOf(words, kind, counts),
    answers: {
      // What was removed before comes back as well; what was replaced before stays replaced.
      keep: words.text(`guard.keep.${keep}`, { count: all - done.replacements }),
      remove: removeOf(words, kind, counts),
      later: words.text('guard.later'),
    },
  };
}

type Part = { readonly removals: number; readonly replacements: number };

/** What the question counts: what was done before it was asked, and what waits for the answer. */
export function partsOf(counts: AskedGuard['counts']): { readonly done: Part; readonly waiting: Part } {
  const replacements = Math.min(counts.doneReplacements ?? 0, counts.replacements);
  // An older engine does not tell them apart.
  const removals = Math.min(counts.done - replacements, counts.removals);
  return {
    done: { removals, replacements },
    waiting: { removals: counts.removals - removals, replacements: counts.replacements - replacements },
  };
}

function whatOf(words: Words, { kind, counts }: AskedGuard, all: number): string {
  const { removals, replacements, total } = counts;
  const isOneSided = /^mass-(removal|replacement)-(local|remote)$/u.test(kind);
  const isMixed = isOneSided && removals > 0 && replacements > 0;
  if (isMixed) return words.text(`guard.mixed-${sideOf(kind)}`, { removals, replacements, total });
  const count = kind.startsWith('emptied-') ? removals : all;
  return words.coded('guard', kind, { count, total: total ?? count });
}

function sideOf(kind: string): 'local' | 'remote' {
  return kind.endsWith('-local') ? 'local' : 'remote';
}

/** Of the files that wait alone: the others are done. */
function removeOf(words: Words, kind: string, counts: AskedGuard['counts']): string {
  const { removals, replacements } = partsOf(counts).waiting;
  if (removals > 0 && replacements > 0)
    return words.text(`guard.remove.mixed-${sideOf(kind)}`, { removals, replacements });
  if (removals + replacements === 0) return words.text(`guard.remove.${kind}`, { count: 0 });
  const family = removals > 0 ? 'removal' : 'replacement';
  return words.text(`guard.remove.${family}-${sideOf(kind)}`, { count: removals + replacements });
}

/** Whether everything was deleted or much of it makes no difference to what the answers do. */
function familyOf(kind: string): string {
  if (kind.startsWith('emptied-')) return kind.replace('emptied-', 'removal-');
  if (kind.startsWith('mass-')) return kind.replace('mass-', '');
  if (kind.startsWith('root-marker')) return 'root-marker';
  return kind.startsWith('bucket-marker') ? 'bucket-marker' : 'unknown';
}

function stateOf(words: Words, kind: string, counts: AskedGuard['counts']): string {
  if (counts.done === 0 || !(kind.endsWith('-local') || kind.endsWith('-remote')))
    return words.text(`guard.state.${kind}`);
  const { done, waiting } = partsOf(counts);
  const side = sideOf(kind);
  const texts = [
    { key: `guard.done.removal-${side}`, count: done.removals },
    { key: `guard.done.replacement-${side}`, count: done.replacements },
    { key: 'guard.rest', count: waiting.removals + waiting.replacements },
  ];
  return texts
    .filter(({ count }) => count > 0)
    .map(({ key, count }) => words.text(key, { count }))
    .join(' ');
}
