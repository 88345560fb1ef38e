// `driftless trash|versions|restore|ls|share|conflicts`: asks the running engine, or works without one.
import type { ConflictChoice } from '../../core/model/conflict-choice.ts';
import { lockHome, makeApp } from '../app.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';
import { askEngine } from '../../control/socket.ts';
import { valueOfAnswer } from '../../control/answer.ts';
import type { Answer } from '../../control/answer.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { answerFileRequest } from '../../control/files.ts';
import type { FileRequest } from '../../control/files.ts';
import { usage } from '../../control/usage-error.ts';
import { pairsOf } from './sync.ts';

type WithoutPair<Request> = Request extends unknown ? Omit<Request, 'pair'> : never;
type Asked = WithoutPair<FileRequest>;

export async function runTrashList(io: CliIo, pair: string | null, signal: AbortSignal): Promise<ExitCode> {
  return await ask(io, pair, { verb: 'trash-ls' }, signal);
}

export async function runTrashRestore(
  io: CliIo,
  pair: string | null,
  id: string,
  signal: AbortSignal,
): Promise<ExitCode> {
  return await ask(io, pair, { verb: 'trash-restore', id }, signal);
}

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
  io.print({ ok: true, pair: id, ...answer }, conflictWords(answer));
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
  io.print({ ok: true, pair: id, ...answer }, wordsOf(asked.verb, answer));
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

function wordsOf(verb: FileRequest['verb'], answer: Answer): string {
  switch (verb) {
    case 'trash-ls':
      return lines(answer['items'], ['id', 'removedAt', 'side', 'bytes', 'path'], 'the trash is empty');
    case 'versions':
      return `${lines(answer['versions'], ['versionId', 'modifiedAt', 'bytes'], 'no versions')}${
        answer['more'] === true ? '\n(and older ones, which "restore --at" finds)' : ''
      }`;
    case 'ls':
      return lines(answer['entries'], ['kind', 'bytes', 'modifiedAt', 'name'], 'nothing there');
    case 'restore':
    case 'trash-restore':
      return `restored as ${oneLine(String(answer['path']))}`;
    // Worded by their own verbs.
    case 'conflicts':
    case 'conflict-keep':
      return '';
    case 'share':
      return `${String(answer['url'])}\n(works until ${clockTime(String(answer['expiresAt']))})`;
  }
}

function clockTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function lines(rows: unknown, columns: readonly string[], none: string): string {
  if (!Array.isArray(rows) || rows.length === 0) return none;
  const texts = rows.map((row: Readonly<Record<string, unknown>>) =>
    columns.map((column) => cellText(row[column])).join('  '),
  );
  return texts.join('\n');
}

function cellText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? oneLine(String(value)) : '-';
}

type Line = Readonly<Record<'id' | 'path' | 'copy', string>> &
  Readonly<Record<'this' | 'other', { readonly bytes: number; readonly modifiedAt: string }>> & {
    readonly device: string | null;
  };

function conflictWords(answer: Answer): string {
  const lines = answer['conflicts'] as readonly Line[]; // from our own engine, parsed as an answer
  if (lines.length === 0) return 'no conflicts';
  const texts = lines.map((line) => {
    const from = line.device === null ? '' : ` from ${oneLine(line.device)}`;
    return [
      oneLine(line.path),
      `  this   ${facts(line.this)}`,
      `  other  ${facts(line.other)}${from}, ${oneLine(line.copy)}`,
    ].join('\n');
  });
  return [...texts, 'Keep one with "driftless conflicts keep PATH this|other|both".'].join('\n');
}

function facts({ bytes, modifiedAt }: Line['this']): string {
  return `${String(bytes)} bytes, changed ${modifiedAt}`;
}
