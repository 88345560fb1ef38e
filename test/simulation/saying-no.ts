// A store and disks that say no for good: refusals of any verb, by name, folder and size, for a while or for ever, with
// the answers of real stores, and disks of the kinds that were met.
import { diskKinds } from '../fakes/disk-kinds.ts';
import type { FakeDiskOptions } from '../fakes/fake-disk.ts';
import type { FakeOperation } from '../fakes/fake-remote-core.ts';
import { refusalAnswers } from '../fakes/refusals.ts';
import type { Refusal, RefusalName, Refusals } from '../fakes/refusals.ts';
import type { Seeded } from './seeded.ts';

export type SayingNo = {
  readonly random: Seeded;
  readonly refusals: Refusals;
  /** The refusals outlast the peace: what they are about is left alone on each device, with a reason. */
  readonly forGood: boolean;
  /** It has refused a condition that holds: then devices do without. */
  refusesConditions: boolean;
};

const verbs: readonly (readonly FakeOperation[])[] = [
  ['copy'],
  ['put', 'create-upload', 'upload-part', 'complete'],
  ['copy', 'put', 'create-upload', 'upload-part', 'complete'],
  ['delete'],
  ['get', 'get-version'],
  ['head', 'get', 'get-version'],
  ['tagging'],
];

/** What concerns one object and no more: the pair continues beside it. */
const ofOneObject = [
  'denied',
  'archived',
  'invalid',
  'kms',
  'key-too-long',
  'metadata-too-large',
  'not-allowed',
  'condition',
] as const satisfies readonly RefusalName[];
const answers: readonly RefusalName[] = [
  ...(Object.keys(refusalAnswers) as readonly (keyof typeof refusalAnswers)[]),
  'condition',
];

export function chooseRefusal(
  { random, forGood }: SayingNo,
  names: readonly string[],
): { readonly refusal: Refusal; readonly what: string } {
  const name = random.pick(names);
  const wheres: readonly (readonly [what: string, where: (key: string) => boolean])[] = [
    [name, (key) => key.endsWith(`/${name}`)],
    [name, (key) => key.endsWith(`/${name}`)],
    [`all in ${name}`, (key) => key.includes(`/${name}/`)],
    ['everything', () => true],
  ];
  const [what, where] = random.pick(wheres);
  const isLarge = random.chance(0.2);
  const times = forGood ? null : random.pick([1, 3, 10, null]);
  const refusal = {
    verbs: random.pick(verbs),
    answer: random.pick(forGood ? ofOneObject : answers),
    // What the pair needs for itself is not one file's matter.
    where: (key: string) => !key.includes('/.driftless/') && where(key),
    ...(isLarge ? { objects: ({ sizeBytes }: { readonly sizeBytes: number }) => sizeBytes > 12 } : {}),
    ...(times === null ? {} : { times }),
  };
  const often = times === null ? 'until peace or for good' : `${String(times)} times`;
  return { refusal, what: `${refusal.verbs.join()} of ${what}, ${refusal.answer}, ${often}` };
}

type Disk = Omit<FakeDiskOptions, 'nowMs'>;

/** A disk of a kind that was met, in the place of one in twelve. */
export function diskFor(random: Seeded, plain: Disk): Disk {
  if (!random.chance(0.08)) return plain;
  return { ...plain, storesNfd: false, ...diskKinds[random.pick(kinds)] };
}

const kinds = ['exfat', 'ntfs-ignore-case', 'apfs', 'no-links', 'overlay'] as const;
