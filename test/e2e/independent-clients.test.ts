// Independent clients (rclone, AWS CLI) on synced data, with the same credentials, both ways.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeSampleFolder, patternBytes } from '../demo/sample-folder.ts';
import { signInUser } from '../local-cloud/client-kit.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { awsCliAt, awsCliIsMissing, rcloneAt, rcloneIsMissing } from '../support/independent-clients.ts';
import type { IndependentClient } from '../support/independent-clients.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const missing = rcloneIsMissing() ?? awsCliIsMissing();

type Scene = {
  readonly device: Device;
  /** `bucket/users/<sub>` */
  readonly place: string;
  readonly rclone: IndependentClient;
  readonly aws: IndependentClient;
};

/** Both clients with credentials of alice's own, for the same role and prefix as the device. */
async function scene(): Promise<Scene> {
  const cloud = await cloudForTest();
  const { description } = cloud;
  const device = await deviceForTest(description);
  await device.signIn('alice');
  const alice = await signInUser(description, 'alice');
  const access = { s3Endpoint: description.s3, region: description.region, ...alice.credentials };
  const [rclone, aws] = await Promise.all([rcloneAt(access), awsCliAt(access)]);
  onTestFinished(rclone.remove);
  onTestFinished(aws.remove);
  return { device, place: `${description.bucket}/${alice.prefix.replace(/\/$/u, '')}`, rclone, aws };
}

/** Path to hash, without Driftless's own objects. */
function contentOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(folder, '.driftless')));
  return Object.fromEntries(
    files
      .map((path) => [
        path.slice(folder.length + 1).normalize('NFC'),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ])
      .sort(),
  ) as Record<string, string>;
}

async function succeed(independentClient: IndependentClient, ...args: readonly string[]): Promise<string> {
  const ended = await independentClient.run(...args);
  if (ended.code !== 0)
    throw new Error(`${args.join(' ')} ended with ${String(ended.code)}: ${ended.stderr}`);
  return ended.stdout;
}

describe('independent clients', skipUnless(missing === null, missing ?? ''), () => {
  test("independent clients find the folder's contents in the bucket byte by byte", async () => {
    const { device, place, rclone, aws } = await scene();
    makeSampleFolder(device.folder);
    await device.sync();
    const expected = contentOf(device.folder);
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(25);

    const byRclone = join(await tempFolder(), 'rclone');
    await succeed(rclone, 'copy', '--exclude', '/.driftless/**', `s3:${place}`, byRclone);
    expect(contentOf(byRclone)).toEqual(expected);
    const checked = await rclone.run(
      'check',
      '--download',
      '--exclude',
      '/.driftless/**',
      device.folder,
      `s3:${place}`,
    );
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stderr).toContain('0 differences found');

    const byAws = join(await tempFolder(), 'aws');
    await succeed(
      aws,
      's3',
      'cp',
      '--recursive',
      '--only-show-errors',
      '--exclude',
      '.driftless/*',
      `s3://${place}/`,
      byAws,
    );
    expect(contentOf(byAws)).toEqual(expected);

    // rclone reads the modification time that we wrote, to the millisecond at least.
    const listed = JSON.parse(await succeed(rclone, 'lsjson', `s3:${place}/Welcome.txt`)) as {
      ModTime: string;
    }[];
    const welcome = statSync(join(device.folder, 'Welcome.txt'));
    expect(Math.abs(Date.parse(listed[0]?.ModTime ?? '') - welcome.mtimeMs)).toBeLessThan(1.5);
    const type = await succeed(
      aws,
      's3api',
      'head-object',
      '--bucket',
      place.split('/')[0] ?? '',
      '--key',
      `${place.split('/').slice(1).join('/')}/Welcome.txt`,
    );
    expect(JSON.parse(type)).toMatchObject({ ContentType: expect.stringContaining('text/plain') as string });
  });

  test('files that independent clients write are downloaded unchanged, with the modification time that rclone noted', async () => {
    const { device, place, rclone, aws } = await scene();
    await device.sync();
    const source = await tempFolder('source');
    await mkdir(join(source, 'from rclone'));
    await writeFile(join(source, 'from rclone', 'übersicht & co.txt'), 'written by rclone');
    await writeFile(join(source, 'from rclone', 'empty'), '');
    await writeFile(join(source, 'from rclone', 'large.bin'), patternBytes('rclone', 12_000_000));
    const longAgo = new Date('2019-03-04T05:06:07.250Z');
    utimesSync(join(source, 'from rclone', 'übersicht & co.txt'), longAgo, longAgo);
    await succeed(
      rclone,
      'copy',
      '--s3-no-check-bucket',
      '--s3-upload-cutoff',
      '5M',
      '--s3-chunk-size',
      '5M',
      source,
      `s3:${place}`,
    );
    await mkdir(join(source, 'from aws'));
    await writeFile(join(source, 'from aws', 'notes (1).md'), 'written by the AWS CLI');
    await writeFile(join(source, 'from aws', 'large.bin'), patternBytes('aws', 20_000_000));
    await succeed(
      aws,
      's3',
      'cp',
      '--recursive',
      '--only-show-errors',
      join(source, 'from aws'),
      `s3://${place}/from aws/`,
    );

    await device.sync();

    expect(contentOf(device.folder)).toEqual(contentOf(source));
    const came = statSync(join(device.folder, 'from rclone', 'übersicht & co.txt'));
    expect(came.mtimeMs).toBeCloseTo(longAgo.getTime(), 0);

    // Changed and deleted by the clients, changed and deleted locally.
    await writeFile(join(source, 'from rclone', 'empty'), 'no longer empty');
    await rm(join(source, 'from aws', 'notes (1).md'));
    await succeed(
      rclone,
      'sync',
      '--s3-no-check-bucket',
      '--exclude',
      '/.driftless/**',
      source,
      `s3:${place}`,
    );
    await device.sync();
    expect(contentOf(device.folder)).toEqual(contentOf(source));
    const again = await device.sync();
    expect(again.pairs[0]?.ops).toEqual([]);
  });
});
