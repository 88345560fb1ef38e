// Exact file times on the real disk, by each helper that can set them.
import { execFileSync } from 'node:child_process';
import { lstatSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { FileTimes } from '../../main/adapters/disk/changes/times.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath, rootPath } from '../../main/core/model/path.ts';
import { tempFolder } from '../support/temp.ts';

const isLinux = process.platform === 'linux';

test.runIf(isLinux).for([{ hasPerl: true }, { hasPerl: false }])(
  'times of many files are set to the nanosecond (perl: $hasPerl)',
  async ({ hasPerl }) => {
    const folder = await tempFolder('times');
    const times = new FileTimes(hasPerl);
    onTestFinished(() => {
      times.close();
    });
    const wanted = Array.from({ length: 40 }, (_, index) => ({
      path: join(folder, `file $(${String(index)}) "of" 1'`),
      mtimeNs: 1_700_000_000_123_456_789n + BigInt(index) * 1_000_000_007n,
    }));
    for (const { path } of wanted) writeFileSync(path, '');
    await Promise.all(wanted.map(({ path, mtimeNs }) => times.set(path, mtimeNs, Date.now())));
    expect(wanted.map(({ path }) => lstatSync(path, { bigint: true }).mtimeNs)).toEqual(
      wanted.map(({ mtimeNs }) => mtimeNs),
    );
  },
);

test.runIf(isLinux)('a file that vanished meanwhile is an error in each order of requests', async () => {
  const folder = await tempFolder('times');
  for (const hasPerl of [true, false]) {
    const times = new FileTimes(hasPerl);
    await expect(times.set(join(folder, 'gone'), 1_700_000_000_123_456_789n, Date.now())).rejects.toThrow(
      'ENOENT',
    );
    times.close();
  }
});

test.runIf(isLinux)('a helper that comes to its end answers for no file of the next one', async () => {
  const folder = await tempFolder('times');
  const times = new FileTimes(true);
  onTestFinished(() => {
    times.close();
  });
  const seen: bigint[] = [];
  const wanted: bigint[] = [];
  for (let turn = 0; turn < 40; turn += 1) {
    // As after a rest: the helper before was asked to end, and has not ended yet.
    times.close();
    const path = join(folder, String(turn));
    const mtimeNs = 1_700_000_000_123_456_789n + BigInt(turn);
    writeFileSync(path, '');
    await times.set(path, mtimeNs, Date.now());
    wanted.push(mtimeNs);
    seen.push(lstatSync(path, { bigint: true }).mtimeNs);
  }
  expect(seen).toEqual(wanted);
});

/** Sets one time without a free descriptor, and once more with some. */
const withoutDescriptors = `
const { closeSync, lstatSync, openSync } = await import('node:fs');
const [, module, file] = process.argv;
const { FileTimes } = await import(module);
const held = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {}
const times = new FileTimes(true);
const seen = [];
const set = async () => {
  await times.set(file, 1700000000123456789n, Date.now());
  seen.push(String(lstatSync(file, { bigint: true }).mtimeNs));
};
await set();
await new Promise((resolve) => setImmediate(resolve));
for (const one of held) closeSync(one);
await set();
times.close();
console.log(JSON.stringify(seen));
`;

test.runIf(isLinux)('a process without descriptors sets times as well as it can, and lives on', async () => {
  const file = join(await tempFolder('times'), 'file');
  writeFileSync(file, '');
  const module = pathToFileURL(join(import.meta.dirname, '../../main/adapters/disk/changes/times.ts')).href;
  const program = [process.execPath, '--input-type=module', '-e', withoutDescriptors, module, file];
  const said = execFileSync('sh', ['-c', 'ulimit -n 120; exec "$@"', 'sh', ...program], { encoding: 'utf8' });
  const [first = '', second] = JSON.parse(said) as readonly string[];
  expect(Math.abs(Number(BigInt(first) - 1_700_000_000_123_456_789n))).toBeLessThan(1000);
  expect(second).toBe('1700000000123456789');
});

test('a file of the year 2300 is the same in each look, and is recorded', async () => {
  expect.assertions(3);
  const { signal } = new AbortController();
  const root = await tempFolder('times');
  const { files, close } = openNodeFiles({ root, nowMs: () => Date.now() });
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(async () => {
    store.close();
    await close();
  });
  const path = relPath('far');
  writeFileSync(join(root, path), 'x');
  const far = Date.UTC(2300, 0, 1) / 1000;
  utimesSync(join(root, path), far, far);
  const cell = await files.look(path);
  for await (const listing of files.list([rootPath], signal))
    expect(listing).toMatchObject({ kind: 'listed', entries: [{ path, cell }] });
  const hashed = await files.hash(path, signal);
  expect(hashed).toMatchObject({
    kind: 'hashed',
    fingerprint: 'fingerprint' in cell ? cell.fingerprint : null,
  });
  store.record([{ kind: 'local', path, cell }]);
  expect(store.entry(path).local).toEqual(cell);
});
