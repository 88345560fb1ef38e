// Open questions of a pair: stored with their effects, and answered by them (C19).
import { baseMark, forgetSide } from '../../core/safety/ledger.ts';
import type { CountedEffect } from '../../core/safety/ledger.ts';
import type { Question } from '../../core/safety/check.ts';
import { guardAnswers } from '../../core/safety/answers.ts';
import type { GuardAnswer } from '../../core/safety/answers.ts';
import type { BaseFile, ContentId, Entry, Op, RelPath, Side } from '../../core/model/model.ts';
import { isOfItem } from '../../core/model/errors.ts';
import { addAbove } from '../../core/plan/above.ts';
import type { Guard } from '../../core/plan/types.ts';
import type { StateChange, TrashItem } from '../../ports/sync-state.port.ts';
import { consentChange } from './consents.ts';
import { answeredEtag } from '../bucket/conditions.ts';
import { settledAccounting } from './plan-cycle.ts';
import type { PairContext } from '../context.ts';
import { isOfOneRestore, restoreItem } from '../operations/restore.ts';
import { makeWork } from '../operations/work.ts';

/** Answers that a question accepts. Only a loss of files can be propagated to the other side. */
export function answersTo(kind: string): readonly GuardAnswer[] {
  return sideOf(kind) === null ? ['keep', 'later'] : guardAnswers;
}

type Kept = Pick<PairContext, 'store' | 'log' | 'settings'>;

/** Markers are read when the pair starts, before there is a plan. */
export function isAboutMarker(kind: string): boolean {
  return kind.includes('marker');
}

/** Side that would lose files; null for conflicts and markers. */
function sideOf(kind: string): Side | null {
  if (kind.endsWith('-local')) return 'local';
  return kind.endsWith('-remote') ? 'remote' : null;
}

/** Open questions; also readable while no engine runs. */
export function openQuestions(store: Pick<PairContext['store'], 'meta'>): readonly Guard[] {
  return asked(store).map((one) => one.guard);
}

/** Stores the open questions, so that an answer covers exactly what was shown. An empty list clears them. */
export function recordQuestions({ store, log, settings }: Kept, now: readonly Question[]): void {
  const value = now.length === 0 ? null : JSON.stringify(now);
  if (store.meta('guardQuestions') === value) return;
  const known = new Set(asked(store).map((one) => one.guard.id));
  store.record([{ kind: 'meta', key: 'guardQuestions', value }]);
  for (const { guard } of now) {
    if (known.has(guard.id)) continue;
    log.warn('a question waits for an answer', {
      pairId: settings.id,
      question: guard.id,
      kind: guard.kind,
      ...guard.counts,
    });
  }
}

export function logAnswer(
  { log }: Pick<Kept, 'log'>,
  said: { readonly pairId: string; readonly question: string; readonly answer: GuardAnswer },
): void {
  log.info('a question was answered', said);
}

/**
 * False if no such question is open, or if it does not accept this answer. Durable on return; the next plan
 * carries it out.
 */
export async function answerQuestion(
  context: PairContext,
  given: { readonly id: string; readonly answer: GuardAnswer },
  signal: AbortSignal,
): Promise<boolean> {
  const question = asked(context.store).find((one) => one.guard.id === given.id);
  if (question === undefined || !answersTo(question.guard.kind).includes(given.answer)) return false;
  logAnswer(context, { pairId: context.settings.id, question: given.id, answer: given.answer });
  if (given.answer === 'later') return true;
  const isKept = given.answer === 'keep' && sideOf(question.guard.kind) !== null;
  if (isKept) await bringBack(context, question, signal);
  else allow(context, [question]);
  return true;
}

/** Lets later plans do what these questions asked about. */
export function allow(context: Kept, questions: readonly Question[]): void {
  const effects = questions.flatMap((one) => one.effects);
  context.store.record([consentChange(context, effects), ...answered(context, questions)]);
}

/** Approves questions of an earlier run by their ids, whatever changed since. */
export function allowAsked(context: Kept, approvals: ReadonlySet<string>): void {
  if (approvals.size === 0) return;
  const meant = asked(context.store).filter(
    ({ guard, effects }) => approvals.has(guard.id) && effects.length > 0,
  );
  if (meant.length > 0) allow(context, meant);
}

