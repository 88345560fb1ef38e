// Finds rows by path and paths by row, remembering directories (bounded: the whole tree is never in the heap).
import type { DatabaseSync } from 'node:sqlite';
import type { RelPath } from '../../core/model/model.ts';
import { nameOf, parentOf } from '../../core/model/path.ts';
import type { Command, Query } from './query.ts';
import { prepareCommand, prepareQuery } from './query.ts';

export const rootId = 1;
const cacheLimit = 20_000;

export type Place = { readonly parent: number; readonly name: string };

export class Places {
  readonly #ids = new Map<string, number>();
  readonly #paths = new Map<number, string>();
  readonly #find: Query;
  readonly #up: Query;
  readonly #insert: Command;
  readonly #onInsert: (parent: number) => void;

  constructor(db: DatabaseSync, onInsert: (parent: number) => void) {
    this.#find = prepareQuery(db, 'SELECT id FROM entry WHERE parent = ? AND name = ?');
    this.#up = prepareQuery(db, 'SELECT parent, name FROM entry WHERE id = ?');
    this.#insert = prepareCommand(db, 'INSERT INTO entry (parent, name) VALUES (?, ?)');
    this.#onInsert = onInsert;
    this.forgetAll();
  }

  /** Where the row of `path` is or would be; null when a directory above has no row and `create` is false. */
  place(path: string, create: boolean): Place | null {
    if (path === '') return { parent: 0, name: '' };
    const parent = this.directory(parentOf(path), create);
    return parent === null ? null : { parent, name: nameOf(path) };
  }

  /** The row of a directory on the way to something; made (empty) when it is not there and `create` is set. */
  directory(path: string, create: boolean): number | null {
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    const place = this.place(path, create);
    if (place === null) return null;
    const row = this.#find.first(place.parent, place.name);
    if (row === null && !create) return null;
    const id = row === null ? this.#insert(place.parent, place.name).id : Number(row[0]);
    if (row === null) this.#onInsert(place.parent);
    this.#remember(path, id);
    return id;
  }

  idOf(path: string): number | null {
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    const place = this.place(path, false);
    const row = place === null ? null : this.#find.first(place.parent, place.name);
    return row === null ? null : Number(row[0]);
  }

  pathBelow(parent: number, name: string): RelPath {
    if (parent === 0) return '' as RelPath;
    const above = this.#directoryPath(parent);
    return (above === '' ? name : `${above}/${name}`) as RelPath;
  }

  #directoryPath(id: number): string {
    const known = this.#paths.get(id);
    if (known !== undefined) return known;
    const row = this.#up.first(id);
    if (row === null) return '';
    const path = this.pathBelow(Number(row[0]), String(row[1]));
    this.#remember(path, id);
    return path;
  }

  #remember(path: string, id: number): void {
    if (this.#ids.size >= cacheLimit || this.#paths.size >= cacheLimit) this.forgetAll();
    this.#ids.set(path, id);
    this.#paths.set(id, path);
  }

  forget(id: number): void {
    const path = this.#paths.get(id);
    if (path !== undefined) this.#ids.delete(path);
    this.#paths.delete(id);
  }

  /** After a rename, a bulk change or a rollback nothing remembered may be trusted. */
  forgetAll(): void {
    this.#ids.clear();
    this.#paths.clear();
    this.#ids.set('', rootId);
    this.#paths.set(rootId, '');
  }
}
