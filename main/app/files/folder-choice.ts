// Commands of the page about selective sync: the folders of one level, and which of them are synced here.
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { excludedAfter, makeExcluded } from '../../core/config/chosen-folders.ts';
import { compileIgnore } from '../../core/config/ignore-match.ts';
import { excludedFolders, pairIgnores } from '../../core/config/pair-ignores.ts';
import type { Entry, RelPath } from '../../core/model/model.ts';
import { comparePaths, joinPath, nameOf, parseRelPath } from '../../core/model/path.ts';
import { browseFolders } from '../../sync/bucket/browse.ts';
import { knownIgnoreFile } from '../../sync/scan/ignore-file.ts';
import { lastInSyncOf } from '../../sync/session/memory.ts';
import { fitsInTrash, planLeaving, queueLeaving } from '../../sync/session/leaving.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Commands, Input, Output } from '../../../preload/contract.ts';
import { attempt } from '../errors.ts';
import { failureOf } from '../setup/setup.ts';
import type { FolderChange, FolderEditor, WrittenChange } from '../setup/folder-commands.ts';
import { placeOf } from './file-commands.ts';
import type { FileParts, Place } from './file-commands.ts';
import { refuse } from './file-services.ts';

export type ChoiceParts = Pick<FileParts, 'findPair' | 'names'> & {
  readonly editor: Pick<FolderEditor, 'change' | 'read'>;
};

type Leaver = ReturnType<typeof planLeaving>;

/** As many as the settings take. */
const mostExcluded = 10_000;
const opensWithinMs = 10_000;
const lookEveryMs = 50;
const nothing: Leaver = { leaving: [], files: 0, bytes: 0, kept: 0 };

export function choiceCommands(parts: ChoiceParts): Pick<Commands, 'listFolders' | 'chooseFolders'> {
  return {
    listFolders: ({ pairId, folderId }, signal) =>
      attempt(async () => {
        const place = placeOf(parts, pairId, folderId);
        const { standingOf } = makeExcluded(excludedFolders(place.runtime.config));
        const paths = await foldersIn(place, place.path, signal);
        const folders = paths.slice(0, LIMITS.files).map((path) => ({
          id: parts.names.idOf({ pairId, path }),
          name: nameOf(path),
          standing: standingOf(path),
        }));
        return { ok: true, value: { folders, isCut: paths.length > LIMITS.files } };
      }),
    chooseFolders: (input, signal) =>
      attempt(async () => ({ ok: true, value: await choose(parts, input, signal) }), failureOf),
  };
}

/** Looked up before it is the turn of the change, because the bucket may be asked: where others have changed the list meanwhile, once more. */
async function choose(
  parts: ChoiceParts,
  { pairId, choices, copies }: Input<'chooseFolders'>,
  signal: AbortSignal,
): Promise<Output<'chooseFolders'>> {
  for (;;) {
    const place = await openedPlace(parts, pairId, signal);
    const wanted = choices.map(({ folderId, isIn }) => ({
      path: placeOf(parts, pairId, folderId).path,
      isIn,
    }));
    const { exclude } = await parts.editor.read(pairId, signal);
    const before = excludedFolders({ exclude });
    const after = await excludedAfter(before, wanted, (path) => foldersIn(place, path, signal));
    const done: Output<'chooseFolders'>[] = [];
    const change = async (present: WrittenChange): Promise<Partial<FolderChange>> => {
      const isOther = parts.findPair(pairId)?.engine.context() !== place.context;
      if (isOther || !isDeepStrictEqual(present.exclude, exclude)) return {};
      done.push(await queueCopies(place, { before, after, copies }));
      return { exclude: after };
    };
    await parts.editor.change(pairId, change, signal);
    const [answer] = done;
    if (answer !== undefined) return answer;
  }
}