/** Settles the questions and resets the totals they counted. */
function answered(context: Kept, questions: readonly Question[]): readonly StateChange[] {
  const ids = new Set(questions.map((one) => one.guard.id));
  const left = asked(context.store).filter((one) => !ids.has(one.guard.id));
  let accounting = settledAccounting(context);
  for (const { guard } of questions) {
    const side = sideOf(guard.kind);
    if (side !== null) accounting = forgetSide(accounting, side);
    if (guard.kind === 'mass-conflict') accounting = { ...accounting, conflicts: 0 };
  }
  return [
    { kind: 'meta', key: 'guardQuestions', value: left.length === 0 ? null : JSON.stringify(left) },
    { kind: 'meta', key: 'guardAccounting', value: JSON.stringify(accounting) },
  ];
}

/**
 * Reverses a change without touching a file: base is set so that the next plan downloads or uploads again
 * what one side lost, by ordinary operations with all their checks. Earlier removals counted in the question
 * are queued to be restored from the trash.
 */
async function bringBack(context: PairContext, question: Question, signal: AbortSignal): Promise<void> {
  const side = sideOf(question.guard.kind);
  if (side === null) return;
  const rows = rowsToRestore(context, question);
  await readUnread(context, rows, side, signal);
  const changes: StateChange[] = [];
  const reversed: CountedEffect[] = [];
  for (const path of rows) {
    const turned = turnRound(context.store.entry(path), side);
    changes.push(...turned.changes);
    if (turned.effect !== null) reversed.push(turned.effect);
  }
  const removed = settledAccounting(context).removed?.[side] ?? [];
  context.store.record([
    ...changes,
    ...(reversed.length === 0 ? [] : [consentChange(context, reversed)]),
    ...answered(context, [question]),
    { kind: 'meta', key: 'guardRestores', value: JSON.stringify([...restoresOf(context.store), ...removed]) },
  ]);
}

/** Rows of the question, with emptied folders and parent folders: they are restored as well. */
export function rowsToRestore(
  { store }: Pick<Kept, 'store'>,
  { effects, alsoGone }: Pick<Question, 'effects' | 'alsoGone'>,
): readonly RelPath[] {
  const rows = new Set<RelPath>(alsoGone);
  const above = new Set<RelPath>();
  for (const { path } of effects) {
    rows.add(path);
    addAbove(above, path);
  }
  for (const dir of above) if (store.entry(dir).base?.kind === 'folder') rows.add(dir);
  return [...rows];
}

/** Hashes local files of unknown content, so that they can be compared with what is restored. */
async function readUnread(
  context: PairContext,
  rows: readonly RelPath[],
  side: Side,
  signal: AbortSignal,
): Promise<void> {
  if (side === 'local') return;
  const readings = rows.flatMap((path): readonly Op[] => {
    const { local, remote } = context.store.entry(path);
    if (local.state !== 'present' || local.kind !== 'file' || local.content !== null) return [];
    if (remote.state !== 'present') return [];
    const { fingerprint } = local;
    const { sizeBytes } = fingerprint;
    return [{ kind: 'hash-local', path, reason: 'must-compare', fingerprint, sizeBytes }];
  });
  if (readings.length === 0) return;
  const how = { isExpress: false, onEnd: () => undefined };
  await makeWork(context, () => false).begin({ waves: [readings], problems: [] }, how, signal);
}

type Turned = { readonly changes: readonly StateChange[]; readonly effect: CountedEffect | null };
const untouched: Turned = { changes: [], effect: null };
const otherContent = '0'.repeat(64) as ContentId; // matches no file

