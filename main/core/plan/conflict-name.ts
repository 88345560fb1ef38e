// Names of conflict copies: `report (conflict 2026-11-22 laptop).odt` (C10).
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

/** True if `name` could be the conflict name of `original`, on any day and any device. */
export function isConflictCopyOf(name: string, original: string, kind: 'file' | 'folder' = 'file'): boolean {
  const copy = splitName(name, kind);
  const source = splitName(original, kind);
  if (name === original || !copy.hasSuffix || copy.extension !== source.extension) return false;
  return (
    copy.stem === source.stem || (utf8Bytes(name) > maxNameBytes - 4 && source.stem.startsWith(copy.stem))
  );
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
