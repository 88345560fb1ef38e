// `driftless status` and the small verbs that speak to the running engine: check, pause, resume.
import { z } from 'zod';
import { findEngine } from '../../adapters/engine-lock.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { Snapshot } from '../../../preload/contract.ts';
import { makeApp } from '../cli-app.ts';
import { oneLine } from '../cli-io.ts';
import type { CliIo } from '../cli-io.ts';
import { askContract, askEngine } from '../control-socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { usage } from '../usage.ts';

export type StatusOptions = { readonly waitIdle: boolean; readonly timeoutMs: number };

const pollMs = 200;

export async function runStatus(io: CliIo, options: StatusOptions, signal: AbortSignal): Promise<ExitCode> {
  const deadlineMs = systemClock.monotonicMs() + options.timeoutMs;
  for (;;) {
    const answer = await askContract(io.home, 'snapshot', {}, signal);
    if (answer === null) return statusWithoutEngine(io, options, signal);
    if (!answer.ok) throw usage(`the running engine answered ${answer.error.code}`);
    const isIdle = answer.value.pairs.every(
      (pair) => pair.state !== 'starting' && pair.state !== 'scanning' && pair.state !== 'syncing',
    );
    if (!options.waitIdle || isIdle) return printSnapshot(io, answer.value);
    if (systemClock.monotonicMs() > deadlineMs) {
      io.say('driftless: still working when the time was up');
      printSnapshot(io, answer.value);
      return exitCodes.failed;
    }
    await systemClock.sleep(pollMs, signal);
  }
}

async function statusWithoutEngine(
  io: CliIo,
  options: StatusOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  for (const account of app.accounts) await account.restore(signal);
  const accounts = app.accounts.map((account) => account.view());
  io.print(
    {
      running: false,
      pid: null,
      accounts,
      pairs: app.pairs.map((pair) => ({ id: pair.config.id, state: 'stopped' })),
    },
    [
      'Driftless is not running here; start it with "driftless serve".',
      ...accounts.map((account) => `${account.id}: ${account.state}`),
    ].join('\n'),
  );
  return options.waitIdle ? exitCodes.failed : exitCodes.ok;
}

function printSnapshot(io: CliIo, snapshot: Snapshot): ExitCode {
  const lines = [
    ...snapshot.accounts.map((account) => `${account.id}: ${account.state}`),
    ...snapshot.pairs.map(
      (pair) =>
        `${pair.id}: ${pair.state} (${String(pair.counts.files)} files, ${String(pair.problemCount)} problems, ${String(pair.guards.length)} waiting for a yes)`,
    ),
    ...snapshot.problems.map((problem) => `  ${oneLine(problem.path ?? problem.pairId)}: ${problem.code}`),
  ];
  io.print({ running: true, pid: findEngine(io.home)?.pid ?? null, ...snapshot }, lines.join('\n'));
  const needsPerson =
    snapshot.accounts.some(
      (account) => account.state === 'signed-out' || account.state === 'needs-sign-in',
    ) || snapshot.pairs.some((pair) => pair.guards.length > 0);
  if (needsPerson) return exitCodes.person;
  return snapshot.problems.length > 0 ? exitCodes.some : exitCodes.ok;
}

const pageUrlSchema = z.object({ ok: z.literal(true), value: z.url() });

/** A fresh link to the running engine's page. It works once, so it is for a terminal and not for a log. */
export async function runPageUrl(io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  const answer = await askEngine(io.home, { name: 'pageUrl', input: {} }, signal);
  if (answer === null) throw usage('Driftless is not running here; start it with "driftless serve"');
  const parsed = pageUrlSchema.safeParse(answer);
  if (!parsed.success)
    throw usage('the running engine is the desktop app, which shows its page in its window');
  io.print({ url: parsed.data.value }, parsed.data.value);
  return exitCodes.ok;
}

/** Asks the running engine; without one there is nothing to pause or to check. */
export async function runControl(
  io: CliIo,
  verb: 'check' | 'pause' | 'resume',
  pairId: string | null,
  signal: AbortSignal,
): Promise<ExitCode> {
  const name = verb === 'check' ? 'syncNow' : verb;
  const answer = await askContract(io.home, name, { pairId }, signal);
  if (answer === null) throw usage('Driftless is not running here; start it with "driftless serve"');
  if (!answer.ok) throw usage(`the running engine answered ${answer.error.code}`);
  io.print({ ok: true }, `${verb}: done`);
  return exitCodes.ok;
}