function turnRound(entry: Entry, side: Side): Turned {
  const { path, base, local, remote } = entry;
  if (base === null) return untouched;
  const lost = side === 'remote' ? local : remote;
  const left = side === 'remote' ? remote : local;
  if (lost.state === 'absent' && left.state === 'present')
    return { changes: [{ kind: 'base', path, cell: null }], effect: null };
  if (base.kind !== 'file' || local.state !== 'present' || local.kind !== 'file') return untouched;
  if (remote.state !== 'present' || remote.kind !== 'file') return untouched;
  if (side === 'remote') {
    if (local.content === base.content) return untouched;
    // Unread content is kept beside the other version.
    if (local.content === null) return { changes: [{ kind: 'base', path, cell: null }], effect: null };
    const { content, fingerprint, executable } = local;
    const cell: BaseFile = {
      kind: 'file',
      content,
      sizeBytes: fingerprint.sizeBytes,
      etag: answeredEtag,
      fingerprint,
      executable,
    };
    // The object in the bucket is still base's version, so its content is known without a read.
    const there = remote.content ?? (remote.etag === base.etag ? base.content : null);
    return {
      changes: [
        { kind: 'remote', path, cell: { ...remote, content: there } },
        { kind: 'base', path, cell },
      ],
      effect: { kind: 'replacement-local', path, mark: baseMark({ base: cell }), isRewrite: true },
    };
  }
  if (remote.etag === base.etag) return untouched;
  const cell: BaseFile = { ...base, content: remote.content ?? otherContent, etag: remote.etag };
  return {
    changes: [{ kind: 'base', path, cell }],
    effect: { kind: 'replacement-remote', path, mark: baseMark({ base: cell }), isRewrite: true },
  };
}

/**
 * So often at most the rest is written down: after each of thousands, that would be their square. After a crash, what came back has a file.
 */
const restoreNotes = 100;

/** Of those that the store does not give now, so many are tried in a row before the others wait as well: each took several tries. */
const mostFailures = 3;

/**
 * Restores from the trash what an answer requested; paths that have a file again stay as they are. What is refused stays in the trash; what
 * cannot be had now is tried again after the others, in the next plan. Without space for one, it and the others wait for that, too.
 */
export async function restoreAnswered(context: PairContext, signal: AbortSignal): Promise<void> {
  const wanted = restoresOf(context.store);
  if (wanted.length === 0) return;
  const newest = new Map(
    [...context.store.trash()]
      .filter((item) => item.why === 'removed')
      .sort((a, b) => a.atMs - b.atMs)
      .map((item) => [item.path, item]),
  );
  let doneCount = 0;
  const later: RelPath[] = [];
  const noteDone = (): void => {
    const left = [...wanted.slice(doneCount), ...later];
    const value = left.length === 0 ? null : JSON.stringify(left);
    context.store.record([{ kind: 'meta', key: 'guardRestores', value }]);
  };
  const noteEvery = Math.ceil(wanted.length / restoreNotes);
  try {
    for (const path of wanted) {
      signal.throwIfAborted();
      if (later.length >= mostFailures) return;
      const item = newest.get(path);
      const { local, remote } = context.store.entry(path);
      if (item !== undefined && local.state === 'absent' && remote.state === 'absent') {
        const why = await whyNotRestored(context, item, signal);
        if (why !== null)
          context.log.warn('a removed file could not be brought back', { path, code: why.code });
        if (why?.code === 'disk-full') return;
        if (why?.isForNow === true) later.push(path);
      }
      doneCount += 1;
      if (doneCount % noteEvery === 0) noteDone();
    }
  } finally {
    if (doneCount % noteEvery !== 0) noteDone();
  }
}

/** Null where it came back. Throws what is about more than this one. */
async function whyNotRestored(
  context: PairContext,
  item: TrashItem,
  signal: AbortSignal,
): Promise<{ readonly code: string; readonly isForNow: boolean } | null> {
  try {
    const restored = await restoreItem(context, item, signal);
    return restored.kind === 'failed' ? { code: restored.code, isForNow: false } : null;
  } catch (error) {
    if (signal.aborted || !isOfItem(error)) throw error;
    return { code: error.code, isForNow: !isOfOneRestore(error) };
  }
}

function restoresOf(store: PairContext['store']): readonly RelPath[] {
  const text = store.meta('guardRestores');
  return text === null ? [] : (JSON.parse(text) as RelPath[]); // our own database wrote it
}

function asked(store: Pick<PairContext['store'], 'meta'>): readonly Question[] {
  const text = store.meta('guardQuestions');
  return text === null ? [] : (JSON.parse(text) as Question[]); // our own database wrote it
}
