// State of the tree of folders to choose from: levels as they arrive, and what the user ticked. Pure.
import type { FolderLevel, Input } from '../../preload/contract.ts';

type Standing = FolderLevel['folders'][number]['standing'];

type Node = {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  /** 1 at the top. */
  readonly depth: number;
  /** By the settings, before the choices. */
  readonly standing: Standing;
};

/** Children of a folder; null while they are on their way. */
type Level = { readonly ids: readonly string[]; readonly isCut: boolean };

export type FolderTree = {
  readonly nodes: ReadonlyMap<string, Node>;
  /** By folder; the top has the key ''. */
  readonly levels: ReadonlyMap<string, Level | null>;
  readonly open: ReadonlySet<string>;
  /** What the user ticked or unticked; each stands for its folder with everything inside but for later choices there. */
  readonly choices: ReadonlyMap<string, boolean>;
};

export type FolderRow = Node & {
  readonly check: Standing;
  readonly isOpen: boolean;
  readonly isLoading: boolean;
  /** Known to have no folder inside. */
  readonly isLeaf: boolean;
  readonly place: number;
  readonly siblings: number;
};

export const emptyTree: FolderTree = {
  nodes: new Map(),
  levels: new Map(),
  open: new Set(),
  choices: new Map(),
};

const keyOf = (id: string | null): string => id ?? '';

export function levelOf({ levels }: FolderTree, id: string | null): Level | null | undefined {
  return levels.get(keyOf(id));
}

/** @param level null while it is loading */
export function withLevel(tree: FolderTree, parentId: string | null, level: FolderLevel | null): FolderTree {
  const levels = new Map(tree.levels);
  if (level === null) return { ...tree, levels: levels.set(keyOf(parentId), null) };
  const depth = (parentId === null ? 0 : (tree.nodes.get(parentId)?.depth ?? 0)) + 1;
  const nodes = new Map(tree.nodes);
  for (const folder of level.folders) nodes.set(folder.id, { ...folder, parentId, depth });
  levels.set(keyOf(parentId), { ids: level.folders.map(({ id }) => id), isCut: level.isCut });
  return { ...tree, nodes, levels };
}

/** A level that could not be loaded: its folder closes, and can be opened again. */
export function withoutLevel(tree: FolderTree, id: string): FolderTree {
  const levels = new Map(tree.levels);
  levels.delete(id);
  return withOpen({ ...tree, levels }, id, false);
}

export function withOpen(tree: FolderTree, id: string, isOpen: boolean): FolderTree {
  const open = new Set(tree.open);
  if (isOpen) open.add(id);
  else open.delete(id);
  return { ...tree, open };
}

function ancestors({ nodes }: FolderTree, id: string): readonly string[] {
  const found: string[] = [];
  for (let at = nodes.get(id)?.parentId ?? null; at !== null; at = nodes.get(at)?.parentId ?? null)
    found.push(at);
  return found;
}

/** Standing of the folder by itself: nearest choice at or above it, else the settings. */
function ownStanding(tree: FolderTree, id: string): Standing {
  for (const at of [id, ...ancestors(tree, id)]) {
    const choice = tree.choices.get(at);
    if (choice !== undefined) return choice ? 'in' : 'out';
  }
  return tree.nodes.get(id)?.standing ?? 'in';
}

export function checkOf(tree: FolderTree, id: string): Standing {
  const own = ownStanding(tree, id);
  if (own === 'part') return own;
  const isOther = [...tree.choices].some(
    ([at, isIn]) => isIn !== (own === 'in') && ancestors(tree, at).includes(id),
  );
  return isOther ? 'part' : own;
}

/** Ticks the folder with everything inside it, or unticks it. */
export function toggled(tree: FolderTree, id: string): FolderTree {
  const isIn = checkOf(tree, id) !== 'in';
  const choices = new Map([...tree.choices].filter(([at]) => at !== id && !ancestors(tree, at).includes(id)));
  const next = { ...tree, choices };
  if (ownStanding(next, id) !== (isIn ? 'in' : 'out')) choices.set(id, isIn);
  return next;
}

/** Rows in sight of an endless window: every folder whose ancestors are open. */
export function rowsOf(tree: FolderTree): readonly FolderRow[] {
  const rows: FolderRow[] = [];
  const add = (parentId: string | null): void => {
    const ids = levelOf(tree, parentId)?.ids ?? [];
    for (const [at, id] of ids.entries()) {
      const node = tree.nodes.get(id);
      if (node === undefined) continue;
      const level = levelOf(tree, id);
      const isOpen = tree.open.has(id);
      rows.push({
        ...node,
        check: checkOf(tree, id),
        isOpen,
        isLoading: level === null,
        isLeaf: level?.ids.length === 0,
        place: at + 1,
        siblings: ids.length,
      });
      if (isOpen) add(id);
    }
  };
  add(null);
  return rows;
}

export function choicesOf({ choices }: FolderTree): Input<'chooseFolders'>['choices'] {
  return [...choices].map(([folderId, isIn]) => ({ folderId, isIn }));
}

/** Whether folders that are synced here now would not be any more. */
export function leavesFolders({ choices }: FolderTree): boolean {
  return [...choices.values()].includes(false);
}
