// The bounded heap of a process, in one of its own: flags cannot be taken back.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const source = new URL('../../main/adapters/system/heap-bounds.ts', import.meta.url).href;

/** The young generation in MiB, in the middle of its sizes, while a program keeps some of much that it makes: a collection adds to it for its time. */
async function sizeAfter(begin: string, flags: readonly string[] = []): Promise<number> {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { boundHeap, keepHeapBounds, widenHeapForPass } from ${JSON.stringify(source)};
    ${begin}
    const kept = [];
    const sizes = [];
    for (let round = 0; round < 60; round += 1) {
      kept.push(Array.from({ length: 40_000 }, (_, index) => ({ index, text: 'x' + index })));
      if (kept.length > 3) kept.shift();
      const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      sizes.push(space_size);
      await new Promise(setImmediate);
    }
    console.log(sizes.sort((one, other) => one - other)[sizes.length / 2] / 1024 / 1024);
  `;
  return Number((await run(program, flags)).stdout);
}

function run(program: string, flags: readonly string[]): Promise<{ readonly stdout: string }> {
  const args = [...flags, '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  return promisify(execFile)(process.execPath, args);
}

/** Two halves of 4 MiB, and a page or two. */
const least = 8;
const greatest = 12;

test('the young generation grows to two halves of 4 MiB, and no further', async () => {
  const size = await sizeAfter('boundHeap();');
  expect(size).toBeGreaterThanOrEqual(least);
  expect(size).toBeLessThanOrEqual(greatest);
  expect(await sizeAfter('')).toBeGreaterThan(2 * greatest);
});

test('for one pass it grows to two halves of 8 MiB', async () => {
  const size = await sizeAfter('boundHeap(); widenHeapForPass();');
  expect(size).toBeGreaterThan(greatest);
  expect(size).toBeLessThanOrEqual(2 * greatest);
});

test('its arguments show a pass from the start', async () => {
  const atOnce = await sizeAfter("boundHeap(['node', 'driftless', 'sync', '--once']);");
  expect(atOnce).toBeGreaterThan(greatest);
  expect(atOnce).toBeLessThanOrEqual(2 * greatest);
  const other = await sizeAfter("boundHeap(['node', 'driftless', 'serve', '--once']);");
  expect(other).toBeLessThanOrEqual(greatest);
});

test('without the bounds V8 takes code as it does in a process that never had any', async () => {
  const { stdout } = await run(
    `import { cachedDataVersionTag } from 'node:v8';
    import { boundHeap, widenHeapForPass, withoutBounds } from ${JSON.stringify(source)};
    const plain = cachedDataVersionTag();
    boundHeap();
    const bound = cachedDataVersionTag();
    const within = withoutBounds(() => cachedDataVersionTag());
    console.log(bound === plain, within === plain, cachedDataVersionTag() === bound);
    widenHeapForPass();
    const wide = cachedDataVersionTag();
    const withinWide = withoutBounds(() => cachedDataVersionTag());
    console.log(wide === bound, withinWide === plain, cachedDataVersionTag() === wide);`,
    [],
  );
  expect(stdout).toBe('false true true\nfalse true true\n');
});

test('the old generation is collected once what survived has doubled', async () => {
  const flags = ['--trace-gc'];
  const full = async (begin: string): Promise<number> => {
    const { stdout } = await run(
      `import { setFlagsFromString } from 'node:v8';
      import { boundHeap } from ${JSON.stringify(source)};
      boundHeap();
      ${begin}
      const kept = Array.from({ length: 400_000 }, (_, index) => ({ index }));
      const waste = Array.from({ length: 1_000_000 }, () => null);
      for (let step = 0; step < 12_000_000; step += 1) waste[step % waste.length] = { step };
      console.log('kept', kept.length);`,
      flags,
    );
    return stdout.split('\n').filter((line) => line.includes('Mark-Compact')).length;
  };
  expect(await full('')).toBeGreaterThan(await full("setFlagsFromString('--heap-growing-percent=200')"));
});

test('in one pass each thread collects its heap when the width ends', async () => {
  const { stdout } = await run(
    `import { Worker } from 'node:worker_threads';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { boundHeap, endWidth, widenHeapForPass } from ${JSON.stringify(source)};
    boundHeap();
    widenHeapForPass();
    const work = \`
      import { parentPort } from 'node:worker_threads';
      import { collectAfterWidth } from ${JSON.stringify(source)};
      collectAfterWidth(8 * 1024 * 1024);
      parentPort.on('message', () => process.exit());
      parentPort.postMessage('started');
    \`;
    const workers = Array.from({ length: 3 }, () => new Worker(work, { eval: true }));
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
    await sleep(200);
    console.log('wide');
    endWidth();
    await sleep(4000);
    for (const worker of workers) worker.postMessage('end');`,
    ['--trace-gc'],
  );
  const [before, after] = stdout.split('wide\n').map((lines) =>
    lines
      .split('\n')
      .filter((line) => line.includes('Mark-Compact') && line.includes('testing'))
      // [process:heap]
      .map((line) => line.slice(0, line.indexOf(']'))),
  );
  expect([before, new Set(after).size]).toEqual([[], 4]);
});

