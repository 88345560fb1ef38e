// A folder renamed by the user between the two steps of a rename of ours.
import { expect, test } from 'vitest';
import { relPath } from '../../main/core/model/path.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';

const minuteMs = 60_000;

type Act = {
  readonly what: string;
  readonly act: (pair: LivePair) => void;
  readonly last: readonly string[];
};

const acts: readonly Act[] = [
  {
    what: 'renames it',
    act: (pair) => {
      pair.disk.rename('d', 'e');
      for (const path of ['d', 'e']) pair.event({ kind: 'entry', path: relPath(path) });
    },
    last: ['e/new.txt', 'e/other.txt'],
  },
  {
    what: 'renames it and the watches miss it',
    act: (pair) => {
      pair.disk.rename('d', 'e');
    },
    last: ['e/new.txt', 'e/other.txt'],
  },
  {
    what: 'renames it and deletes one of the two names',
    act: (pair) => {
      pair.disk.rename('d', 'e');
      pair.disk.remove('e/old.txt');
      for (const path of ['d', 'e']) pair.event({ kind: 'entry', path: relPath(path) });
    },
    last: ['e/new.txt', 'e/other.txt'],
  },
];

test.each(acts)('the user $what: nothing is lost or doubled, without a restart', async ({ act, last }) => {
  const world = liveWorld();
  let atLinked: (() => void) | null = null;
  const pair = world.add('one', {
    onDiskStep: (name) => {
      if (name !== 'linked' || atLinked === null) return;
      const doIt = atLinked;
      atLinked = null;
      doIt();
    },
  });
  pair.disk.write('d/old.txt', 'text');
  pair.disk.write('d/other.txt', 'other');
  pair.start();
  const there = (): readonly string[] =>
    [...world.bucket.contents().keys()]
      .map((key) => key.slice(livePrefix.length))
      .filter((path) => !path.startsWith('.driftless/') && !path.endsWith('/'))
      .sort();
  await world.until(() => there().length === 2, minuteMs);
  await world.pass(minuteMs);
  atLinked = () => {
    act(pair);
  };
  world.bucket.write(`${livePrefix}d/new.txt`, new TextEncoder().encode('text'));
  world.bucket.remove(`${livePrefix}d/old.txt`);
  pair.engine.checkNow();
  await world.until(() => atLinked === null, minuteMs);
  await world.pass(10 * minuteMs);
  expect([...pair.disk.tree().keys()].sort()).toEqual(last);
  expect(there()).toEqual(last);
  expect(pair.store.intents()).toEqual([]);
});
