// Edits of a pair's files from both sides, and what must be there at rest.
import type { FileEvent } from '../../main/ports/file-watcher.port.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { PairStore } from '../../main/ports/sync-state.port.ts';
import type { FakeDisk } from '../fakes/fake-disk.ts';
import type { FakeRemote } from '../fakes/fake-remote-objects.ts';
import { simulatedPrefix } from '../simulation/device.ts';
import { oneIn, tier } from '../sizes.ts';

export type Sides = {
  readonly disk: FakeDisk;
  readonly bucket: Pick<FakeRemote, 'write' | 'remove' | 'contents'>;
  /** What the watcher says. */
  readonly tell: (...events: readonly FileEvent[]) => void;
};

export type Act = {
  readonly name: string;
  /** False where it cannot be done any more. */
  readonly act: (sides: Sides) => boolean;
  /** Names, and what it leaves there. */
  readonly made: readonly (readonly [path: string, text: string])[];
  /** Names at which the user gives up what is there. */
  readonly gone: readonly string[];
  /** Where another client renames a file: what the user does to it by its old name is done to that file. */
  readonly oldName?: string;
};

/** In sync at first. */
const atFirst: readonly (readonly [path: string, text: string])[] = [
  ['doc.txt', 'document'],
  ['note.txt', 'a note'],
  ['dir/file.txt', 'in dir'],
];

const entry = (path: string): FileEvent => ({ kind: 'entry', path: relPath(path) });

function savedHere(path: string, text: string): Act {
  const act: Act['act'] = ({ disk, tell }) => {
    disk.write(path, text);
    tell(entry(path));
    return true;
  };
  return { name: `${path} is saved here`, act, made: [[path, text]], gone: [path] };
}

/** As editors do that write a new file and give it the name. */
function replacedHere(path: string, text: string): Act {
  const act: Act['act'] = ({ disk, tell }) => {
    disk.remove(path);
    disk.write(path, text);
    tell(entry(path));
    return true;
  };
  return { name: `${path} is replaced here`, act, made: [[path, text]], gone: [path] };
}

function removedHere(path: string): Act {
  const act: Act['act'] = ({ disk, tell }) => {
    if (disk.find(path)?.kind !== 'file') return false;
    disk.remove(path);
    tell(entry(path));
    return true;
  };
  return { name: `${path} is removed here`, act, made: [], gone: [path] };
}

function renamedHere(from: string, to: string, made: Act['made'] = [], gone: Act['gone'] = []): Act {
  const act: Act['act'] = ({ disk, tell }) => {
    if (disk.find(from) === null) return false;
    disk.rename(from, to);
    tell(entry(from), entry(to));
    return true;
  };
  return { name: `${from} is renamed to ${to} here`, act, made, gone };
}

function removedFolderHere(path: string, within: string): Act {
  const act: Act['act'] = ({ disk, tell }) => {
    disk.remove(within);
    disk.remove(path);
    tell({ kind: 'overflow', path: relPath(path) });
    return true;
  };
  return { name: `${path} is removed here with ${within}`, act, made: [], gone: [within] };
}

function swappedHere(): Act {
  const act: Act['act'] = ({ disk, tell }) => {
    disk.rename('doc.txt', 'aside.txt');
    disk.rename('note.txt', 'doc.txt');
    disk.rename('aside.txt', 'note.txt');
    tell(entry('doc.txt'), entry('note.txt'));
    return true;
  };
  return {
    name: 'doc.txt and note.txt change places here',
    act,
    made: [
      ['doc.txt', 'a note'],
      ['note.txt', 'document'],
    ],
    gone: ['doc.txt', 'note.txt'],
  };
}

function savedThere(path: string, text: string): Act {
  const act: Act['act'] = ({ bucket }) => {
    bucket.write(simulatedPrefix + path, Buffer.from(text));
    return true;
  };
  return { name: `${path} is saved there`, act, made: [[path, text]], gone: [path] };
}

function removedThere(path: string): Act {
  const act: Act['act'] = ({ bucket }) => {
    bucket.remove(simulatedPrefix + path);
    return true;
  };
  return { name: `${path} is removed there`, act, made: [], gone: [path] };
}

function renamedThere(from: string, to: string, text: string): Act {
  const act: Act['act'] = ({ bucket }) => {
    bucket.write(simulatedPrefix + to, Buffer.from(text));
    bucket.remove(simulatedPrefix + from);
    return true;
  };
  return {
    name: `${from} is renamed to ${to} there`,
    act,
    made: [[to, text]],
    gone: [from],
    oldName: from,
  };
}

function both(first: Act, second: Act): Act {
  return {
    name: `${first.name} and ${second.name}`,
    act: (sides) => first.act(sides) && second.act(sides),
    made: [...first.made, ...second.made],
    gone: [...first.gone, ...second.gone],
  };
}

/** What a pair is given to do, and at which names it is edited meanwhile. */
type Work = { readonly work: Act; readonly names: readonly string[] };

export type Told = {
  /** Steps from the begin of the work until the pair has rested. */
  readonly steps: readonly string[];
  readonly wrong: readonly string[];
};