test('after the width the young generation is smaller, also where something made it grow again', async () => {
  const { stdout } = await run(
    `import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { boundHeap, endWidth, widenHeapForPass, withoutBounds } from ${JSON.stringify(source)};
    boundHeap();
    widenHeapForPass();
    let most = 0;
    const kept = [];
    const work = (mebibytes) => {
      for (let made = 0; made < mebibytes; made += 1) {
        kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index, row: [index] })));
        if (kept.length > 3) kept.shift();
        const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
        most = Math.max(most, young.space_used_size + young.space_available_size);
      }
    };
    const greatest = () => {
      const half = most / 1024 / 1024;
      most = 0;
      return half;
    };
    // The thread looks at it twenty times a second, and what another one does may come between.
    const smallAgain = async () => {
      for (let looks = 0, half = Infinity; ; looks += 1) {
        if (half < 6 || looks === 20) return half;
        await sleep(500);
        work(50);
        half = greatest();
      }
    };
    work(50);
    console.log(greatest());
    endWidth();
    console.log(await smallAgain());
    // As another thread does that takes compiled code.
    withoutBounds(() => work(100));
    console.log(greatest());
    console.log(await smallAgain());`,
    [],
  );
  const [wide = 0, ended = 0, grown = 0, again = 0] = stdout.split('\n').map(Number);
  expect(wide).toBeGreaterThan(7);
  // 5, and what is left of a page.
  for (const half of [ended, again]) {
    expect(half).toBeGreaterThan(4);
    expect(half).toBeLessThan(6);
  }
  expect(grown).toBeGreaterThan(7);
});

test('a short pass that takes much is collected once, and keeps its young generation until it proves long', async () => {
  const { stdout } = await run(
    `import { getHeapSpaceStatistics } from 'node:v8';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { boundHeap, endWidth, widenHeapForPass } from ${JSON.stringify(source)};
    boundHeap();
    widenHeapForPass();
    const half = () => {
      const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      return (young.space_used_size + young.space_available_size) / 1024 / 1024;
    };
    const large = Buffer.alloc(220 * 1024 * 1024, 1);
    await sleep(500);
    console.log('collected', large.length);
    await sleep(500);
    console.log('short', half());
    endWidth();
    await sleep(1000);
    console.log('long', half());`,
    ['--trace-gc'],
  );
  const lines = stdout.split('\n');
  const lineOf = (word: string): number => lines.findIndex((line) => line.startsWith(word));
  const sizeAt = (word: string): number => Number(lines[lineOf(word)]?.split(' ')[1]);
  const isAsked = (line: string): boolean => line.includes('testing');
  // V8 collects twice for one call where marking is under way.
  expect(lines.slice(0, lineOf('collected')).some(isAsked)).toBe(true);
  expect(lines.slice(lineOf('collected'), lineOf('short')).some(isAsked)).toBe(false);
  expect(sizeAt('short')).toBeGreaterThan(7);
  // 5, and what is left of a page.
  expect(sizeAt('long')).toBeLessThan(6);
});

