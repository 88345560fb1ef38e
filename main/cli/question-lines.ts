// A question on the command line: the page's sentence, and a command for each answer.
import { en } from '../../preload/locales/en.ts';
import { createWords } from '../../preload/locales/lookup.ts';
import type { Words } from '../../preload/locales/lookup.ts';
import { questionWords } from '../../preload/locales/question-words.ts';
import type { AskedGuard } from '../../preload/locales/question-words.ts';
import type { SyncMode } from '../core/model/model.ts';
import { answersTo } from '../sync/session/questions.ts';
import { oneLine } from './io.ts';

export const cliWords: Words = createWords(en, 'en');

/** As the page or an older engine sends it. */
export type AskedLine = AskedGuard & { readonly id: string; readonly examples: readonly string[] };

const maxExamples = 3;

/** The first line names the pair; the others are indented below it. */
export function questionLines(pair: string, guard: AskedLine, mode: SyncMode | null): readonly string[] {
  const asked = questionWords(cliWords, guard, mode);
  const { examples } = guard;
  const shown = examples.slice(0, maxExamples).map(oneLine).join(', ');
  return [
    `${pair}: ${asked.what} ${asked.state} ${cliWords.text('guard.waits')}`,
    ...(examples.length === 0 ? [] : [`  for example ${shown}`]),
    ...answersTo(guard.kind)
      .filter((answer) => answer !== 'later')
      .map((answer) => `  ${asked.answers[answer]}: driftless answer ${pair} ${oneLine(guard.id)} ${answer}`),
  ];
}
