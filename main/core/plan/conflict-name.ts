// Names of conflict copies: `report (conflict 2026-11-22 laptop).odt` (C10).
import type { ContentId } from '../model/model.ts';
import { utf8Bytes } from '../model/path.ts';

export type ConflictLabels = { readonly date: string; readonly device: string };

const maxNameBytes = 255;
const maxDeviceBytes = 60;
const maxExtensionBytes = 32;
const suffixPattern = / \(conflict \d{4}-\d{2}-\d{2}[^()]*\)$/u;

/**
 * Name for a copy of `name`. A suffix from an earlier conflict is replaced, not nested; the stem is cut so
 * that the whole fits any disk. `hashDigits` is appended if the plain name is taken.
 */
export function conflictName(
  name: string,
  labels: ConflictLabels,
  options: { readonly kind: 'file' | 'folder'; readonly hashDigits?: string },
): string {
  const { stem, extension } = splitName(name, options.kind);
  const words = [labels.date, deviceLabel(labels.device), options.hashDigits ?? ''].filter(
    (word) => word !== '',
  );
  const suffix = ` (conflict ${words.join(' ')})`;
  const room = maxNameBytes - utf8Bytes(suffix) - utf8Bytes(extension);
  return `${cutToBytes(stem, room)}${suffix}${extension}`;
}

/** `hashDigits` of the so-manieth try, from 1: the first eight digits of the hash; if even that name is taken, a counter is added. */
export function conflictDigits(content: ContentId, attempt: number): string {
  const digits = content.slice(0, 8);
  return attempt === 1 ? digits : `${digits}-${String(attempt)}`;
}

/** Finds, for the name of a file, the first of `rows` whose name could be its conflict name, on any day and any device. */
export function conflictCopies<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
): (original: string) => Row | null {
  const whole = new Map<string, FirstPlaces>();
  /** Of names so long that their stems may have been cut. */
  const cut = new Map<string, FirstPlaces>();
  const cutLengths = new Set<number>();
  for (const [at, row] of rows.entries()) {
    const name = nameOf(row);
    const { stem, extension, hasSuffix } = splitName(name, 'file');
    if (!hasSuffix) continue;
    note(whole, `${stem}/${extension}`, at);
    if (utf8Bytes(name) <= maxNameBytes - 4) continue;
    note(cut, `${stem}/${extension}`, at);
    cutLengths.add(stem.length);
  }
  return (original) => {
    if (whole.size === 0) return null;
    const { stem, extension } = splitName(original, 'file');
    let first = Infinity;
    const look = (places: FirstPlaces | undefined): void => {
      for (const at of places ?? [])
        if (at < first && rows.slice(at, at + 1).some((row) => nameOf(row) !== original)) first = at;
    };
    look(whole.get(`${stem}/${extension}`));
    for (const length of cutLengths)
      if (length < stem.length) look(cut.get(`${stem.slice(0, length)}/${extension}`));
    return rows[first] ?? null;
  };
}

/**
 * The first two of a stem: a name is no copy of itself. All of them, for each of thousands that are in conflict in their folder, would be the
 * product, and other writers choose both.
 */
type FirstPlaces = number[];

function note(places: Map<string, FirstPlaces>, key: string, at: number): void {
  const known = places.get(key);
  if (known === undefined) places.set(key, [at]);
  else if (known.length < 2) known.push(at);
}

/** Name and device that a file's conflict name was made of; null for any other name, and for a restored file. */
export function readConflictName(
  copy: string,
): { readonly original: string; readonly device: string | null } | null {
  const { stem, extension, hasSuffix } = splitName(copy, 'file');
  if (!hasSuffix) return null;
  const label = / \(conflict \d{4}-\d{2}-\d{2} ?([^()]*)\)$/u.exec(
    copy.slice(0, copy.length - extension.length),
  );
  // Digits that told it from another copy of the same day are no part of the device.
  const device = (label?.[1] ?? '').replace(/ ?[0-9a-f]{8}(?:-\d+)?$/u, '');
  if (device === 'restored') return null;
  return { original: `${stem}${extension}`, device: device === '' ? null : device };
}

type NameParts = { readonly stem: string; readonly extension: string; readonly hasSuffix: boolean };

function splitName(name: string, kind: 'file' | 'folder'): NameParts {
  const dot = kind === 'file' ? name.lastIndexOf('.') : -1;
  const tail = dot > 0 ? name.slice(dot) : '';
  const extension = tail.includes(' ') || utf8Bytes(tail) > maxExtensionBytes ? '' : tail;
  const whole = name.slice(0, name.length - extension.length);
  const stem = whole.replace(suffixPattern, '');
  return { stem, extension, hasSuffix: stem !== whole };
}

/**
 * The device's name is user text: characters that disks refuse, and the brackets that end the suffix, are
 * dropped.
 */
function deviceLabel(device: string): string {
  const plain = device
    .normalize('NFC')
    .replace(/[\p{Cc}<>:"/\\|?*()]/gu, '')
    .toWellFormed();
  return cutToBytes(plain.replace(/\s+/gu, ' ').trim(), maxDeviceBytes).trim();
}

function cutToBytes(text: string, maxBytes: number): string {
  if (utf8Bytes(text) <= maxBytes) return text;
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += utf8Bytes(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
