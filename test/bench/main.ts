// `npm run bench`: measures beside rclone and the AWS CLI on the local cloud, prints a table, writes bench/results.json.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { s3Subject } from '../support/s3-subject.ts';
import { makeTempFolder } from '../support/temp.ts';
import { benchLargeFile, benchSmallFiles } from './transfers.ts';
import type { BenchRow } from './transfers.ts';

const root = dirname(dirname(import.meta.dirname));
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '2000' },
    mebibytes: { type: 'string', default: '1024' },
  },
});

const cloudSchema = z.object({
  s3: z.string(),
  region: z.string(),
  bucket: z.string(),
  admin: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});

/** A process of its own, so that the server's work is not counted as ours. */
async function startCloud(directory: string) {
  const child = spawn(process.execPath, [join(root, 'test/local-cloud/main.ts'), '--dir', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { cloud: cloudSchema.parse(JSON.parse(line)), stop };
}

function table(rows: readonly BenchRow[]): string {
  return rows
    .map((row) => `${row.what.padEnd(26)} ${row.who.padEnd(30)} ${row.rate.toFixed(1).padStart(10)} ${row.unit}`)
    .join('\n');
}

/** Ours over theirs, for every pair in the same measurement. */
function ratios(rows: readonly BenchRow[]): Readonly<Record<string, number>> {
  const isOurs = (row: BenchRow): boolean => row.who.startsWith('driftless');
  return Object.fromEntries(
    rows.filter(isOurs).flatMap((ours) =>
      rows
        .filter((row) => !isOurs(row) && row.what === ours.what)
        .map((theirs) => [`${ours.what}: ${ours.who} / ${theirs.who}`, Number((ours.rate / theirs.rate).toFixed(2))]),
    ),
  );
}

const folder = await makeTempFolder('bench');
const { cloud, stop } = await startCloud(join(folder.path, 'cloud'));
try {
  const place = { endpoint: cloud.s3, region: cloud.region, bucket: cloud.bucket };
  const subject = s3Subject(place, fixedCredentials(cloud.admin));
  const access = { s3Endpoint: cloud.s3, region: cloud.region, ...cloud.admin };
  const bench = { subject, access, bucket: cloud.bucket, folder: folder.path };
  const rows = [
    ...(await benchSmallFiles(bench, Number(values.files))),
    ...(await benchLargeFile(bench, Number(values.mebibytes))),
  ];
  subject.close();
  const results = { server: 'local cloud', cpus: cpus().length, rows, ratios: ratios(rows) };
  await mkdir(join(root, 'bench'), { recursive: true });
  await writeFile(join(root, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${table(rows)}\n`);
} finally {
  await stop();
  await folder.remove();
}