export const works: readonly Work[] = [
  { work: savedHere('doc.txt', 'document, saved'), names: ['doc.txt'] },
  { work: replacedHere('doc.txt', 'replaced'), names: ['doc.txt'] },
  { work: savedHere('new.txt', 'new here'), names: ['new.txt'] },
  { work: removedHere('doc.txt'), names: ['doc.txt'] },
  {
    work: renamedHere('doc.txt', 'new.txt', [['new.txt', 'document']], ['doc.txt']),
    names: ['doc.txt', 'new.txt'],
  },
  {
    work: renamedHere('doc.txt', 'note.txt', [['note.txt', 'document']], ['doc.txt', 'note.txt']),
    names: ['doc.txt', 'note.txt'],
  },
  { work: swappedHere(), names: ['doc.txt', 'note.txt'] },
  {
    work: renamedHere('dir', 'moved', [['moved/file.txt', 'in dir']], ['dir/file.txt']),
    names: ['dir/file.txt', 'dir/second.txt', 'moved/file.txt', 'moved/second.txt'],
  },
  { work: removedFolderHere('dir', 'dir/file.txt'), names: ['dir/file.txt', 'dir/second.txt'] },
  { work: savedThere('doc.txt', 'saved there'), names: ['doc.txt'] },
  { work: savedThere('new.txt', 'new there'), names: ['new.txt'] },
  { work: removedThere('doc.txt'), names: ['doc.txt'] },
  { work: renamedThere('doc.txt', 'new.txt', 'document'), names: ['doc.txt', 'new.txt'] },
  {
    work: renamedThere('dir/file.txt', 'moved/file.txt', 'in dir'),
    names: ['dir/file.txt', 'dir/second.txt', 'moved/file.txt', 'moved/second.txt'],
  },
  { work: removedThere('dir/file.txt'), names: ['dir/file.txt', 'dir/second.txt'] },
  { work: both(savedHere('doc.txt', 'mine'), savedThere('doc.txt', 'theirs')), names: ['doc.txt'] },
];

/** A hundred take a second of CPU; which ones changes with the date. */
const oneTurnIn = tier === 'full' ? 4 : 80;

function editsOf(path: string): readonly Act[] {
  return [
    savedHere(path, 'edited'),
    replacedHere(path, 'written again'),
    savedThere(path, 'edited there'),
    removedHere(path),
    removedThere(path),
    renamedHere(path, 'third.txt'),
  ];
}

export function layOut(disk: FakeDisk): void {
  for (const [path, text] of atFirst) disk.write(path, text);
  // So that what is edited is few of them.
  for (let n = 0; n < 8; n += 1) disk.write(`kept-${String(n)}.txt`, `kept ${String(n)}`);
}

/** What is wrong after an edit at a step, for each edit whose turn it is; `tell` makes it at step number `at`, counted from 0. */
export async function failuresOf(
  { work, names }: Work,
  tell: (work: Act, edit: Act | null, at: number) => Promise<Told>,
): Promise<readonly string[]> {
  const { steps, wrong } = await tell(work, null, -1);
  const few = steps.length > 30 ? [] : [`only ${String(steps.length)} steps`];
  const failures = [...wrong.map((line) => `without an edit: ${line}`), ...few];
  const turns = steps.flatMap((step, at) => names.flatMap(editsOf).map((edit) => ({ edit, step, at })));
  for (const { edit, step, at } of oneIn(oneTurnIn, turns)) {
    const told = await tell(work, edit, at);
    failures.push(...told.wrong.map((line) => `${edit.name} before ${step} (${String(at)}): ${line}`));
  }
  return failures;
}

/** What differs between the sides, contents that were not given up and are missing in the folder, and what is left to do. */
export function wrongIn(
  { disk, bucket, store }: Sides & { readonly store: PairStore },
  work: Act,
  edit: Act | null,
): readonly string[] {
  const here = new Map([...disk.tree().keys()].map((path) => [path, disk.read(path)]));
  const there = new Map(
    [...bucket.contents()]
      .map(([key, bytes]) => [key.slice(simulatedPrefix.length), Buffer.from(bytes).toString()] as const)
      .filter(([path]) => !path.startsWith('.driftless/') && !path.endsWith('/')),
  );
  const apart = [...new Set([...here.keys(), ...there.keys()])]
    .filter((path) => here.get(path) !== there.get(path))
    .map((path) => `${path}: ${here.get(path) ?? 'nothing'} here, ${there.get(path) ?? 'nothing'} there`);
  const kept = new Set(here.values());
  const lost = owed(work, edit).filter((text) => !kept.has(text));
  return [
    ...apart,
    ...lost.map((text) => `lost: ${text}`),
    ...store.intents().map(({ kind, path }) => `open: ${kind} ${path}`),
    ...store.problems().map(({ path, code }) => `${path} has ${code}`),
  ];
}

function owed(work: Act, edit: Act | null): readonly string[] {
  const gone = new Set(edit?.gone);
  const isGone = (path: string): boolean => gone.has(path);
  return [
    ...atFirst.filter(([path]) => !isGone(path) && !work.gone.includes(path)),
    ...work.made.filter(([path]) => !isGone(path) && !isGone(work.oldName ?? '')),
    ...(edit?.made ?? []),
  ].map(([, text]) => text);
}
