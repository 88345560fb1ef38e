// `driftless trash|versions|restore|ls|share|conflicts`: asks the running engine, or works without one.
import type { ConflictChoice } from '../../core/model/conflict-choice.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { lockHome, makeApp } from '../app.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';
import { askEngine } from '../../control/socket.ts';
import { valueOfAnswer } from '../../control/answer.ts';
import type { Answer } from '../../control/answer.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { sizeText, tableOf, timeText } from '../terminal/table.ts';
import type { Column, Row } from '../terminal/table.ts';
import { answerFileRequest } from '../../control/files.ts';
import type { FileRequest } from '../../control/files.ts';
import { homeOption } from '../terminal/named-command.ts';
import { usage } from '../../control/usage-error.ts';
import { pairsOf } from './sync.ts';

type WithoutPair<Request> = Request extends unknown ? Omit<Request, 'pair'> : never;
type Asked = WithoutPair<FileRequest>;

export async function runTrashList(io: CliIo, pair: string | null, signal: AbortSignal): Promise<ExitCode> {
  return await ask(io, pair, { verb: 'trash-ls' }, signal);
}

export type TrashRestoreOptions = { readonly under?: string; readonly since?: string };

/** One thing by its id, or everything that was deleted below a folder or since a moment. */
export async function runTrashRestore(
  io: CliIo,
  pair: string | null,
  what: TrashRestoreOptions & { readonly id: string | undefined },
  signal: AbortSignal,
): Promise<ExitCode> {
  const { id, under, since } = what;
  const isMany = under !== undefined || since !== undefined;
  if (id !== undefined && isMany) throw usage('give an id, or --under and --since, not both');
  if (id !== undefined) return await ask(io, pair, { verb: 'trash-restore', id }, signal);
  if (!isMany) throw usage('give an id of "driftless trash ls", or --under PATH, or --since TIME');
  const sinceMs = since === undefined ? null : momentOf(since);
  const asked = { verb: 'trash-restore-many', under: under ?? '', sinceMs } as const;
  const { id: asking, answer } = await askFiles(io, pair, asked, signal);
  const { restored, failed } = answer as RestoredAnswer; // from our own engine, parsed as an answer
  io.print({ ok: failed.length === 0, pair: asking, restored, failed }, restoredWords({ restored, failed }));
  return failed.length === 0 ? exitCodes.ok : exitCodes.some;
}

type RestoredAnswer = {
  readonly restored: readonly { readonly path: string; readonly from: string }[];
  readonly failed: readonly { readonly path: string; readonly code: string }[];
};

function restoredWords({ restored, failed }: RestoredAnswer): string {
  const beside = restored.filter(({ path, from }) => path !== from);
  return [
    `restored ${String(restored.length)} file${restored.length === 1 ? '' : 's'}`,
    ...beside.map(({ path, from }) => `  ${oneLine(from)} as ${oneLine(path)}, because its name is taken`),
    ...failed.map(({ path, code }) => `  not restored: ${oneLine(path)} (${code})`),
  ].join('\n');
}

/** A moment, or how long ago. */
function momentOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/u.exec(text) ?? [];
  const each = unitMs.get(unit);
  const atMs = each === undefined ? Date.parse(text) : systemClock.nowMs() - Number(count) * each;
  if (Number.isNaN(atMs))
    throw usage(`--since ${JSON.stringify(text)} is not a time; try 20m, 2h, 3d or 2026-11-22T18:00:00Z`);
  return atMs;
}

const unitMs = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

export async function runVersions(
  io: CliIo,
  pair: string | null,
  path: string,
  signal: AbortSignal,
): Promise<ExitCode> {
  return await ask(io, pair, { verb: 'versions', path }, signal);
}

export async function runList(
  io: CliIo,
  pair: string | null,
  path: string,
  signal: AbortSignal,
): Promise<ExitCode> {
  return await ask(io, pair, { verb: 'ls', path }, signal);
}

export type RestoreOptions = { readonly version?: string; readonly at?: string };

export async function runRestore(
  io: CliIo,
  pair: string | null,
  what: RestoreOptions & { readonly path: string },
  signal: AbortSignal,
): Promise<ExitCode> {
  if (what.version !== undefined && what.at !== undefined) throw usage('--version or --at, not both');
  const atMs = what.at === undefined ? null : Date.parse(what.at);
  if (Number.isNaN(atMs))
    throw usage(`--at ${JSON.stringify(what.at)} is not a time; try 2026-11-22T18:00:00Z`);
  const asked = { verb: 'restore', path: what.path, versionId: what.version ?? null, atMs } as const;
  return await ask(io, pair, asked, signal);
}

export async function runShare(
  io: CliIo,
  pair: string | null,
  what: { readonly path: string; readonly expires: number | null },
  signal: AbortSignal,
): Promise<ExitCode> {
  return await ask(io, pair, { verb: 'share', path: what.path, expiresInSeconds: what.expires }, signal);
}

export async function runConflictList(
  io: CliIo,
  pair: string | null,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { id, answer } = await askFiles(io, pair, { verb: 'conflicts' }, signal);
  io.print({ ok: true, pair: id, ...answer }, conflictWords(answer, io));
  return exitCodes.ok;
}

