// A faster way is given up after failures in a row, and tried again.
import { expect, test } from 'vitest';
import { ShortWay } from '../../main/core/net/short-way.ts';

const minutes = 60_000;

function givenUp(): ShortWay {
  const way = new ShortWay();
  for (let round = 0; round < 3; round += 1) way.noteVain(0);
  return way;
}

test('three in vain in a row close it for ten minutes, then one request at a time tries it', () => {
  const way = givenUp();
  expect([way.mayTry(0), way.mayTry(10 * minutes - 1)]).toEqual([false, false]);
  expect([way.mayTry(10 * minutes), way.mayTry(10 * minutes), way.mayTry(19 * minutes)]).toEqual([
    true,
    false,
    false,
  ]);
  way.noteVain(12 * minutes);
  expect([way.mayTry(21 * minutes), way.mayTry(22 * minutes)]).toEqual([false, true]);
});

test('a try that is answered opens it for all; what is in vain between two that are not counts afresh', () => {
  const way = givenUp();
  expect(way.mayTry(10 * minutes)).toBe(true);
  way.noteUsed();
  way.noteVain(11 * minutes);
  way.noteVain(11 * minutes);
  way.noteUsed();
  way.noteVain(12 * minutes);
  way.noteVain(12 * minutes);
  expect(way.mayTry(12 * minutes)).toBe(true);
});
