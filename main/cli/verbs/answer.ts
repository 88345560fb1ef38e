// `driftless answer PAIR ID keep|remove|later`: answers a question of a pair, through the running engine or without one.
import { answerQuestion, isAboutMarker, openQuestions } from '../../sync/session/questions.ts';
import type { GuardAnswer } from '../../core/safety/answers.ts';
import { makeApp, lockHome } from '../app.ts';
import type { CliIo } from '../io.ts';
import { askContract } from '../../control/socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { homeOption } from '../terminal/named-command.ts';
import { usage } from '../../control/usage-error.ts';
import { pairsOf, syncPair } from './sync.ts';

export type AnswerOptions = { readonly pair: string; readonly id: string; readonly answer: GuardAnswer };

/** Ends with the exit code of the sync that carries the answer out; beside an engine 0 once the engine has taken it. */
export async function runAnswer(io: CliIo, options: AnswerOptions, signal: AbortSignal): Promise<ExitCode> {
  const { pair: pairId, id: guardId, answer } = options;
  const result = await askContract(io.home, 'answerGuard', { pairId, guardId, answer }, signal);
  if (result === null) return answerHere(io, options, signal);
  if (!result.ok) {
    if (result.error.code === 'unknown-guard') throw unknownQuestion(io, options);
    throw usage(
      result.error.code === 'unknown-pair'
        ? `the running engine has no pair ${JSON.stringify(pairId)}`
        : `the running engine answered ${result.error.code}`,
    );
  }
  io.print({ ok: true, pair: pairId, question: guardId, answer, byEngine: true }, wordsOf(options));
  return exitCodes.ok;
}

function wordsOf({ pair, answer }: AnswerOptions): string {
  return answer === 'later'
    ? `${pair}: the question stays`
    : `${pair}: the running engine carries the answer out`;
}

function unknownQuestion({ home }: CliIo, { pair, id, answer }: AnswerOptions): Error {
  return usage(
    `no question ${JSON.stringify(id)} of the pair ${pair} waits for "${answer}"; "driftless status${homeOption(home)}" shows what waits`,
  );
}

async function answerHere(io: CliIo, options: AnswerOptions, signal: AbortSignal): Promise<ExitCode> {
  const lock = lockHome(io);
  try {
    const app = await makeApp(io, signal);
    const [id = options.pair] = pairsOf(app, options.pair);
    const approvals = await takeAnswer(io, app, options, signal);
    if (options.answer === 'later') {
      io.print(
        { ok: true, pair: id, question: options.id, answer: 'later', byEngine: false },
        wordsOf(options),
      );
      return exitCodes.ok;
    }
    const end = await syncPair(io, app, { id, approvals }, signal);
    const { code } = end;
    const error = end.failure === null ? {} : { error: end.failure };
    io.print({ ok: code === exitCodes.ok, ...error, pairs: [end.result] }, '');
    return code;
  } finally {
    lock.release();
  }
}

/** Durable before the sync begins; a marker is answered by the sync itself, to which its id is handed. */
async function takeAnswer(
  io: CliIo,
  app: Awaited<ReturnType<typeof makeApp>>,
  options: AnswerOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const context = await app.openPair(options.pair, () => undefined, signal);
  try {
    const guard = openQuestions(context.store).find(({ id }) => id === options.id);
    const isTaken = await answerQuestion(context, options, signal);
    if (guard === undefined || !isTaken) throw unknownQuestion(io, options);
    return isAboutMarker(guard.kind) ? [guard.id] : [];
  } finally {
    await context.close();
  }
}