test('the young generation is collected by one thread', async () => {
  const program = (begin: string): string => `
    import { boundHeap } from ${JSON.stringify(source)};
    ${begin}
    const kept = Array.from({ length: 400_000 }, (_, index) => ({ index }));
    console.log('kept', kept.length);`;
  const extra = async (begin: string): Promise<number> => {
    const { stdout } = await run(program(begin), ['--trace-gc', '--trace-parallel-scavenge']);
    const count = (text: string): number => stdout.split(text).length - 1;
    return count(' scavenge[') - count(': Scavenge ');
  };
  expect(await extra('boundHeap();')).toBe(0);
  expect(await extra('')).toBeGreaterThan(0);
});

test('a thread that works long is not held to what it began with', async () => {
  const program = `
    import { boundHeap } from ${JSON.stringify(source)};
    import { Worker } from 'node:worker_threads';
    boundHeap();
    const work = \`
      import { getHeapSpaceStatistics } from 'node:v8';
      import { workerData, parentPort } from 'node:worker_threads';
      import { growYoung } from ${JSON.stringify(source)};
      if (workerData > 0) growYoung(workerData);
      let kept = [];
      for (let index = 0; index < 500_000; index += 1) kept = index % 2000 === 0 ? [] : [...kept.slice(-20), { index }];
      parentPort.postMessage(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);
    \`;
    for (const workerData of [0, 8 * 1024 * 1024]) {
      const worker = new Worker(work, { eval: true, workerData, resourceLimits: { maxYoungGenerationSizeMb: 12 } });
      worker.once('message', (bytes) => console.log(workerData, bytes / 1024 / 1024));
      await new Promise((resolve) => worker.once('exit', resolve));
    }
  `;
  const { stdout } = await run(program, []);
  const [[, small = 0], [, grown = 0]] = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number)) as [number[], number[]];
  expect(small).toBeLessThan(4);
  expect(grown).toBeGreaterThanOrEqual(4);
  expect(grown).toBeLessThanOrEqual(12);
});

test('in a process that stays it grows again where it was made small', async () => {
  // As V8 leaves it after a rest: small, and held there by the factor.
  const hold =
    'import { setFlagsFromString } from "node:v8"; setFlagsFromString("--semi-space-growth-factor=1")';
  const small = ['--import', `data:text/javascript,${encodeURIComponent(hold)}`];
  const size = await sizeAfter('keepHeapBounds();', small);
  expect(size).toBeGreaterThanOrEqual(least);
  expect(size).toBeLessThanOrEqual(greatest);
});

test('the young generation of a process that rests grows for much work, and not for a little', async () => {
  const { stdout } = await run(
    `import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { keepHeapBounds } from ${JSON.stringify(source)};
    setFlagsFromString('--semi-space-growth-factor=1');
    keepHeapBounds();
    const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 1024 / 1024;
    let kept = null;
    const makeMebibytes = async (count) => {
      for (let made = 0; made < count; made += 1) {
        for (let index = 0; index < 4096; index += 1) kept = Array.from({ length: 28 }, () => index);
        await sleep(1);
      }
      await sleep(100);
      return size();
    };
    await sleep(1500);
    console.log(await makeMebibytes(1), await makeMebibytes(40));`,
    [],
  );
  const [little = 0, much = 0] = stdout.split(' ').map(Number);
  expect(little).toBeLessThan(least / 2);
  expect(much).toBeGreaterThanOrEqual(least);
});

test('a function is compiled by TurboFan after more calls than V8 asks for', async () => {
  // Too long to become a part of its caller, and all of it runs: V8 counts by the length of what ran.
  const body = Array.from({ length: 200 }, (_, index) => `value += ${String(index)} % (value + 1);`).join(
    ' ',
  );
  const program = (begin: string): string => `
    import { boundHeap } from ${JSON.stringify(source)};
    ${begin}
    function often(value) { ${body} return value; }
    let last = 0;
    for (let call = 0; call < 25_000; call += 1) {
      last = often(last) % 1000;
      if (call % 100 === 0) await new Promise(setImmediate);
    }
    console.log('at the end', last);`;
  const isOptimized = async (begin: string): Promise<boolean> => {
    const { stdout } = await run(program(begin), ['--trace-opt']);
    expect(stdout).toContain('at the end');
    return stdout.split('\n').some((line) => line.includes('often') && line.includes('TURBOFAN'));
  };
  expect(await isOptimized('boundHeap();')).toBe(false);
  expect(await isOptimized('')).toBe(true);
});