/** The queue is durable before the settings are: what it holds is only moved where the settings then leave it out. */
async function queueCopies(
  { context }: Place,
  {
    before,
    after,
    copies,
  }: Readonly<Record<'before' | 'after', readonly RelPath[]>> & Pick<Input<'chooseFolders'>, 'copies'>,
): Promise<Output<'chooseFolders'>> {
  if (after.length > mostExcluded || after.some((folder) => folder.length > 1024))
    throw refuse('too-many-folders', 'the settings take no more excluded folders');
  const { holderOf } = makeExcluded(before);
  const fresh = after.filter((folder) => holderOf(folder) === undefined);
  const plan = copies === 'keep' ? nothing : planLeaving(context, fresh);
  if (plan.files > 0 && context.settings.mode === 'upload-only')
    throw refuse('copies-stay', 'an upload-only folder is never changed here');
  if (!(await fitsInTrash(context, plan.bytes)))
    throw refuse('trash-too-small', 'the local trash does not take so much');
  queueLeaving(context, { before, after }, plan.leaving);
  return { leaving: plan.files, kept: plan.kept };
}

/** After a change of its settings a pair takes a moment to be open again. */
async function openedPlace(parts: ChoiceParts, pairId: string, signal: AbortSignal): Promise<Place> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(opensWithinMs)]);
  for (;;) {
    const engine = parts.findPair(pairId)?.engine;
    const isOpening = engine?.context() === null && engine.status().activity === 'starting';
    if (!isOpening || patience.aborted) return placeOf(parts, pairId, null);
    await setTimeout(lookEveryMs, undefined, { signal: patience }).catch(() => undefined);
  }
}

/**
 * Direct subfolders on either side, in order, without what ignore rules leave out. From the records, which cost no request;
 * inside an excluded folder and before the first sync they know nothing, and both sides are asked.
 */
async function foldersIn(
  { runtime, context }: Place,
  dir: RelPath,
  signal: AbortSignal,
): Promise<readonly RelPath[]> {
  const { store } = context;
  const { rules, caseSensitive } = pairIgnores(runtime.config, knownIgnoreFile(store));
  const isIgnored = compileIgnore(rules.patterns, { caseSensitive });
  const isRecorded = lastInSyncOf(store) !== null && makeExcluded(rules.excluded).holderOf(dir) === undefined;
  const excluded = new Set(rules.excluded);
  const recorded = store
    .children(dir)
    .filter((entry) => isFolder(entry) || excluded.has(entry.path))
    .map(({ path }) => path);
  const listed = isRecorded ? [] : await browseFolders(context, dir, signal);
  const paths = listed.flatMap(({ name }) => {
    const parsed = parseRelPath(joinPath(dir, name));
    return parsed.kind === 'path' ? [parsed.path] : [];
  });
  // One that is only here stays left out as well when the folder that holds it is opened.
  const here = isRecorded ? [] : await foldersHere(context, dir, signal);
  // An excluded folder that is on neither side any more can still be ticked again.
  const gone = isRecorded ? rules.excluded.filter((folder) => isChild(folder, dir)) : [];
  return [...new Set([...recorded, ...paths, ...here, ...gone])]
    .filter((path) => !isIgnored(path, 'folder'))
    .sort(comparePaths);
}

async function foldersHere(
  { files }: Place['context'],
  dir: RelPath,
  signal: AbortSignal,
): Promise<readonly RelPath[]> {
  const found: RelPath[] = [];
  for await (const listing of files.list([dir], signal)) {
    if (listing.kind !== 'listed') continue;
    for (const { path, cell } of listing.entries)
      if (cell.state === 'present' && cell.kind === 'folder') found.push(path);
  }
  return found;
}

function isChild(path: RelPath, dir: RelPath): boolean {
  return joinPath(dir, nameOf(path)) === path;
}

function isFolder({ local, remote }: Entry): boolean {
  return [local, remote].some((cell) => cell.state === 'present' && cell.kind === 'folder');
}
