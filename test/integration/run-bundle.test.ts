// Compiled code of a bundle across runs: functions of earlier runs are taken, a changed file or damaged code is compiled again.
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readKept, writeKept } from '../../main/adapters/system/code/kept-code.ts';
import { tempFolder } from '../support/temp.ts';

const source = (name: string): string => new URL(`../../main/adapters/${name}.ts`, import.meta.url).href;

/** A program of two files, the second of which is loaded late, under other flags of V8. */
async function makeProgram(): Promise<string> {
  const folder = await tempFolder('bundle');
  writeFileSync(
    join(folder, 'start.mjs'),
    `import { boundHeap, withoutBounds } from ${JSON.stringify(source('system/heap-bounds'))};
    import { runBundle } from ${JSON.stringify(source('system/code/run-bundle'))};
    globalThis.boundHeap = boundHeap;
    runBundle({ starter: process.argv[2], startMs: 500, isThread: process.argv[3] === 'thread', underFirstFlags: withoutBounds });`,
  );
  writeFileSync(
    join(folder, 'first.cjs'),
    `const { says } = require('./second.cjs');
    boundHeap();
    process.argv.includes('more') && require('./third.cjs');
    console.log(says());`,
  );
  writeFileSync(join(folder, 'second.cjs'), `exports.says = function says() { return 'one'; };`);
  writeFileSync(join(folder, 'third.cjs'), `require('node:fs').readdirSync(__dirname);`);
  return folder;
}

/** What the program prints. */
async function run(folder: string, more = ''): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'start.mjs'), join(folder, 'first.js'), more],
    { env: { ...process.env, DRIFTLESS_HOME: folder } },
  );
  return stdout.trim();
}

function keptIn(folder: string): ReturnType<typeof readKept> {
  const [name = ''] = readdirSync(join(folder, 'cache', 'code'));
  return readKept(join(folder, 'cache', 'code', name));
}

test('code is kept at the end of a run, with the functions that were used, and taken by the next ones', async () => {
  const place = await makeProgram();
  expect(await run(place)).toBe('one');
  const first = keptIn(place);
  expect([...first.keys()].sort()).toEqual(['first.cjs', 'second.cjs']);
  // A text within a function, which V8 has only once the function was called.
  expect(first.get('second.cjs')?.code.includes('one')).toBe(true);
  // Rejected code would begin to count again.
  const counts: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await run(place)).toBe('one');
    counts.push(keptIn(place).get('second.cjs')?.runs ?? 0);
  }
  expect(counts).toEqual([2, 3, 3]);
});

test('a file that is loaded later joins what is kept, under whatever flags', async () => {
  const place = await makeProgram();
  await run(place);
  for (let turn = 0; turn < 3; turn += 1) await run(place, 'more');
  const kept = keptIn(place);
  expect([...kept.values()].map(({ name, runs }) => [name, runs]).sort()).toEqual([
    ['first.cjs', 3],
    ['second.cjs', 3],
    ['third.cjs', 3],
  ]);
});

test('a run that lasts keeps nothing, but a thread does once it has started', async () => {
  const place = await makeProgram();
  writeFileSync(join(place, 'first.cjs'), `setTimeout(() => console.log('late'), 1000);`);
  expect(await run(place)).toBe('late');
  expect(readdirSync(join(place, 'cache', 'code'))).toEqual([]);
  writeFileSync(
    join(place, 'first.cjs'),
    // Ended as by a signal, so that nothing runs at the end.
    `const { readdirSync } = require('node:fs');
    setInterval(() => readdirSync(__dirname + '/cache/code').some((name) => !name.includes('.')) && process.kill(process.pid, 'SIGKILL'), 20);`,
  );
  await expect(run(place, 'thread')).rejects.toThrow();
  expect([...keptIn(place).keys()]).toEqual(['first.cjs']);
});

test('a file of the next version is compiled again, though its length and its time are the same', async () => {
  const place = await makeProgram();
  const file = join(place, 'second.cjs');
  utimesSync(file, 1, 1);
  await run(place);
  writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'));
  utimesSync(file, 1, 1);
  expect(await run(place)).toBe('two');
  expect(await run(place)).toBe('two');
});

test('a file that could not be read or run is loaded again when it is asked for once more', async () => {
  const place = await makeProgram();
  writeFileSync(
    join(place, 'first.cjs'),
    `const { renameSync } = require('node:fs');
    const load = () => {
      try {
        return require('./second.cjs').says();
      } catch (error) {
        return error.code ?? error.message;
      }
    };
    renameSync(__dirname + '/second.cjs', __dirname + '/away.cjs');
    const said = [load(), load()];
    renameSync(__dirname + '/away.cjs', __dirname + '/second.cjs');
    said.push(load(), load());
    console.log(said.join(' '));`,
  );
  writeFileSync(
    join(place, 'second.cjs'),
    `globalThis.runs = (globalThis.runs ?? 0) + 1;
    if (globalThis.runs === 1) throw new Error('once');
    exports.says = () => 'one' + globalThis.runs;`,
  );
  expect(await run(place)).toBe('ENOENT ENOENT once one2');
});

test('code of a file that is not part of the program any more is dropped', async () => {
  const place = await makeProgram();
  await run(place, 'more');
  rmSync(join(place, 'third.cjs'));
  await run(place);
  expect([...keptIn(place).keys()].sort()).toEqual(['first.cjs', 'second.cjs']);
});

test('damaged code, and code that cannot be kept, hold up nothing', async () => {
  const place = await makeProgram();
  await run(place);
  const code = join(place, 'cache', 'code');
  const [name = ''] = readdirSync(code);
  const whole = readFileSync(join(code, name));
  const altered = Buffer.from(whole);
  altered[whole.length - 100] = (whole[whole.length - 100] ?? 0) ^ 1;
  for (const damaged of ['', 'xx', whole.subarray(0, -1), altered]) {
    writeFileSync(join(code, name), damaged);
    expect(await run(place)).toBe('one');
    expect(keptIn(place).size).toBe(2);
    expect(keptIn(place).get('second.cjs')?.runs).toBeGreaterThan(0);
  }
  const closed = await makeProgram();
  mkdirSync(join(closed, 'cache', 'code'), { recursive: true });
  chmodSync(join(closed, 'cache', 'code'), 0o777);
  expect(await run(closed)).toBe('one');
  expect(readdirSync(join(closed, 'cache', 'code'))).toEqual([]);
});

test('code that can be neither kept nor removed again is no failure of the run', async () => {
  const taken = join(await tempFolder('bundle'), 'taken');
  writeFileSync(taken, '');
  expect(() => {
    writeKept(join(taken, 'code'), []);
  }).not.toThrow();
});