export async function runConflictKeep(
  io: CliIo,
  pair: string | null,
  { conflict, keep }: { readonly conflict: string; readonly keep: ConflictChoice },
  signal: AbortSignal,
): Promise<ExitCode> {
  const { id, answer } = await askFiles(io, pair, { verb: 'conflict-keep', conflict, keep }, signal);
  const { path, copy } = answer;
  const names = { this: path, other: copy, both: `${String(path)} and ${String(copy)}` };
  const rest = keep === 'both' ? '' : '; the other version is in the trash';
  io.print({ ok: true, pair: id, ...answer }, `kept ${oneLine(String(names[keep]))}${rest}`);
  return exitCodes.ok;
}

async function ask(io: CliIo, pair: string | null, asked: Asked, signal: AbortSignal): Promise<ExitCode> {
  const { id, answer } = await askFiles(io, pair, asked, signal);
  io.print({ ok: true, pair: id, ...answer }, wordsOf(asked.verb, answer, io));
  return exitCodes.ok;
}

/** The answer of the running engine, or the one found under the lock. */
async function askFiles(
  io: CliIo,
  pair: string | null,
  asked: Asked,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly answer: Answer }> {
  const app = await makeApp(io, signal);
  const [id = '', ...more] = pairsOf(app, pair);
  if (more.length > 0) throw usage('there are several pairs; say which with --pair');
  const request: FileRequest = { ...asked, pair: id };
  const raw = await askEngine(io.home, { name: 'files', input: request }, signal);
  const answer = raw === null ? await answerHere(io, app, request, signal) : valueOfAnswer(raw);
  return { id, answer };
}

async function answerHere(
  io: CliIo,
  app: Awaited<ReturnType<typeof makeApp>>,
  request: FileRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const lock = lockHome(io);
  try {
    const runtime = app.pairs.find((one) => one.config.id === request.pair);
    if (runtime === undefined) throw usage(`there is no pair ${JSON.stringify(request.pair)}`);
    const context = await app.openPair(request.pair, () => undefined, signal);
    try {
      return await answerFileRequest(runtime, context, request, signal);
    } finally {
      await context.close();
    }
  } finally {
    lock.release();
  }
}

/** Exported for its test: no terminal is there to look at. */
export function wordsOf(
  verb: FileRequest['verb'],
  answer: Answer,
  { home, isTerminal }: Pick<CliIo, 'home' | 'isTerminal'>,
): string {
  const table = (rows: unknown, columns: readonly Column[], none: string): string =>
    Array.isArray(rows) && rows.length > 0
      ? tableOf(rows as readonly Row[], columns, isTerminal) // from our own engine, parsed as an answer
      : none;
  switch (verb) {
    case 'trash-ls':
      return table(answer['items'], trashColumns, 'the trash is empty');
    case 'versions':
      return `${table(answer['versions'], versionColumns, `no versions; "driftless trash ls${homeOption(home)}" shows what was deleted`)}${
        answer['more'] === true ? '\n(and older ones, which "restore --at" finds)' : ''
      }`;
    case 'ls':
      return table(answer['entries'], entryColumns, 'nothing there');
    case 'restore':
    case 'trash-restore':
      return `restored as ${oneLine(String(answer['path']))}`;
    // Worded by their own verbs.
    case 'conflicts':
    case 'conflict-keep':
    case 'trash-restore-many':
      return '';
    case 'share':
      return `${String(answer['url'])}\n(works until ${clockTime(String(answer['expiresAt']))})`;
  }
}

const size = { title: 'SIZE', of: 'bytes', kind: 'bytes' } as const;
const changed = { title: 'CHANGED', of: 'modifiedAt', kind: 'time' } as const;
const trashColumns: readonly Column[] = [
  { title: 'ID', of: 'id' },
  { title: 'DELETED', of: 'removedAt', kind: 'time' },
  { title: 'FROM', of: 'side' },
  size,
  { title: 'PATH', of: 'path' },
];
const versionColumns: readonly Column[] = [{ title: 'VERSION', of: 'versionId' }, changed, size];
const entryColumns: readonly Column[] = [
  { title: 'KIND', of: 'kind' },
  size,
  changed,
  { title: 'NAME', of: 'name' },
];

function clockTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

type Line = Readonly<Record<'id' | 'path' | 'copy', string>> &
  Readonly<Record<'this' | 'other', { readonly bytes: number; readonly modifiedAt: string }>> & {
    readonly device: string | null;
  };

function conflictWords(answer: Answer, { home, isTerminal }: Pick<CliIo, 'home' | 'isTerminal'>): string {
  const lines = answer['conflicts'] as readonly Line[]; // from our own engine, parsed as an answer
  if (lines.length === 0) return 'no conflicts';
  const texts = lines.map((line) => {
    const from = line.device === null ? '' : ` from ${oneLine(line.device)}`;
    return [
      oneLine(line.path),
      `  this   ${facts(line.this, isTerminal)}`,
      `  other  ${facts(line.other, isTerminal)}${from}, ${oneLine(line.copy)}`,
    ].join('\n');
  });
  const keep = `Keep one with "driftless conflicts keep PATH this|other|both${homeOption(home)}".`;
  return [...texts, keep].join('\n');
}

function facts({ bytes, modifiedAt }: Line['this'], isTerminal: boolean): string {
  return isTerminal
    ? `${sizeText(bytes)}, changed ${timeText(modifiedAt)}`
    : `${String(bytes)} bytes, changed ${modifiedAt}`;
}
