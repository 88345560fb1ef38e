// `npm run bench`: whole processes beside rclone and the AWS CLI on a light store in memory, every file verified.
// Prints a table of medians and writes bench/results.json. `--form small` (two minutes), `full` or `huge` (10 GiB); `--only TEXT` names works,
// `--store cloud` and `--store ceph` run against the local cloud and a Ceph gateway instead, which check what they are sent;
// `--who TEXT` keeps the programs that begin so, `--without TEXT` leaves them out. `--growth` measures trees of 1,000 to
// `--most` files (100,000) instead, and writes docs/figures/growth.svg. `--edits 8` has that many files edited in a tree of `--most`.
// `--ceilings`: the same trees by programs that only read, copy or speak HTTP (light store).
// `--held files` or `--held folders`: memory of `serve` on `--most` of them. `--page`: how the page scrolls, in Chromium.
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuildStale } from '../../build/dist-files.ts';
import { makeTempFolder } from '../support/temp.ts';
import { benchCeilings } from './ceilings.ts';
import { contenders } from './contenders.ts';
import { benchEdits } from './edit.ts';
import { benchGrowth, growthPanels } from './growth.ts';
import { benchHeld } from './held.ts';
import { benchPage } from './page.ts';
import { plot } from './plot.ts';
import { startStore } from './stores.ts';
import { summarise, table } from './summary.ts';
import { benchStart, benchTree } from './works.ts';
import type { Bench, Run } from './works.ts';

const root = dirname(dirname(import.meta.dirname));
const { values } = parseArgs({
  options: {
    form: { type: 'string', default: 'small' },
    store: { type: 'string', default: 'light' },
    only: { type: 'string', default: '' },
    who: { type: 'string', default: '' },
    without: { type: 'string', default: 'nothing' },
    rounds: { type: 'string', default: '3' },
    growth: { type: 'boolean', default: false },
    edits: { type: 'string', default: '0' },
    ceilings: { type: 'boolean', default: false },
    held: { type: 'string', default: '' },
    page: { type: 'boolean', default: false },
    most: { type: 'string', default: '100000' },
    cli: { type: 'string', default: join(root, 'dist', 'cli', 'driftless.js') },
  },
});

type Form = {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly delayMs: number;
};

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const forms: Readonly<Record<string, readonly Form[]>> = {
  small: [
    { name: '2,000 x 4 KiB', files: 2000, bytes: 4 * kibibyte, delayMs: 0 },
    { name: '500 x 4 KiB, 40 ms late', files: 500, bytes: 4 * kibibyte, delayMs: 40 },
    { name: '128 MiB', files: 1, bytes: 128 * mebibyte, delayMs: 0 },
  ],
  full: [
    { name: '10,000 x 4 KiB', files: 10_000, bytes: 4 * kibibyte, delayMs: 0 },
    { name: '2,000 x 4 KiB, 40 ms late', files: 2000, bytes: 4 * kibibyte, delayMs: 40 },
    { name: '1 GiB', files: 1, bytes: 1024 * mebibyte, delayMs: 0 },
    { name: '100,000 x 200 B', files: 100_000, bytes: 200, delayMs: 0 },
  ],
  // Takes as much memory for the store, and twice as much of the disk: the folder, and a copy to compare it with.
  huge: [{ name: '10 GiB', files: 1, bytes: 10 * 1024 * mebibyte, delayMs: 0 }],
};

async function runForm(bench: Bench, form: readonly Form[]): Promise<void> {
  if ('start'.includes(values.only) && !values.ceilings) await benchStart(bench, values.cli);
  for (const { name, files, bytes, delayMs } of form) {
    if (!name.includes(values.only)) continue;
    if (delayMs > 0 && bench.place.delay === null) {
      process.stderr.write(`${name}: left out, only the light store can answer late\n`);
      continue;
    }
    const tree = { name: name.replace(/[^0-9A-Za-z]+/gu, '-'), files, bytes };
    const work = { name, tree, delayMs };
    await (values.ceilings ? benchCeilings(bench, work) : benchTree(bench, work));
  }
}

async function benchPrograms(): Promise<void> {
  const form = forms[values.form];
  if (form === undefined) throw new Error(`--form is one of ${Object.keys(forms).join(', ')}`);
  if (await isBuildStale(root)) {
    const built = spawnSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: ['ignore', 2, 2] });
    if (built.status !== 0) throw new Error('the bundle to be measured could not be built');
  }
  const folder = await makeTempFolder('bench');
  const store = await startStore(values.store, folder.path);
  try {
    const { place } = store;
    const runs: Run[] = [];
    const bench: Bench = {
      place,
      contenders: contenders(place, values.cli).filter(
        ({ who }) => who.startsWith(values.who) && !who.startsWith(values.without),
      ),
      rounds: Number(values.rounds),
      onRun: (run) => {
        runs.push(run);
        process.stderr.write(
          `${run.what}: ${run.who} ${run.seconds.toFixed(3)} s, CPU ${run.cpuSeconds.toFixed(3)} s\n`,
        );
      },
    };
    const counts = [1000, 10_000, 100_000, 1_000_000].filter((files) => files <= Number(values.most));
    const edits = Number(values.edits);
    if (values.held !== '')
      await benchHeld(bench, values.held === 'folders' ? 'folders' : 'files', Number(values.most));
    else if (edits > 0) await benchEdits(bench, Number(values.most), edits);
    else await (values.growth ? benchGrowth(bench, counts) : runForm(bench, form));
    const rows = summarise(runs);
    if (values.growth) {
      const picture = join(root, 'docs/figures/growth.svg');
      await mkdir(dirname(picture), { recursive: true });
      await writeFile(picture, plot(growthPanels(rows, counts)));
    }
    await mkdir(join(root, 'bench'), { recursive: true });
    await writeFile(
      join(root, 'bench/results.json'),
      `${JSON.stringify({ form: values.growth ? 'growth' : values.form, store: values.store, cpus: cpus().length, rows, runs }, null, 2)}\n`,
    );
    process.stdout.write(`${table(rows)}\n`);
  } finally {
    await store.stop();
    await folder.remove();
  }
}

if (values.page) process.stdout.write(`${await benchPage(Number(values.rounds))}\n`);
else await benchPrograms();
