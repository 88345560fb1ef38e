// Differences between a device and the bucket that mode and reports do not explain.
import { foldName } from '../../main/core/model/path.ts';
import type { FakeDisk } from '../fakes/fake-disk.ts';
import type { FakeBucket } from '../fakes/fake-remote-state.ts';
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import { textOf } from './contents.ts';
import { userObjects } from './contents.ts';

/** Files by path with their content; folders end in `/`. */
export type Tree = ReadonlyMap<string, string>;

export function diskTree(disk: FakeDisk): Tree {
  return new Map([...disk.tree({ withFolders: true })].map(([path, bytes]) => [path, textOf(bytes)]));
}

/** A folder is there when its marker is, or anything below it (rule 9). */
export function bucketTree(bucket: FakeBucket): Tree {
  const tree = new Map<string, string>();
  for (const [path, bytes] of userObjects(bucket, simulatedPrefix)) {
    tree.set(path, textOf(bytes));
    for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
      tree.set(path.slice(0, at + 1), '');
    }
  }
  return tree;
}

/** On a disk that tells no letter case an entry stands for the object that is spelled otherwise. */
export function spelledAsThere(here: Tree, there: Tree, disk: Pick<FakeDisk, 'caseSensitive'>): Tree {
  if (disk.caseSensitive) return here;
  const spellings = new Map([...there.keys()].map((path) => [foldName(path), path]));
  const spelled = (path: string): string =>
    there.has(path) ? path : (spellings.get(foldName(path)) ?? path);
  return new Map([...here].map(([path, content]) => [spelled(path), content]));
}

export function disagreements(bucket: FakeBucket, device: Device): readonly string[] {
  const there = bucketTree(bucket);
  const here = spelledAsThere(diskTree(device.disk), there, device.disk);
  const isExcused = excusesOf(device, there);
  const found: string[] = [];
  for (const path of new Set([...there.keys(), ...here.keys()])) {
    const disk = here.get(path);
    const stored = there.get(path);
    if (disk === stored || !promises(device, disk, stored) || isExcused(path)) continue;
    found.push(
      `${device.name} (${device.mode}) disagrees at ${path}: disk ${String(disk)}, bucket ${String(stored)}`,
    );
  }
  const report = device.lastReport();
  const isSilent = report?.kind === 'ended' && report.problems.length + report.planProblems.length === 0;
  if (isSilent && !report.isInSync) found.push(`${device.name} is not in sync and says no reason`);
  return [...found, ...staleReasons(device)];
}

/** A problem reported for something that is not there can never be solved, so the pair is never in sync again. */
function staleReasons(device: Device): readonly string[] {
  const report = device.lastReport();
  if (report?.kind !== 'ended') return [];
  return report.problems
    .filter(({ path, attempts }) => attempts === 0 && device.disk.find(path) === null)
    .map(({ path, code }) => `${device.name} tells ${code} of ${path}, which is not there`);
}

/** Upload-only answers for what is here, download-only for what is there, two-way for both. */
function promises(device: Device, disk: string | undefined, stored: string | undefined): boolean {
  if (device.mode === 'upload-only') return disk !== undefined;
  if (device.mode === 'download-only') return stored !== undefined;
  return true;
}

/** Left alone with a reason that the user sees, or left out by the user's rules. */
export function excusesOf(device: Device, bucket: Tree): (path: string) => boolean {
  const report = device.lastReport();
  const told =
    report?.kind === 'ended'
      ? [...report.problems, ...report.planProblems].flatMap(({ path, fields: { from } }) =>
          // A refused rename is one problem of two names.
          typeof from === 'string' ? [String(path), from] : [String(path)],
        )
      : [];
  // One pass ends after some plans and tells how much is left.
  const rest = report?.kind === 'ended' && report.left > 0 ? device.store().unsettled(1000) : [];
  const left = leftOut(device);
  // A report has the bucket's spelling; the same entry may be spelled otherwise on such a disk.
  const fold = (text: string): string => (device.disk.caseSensitive ? text : foldName(text));
  const reasons = [...told, ...rest.map(({ path }) => path)].map(fold);
  return (path) => {
    const name = path.endsWith('/') ? path.slice(0, -1) : path;
    const folded = fold(name);
    if (reasons.some((problem) => problem === folded || folded.startsWith(`${problem}/`))) return true;
    if (left(name)) return true;
    // A folder with nothing in it but what is left alone is itself left alone (rule 9).
    if (!path.endsWith('/')) return false;
    if (reasons.some((problem) => problem.startsWith(`${folded}/`))) return true;
    return [...bucket.keys(), ...diskTree(device.disk).keys()].some(
      (below) => below.startsWith(path) && left(below.replace(/\/$/u, '')),
    );
  };
}

/** A plain reading of the few patterns that the people of these histories write. */
function leftOut(device: Device): (path: string) => boolean {
  const lines = (device.disk.read('.driftlessignore') ?? '').split('\n').filter((line) => line !== '');
  const fold = (text: string): string => (device.disk.caseSensitive ? text : text.toLowerCase());
  return (path) =>
    path
      .split('/')
      .some((segment) =>
        lines.some((line) =>
          line.startsWith('*') ? fold(segment).endsWith(fold(line.slice(1))) : fold(segment) === fold(line),
        ),
      );
}
