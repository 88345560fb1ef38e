// Sync commands of other tools after our sync: nothing to do, either direction. Files that those tools sync
// are left as they are.
import { utimesSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patternBytes } from '../demo/sample-folder.ts';
import { signInUser } from '../local-cloud/client-kit.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import type { Output } from '../support/programs.ts';
import {
  awsCliAt,
  awsCliIsMissing,
  rcloneAt,
  rcloneIsMissing,
  s3cmdAt,
  s3cmdIsMissing,
} from '../support/independent-clients.ts';
import type { IndependentClient, ClientAccess } from '../support/independent-clients.ts';
import { skipUnless } from '../support/skip.ts';

type Tool = {
  readonly missing: string | null;
  readonly at: (access: ClientAccess) => Promise<IndependentClient>;
  readonly upload: (folder: string, place: string) => readonly string[];
  readonly download: (folder: string, place: string) => readonly string[];
  /** A line for each file that it would send, fetch or delete. */
  readonly work: RegExp;
};

const rcloneRun = ['sync', '--dry-run', '--exclude', '/.driftless/**'];
const s3cmdRun = ['sync', '--dry-run', '--delete-removed', '--exclude', '.driftless/*'];
const awsRun = ['s3', 'sync', '--dryrun', '--delete', '--exclude', '.driftless/*'];
const tools: readonly Tool[] = [
  {
    missing: rcloneIsMissing(),
    at: rcloneAt,
    upload: (folder, place) => [...rcloneRun, folder, `s3:${place}`],
    download: (folder, place) => [...rcloneRun, `s3:${place}`, folder],
    work: /Skipped (?:copy|delete|update|move|set)/u,
  },
  {
    missing: s3cmdIsMissing(),
    at: s3cmdAt,
    upload: (folder, place) => [...s3cmdRun, `${folder}/`, `s3://${place}/`],
    download: (folder, place) => [...s3cmdRun, `s3://${place}/`, `${folder}/`],
    work: /^(?:upload|download|delete|remote copy):/mu,
  },
  {
    missing: awsCliIsMissing(),
    at: awsCliAt,
    upload: (folder, place) => [...awsRun, folder, `s3://${place}`],
    download: (folder, place) => [...awsRun, `s3://${place}`, folder],
    work: /\(dryrun\)/u,
  },
];

async function fill(folder: string): Promise<void> {
  await mkdir(join(folder, 'with space', 'ümläut'), { recursive: true });
  await writeFile(join(folder, 'plain.txt'), 'plain');
  await writeFile(join(folder, 'empty.txt'), '');
  await writeFile(join(folder, 'with space', 'ümläut', 'note.txt'), 'a note');
  await writeFile(join(folder, 'in parts.bin'), patternBytes('parts', 20 * 1024 * 1024));
  const time = new Date('2024-05-06T07:08:09.123Z');
  for (const name of ['plain.txt', 'in parts.bin']) utimesSync(join(folder, name), time, time);
}

function workOf(tool: Tool, output: Output): readonly string[] {
  expect(output.code, output.stderr).toBe(0);
  return `${output.stdout}\n${output.stderr}`.split('\n').filter((line) => tool.work.test(line));
}

async function nothingToDo(
  tool: Tool,
  client: IndependentClient,
  device: Device,
  place: string,
): Promise<void> {
  expect(workOf(tool, await client.run(...tool.upload(device.folder, place)))).toEqual([]);
  expect(workOf(tool, await client.run(...tool.download(device.folder, place)))).toEqual([]);
}

const missing = tools.map((tool) => tool.missing).find((each) => each !== null) ?? null;

describe('rclone, s3cmd and the AWS CLI', skipUnless(missing === null, missing ?? ''), () => {
  test('rclone, s3cmd and the AWS CLI have nothing to do after a sync, at its source and at its target', async () => {
    const { description } = await cloudForTest();
    const [from, to] = [await deviceForTest(description), await deviceForTest(description)];
    await Promise.all([from.signIn('alice'), to.signIn('alice')]);
    await fill(from.folder);
    await from.sync();
    await to.sync();
    const alice = await signInUser(description, 'alice');
    const access = { s3Endpoint: description.s3, region: description.region, ...alice.credentials };
    const place = `${description.bucket}/${alice.prefix.replace(/\/$/u, '')}`;
    for (const tool of tools) {
      const client = await tool.at(access);
      onTestFinished(client.remove);
      await nothingToDo(tool, client, from, place);
      await nothingToDo(tool, client, to, place);
    }
    // A file that is only local is work: the patterns above match the tools' output.
    await writeFile(join(to.folder, 'new.txt'), 'new');
    for (const tool of tools) {
      const client = await tool.at(access);
      onTestFinished(client.remove);
      expect(workOf(tool, await client.run(...tool.upload(to.folder, place)))).toHaveLength(1);
    }
  });
});
