// Independent clients (rclone, AWS CLI) on the local cloud, with a user's short-lived credentials.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { signInUser } from '../local-cloud/client-kit.ts';
import type { SignedInUser } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { awsCliAt, awsCliIsMissing, rcloneAt, rcloneIsMissing } from '../support/independent-clients.ts';
import type { ClientAccess } from '../support/independent-clients.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const missing = rcloneIsMissing() ?? awsCliIsMissing();

async function start(): Promise<{
  readonly described: CloudDescription;
  readonly alice: SignedInUser;
  readonly access: ClientAccess;
}> {
  const cloud = await startLocalCloud({ directory: await tempFolder('local-cloud') });
  onTestFinished(cloud.stop);
  const alice = await signInUser(cloud.description, 'alice');
  return {
    described: cloud.description,
    alice,
    access: { s3Endpoint: cloud.description.s3, region: cloud.description.region, ...alice.credentials },
  };
}

describe('independent clients at the local cloud', skipUnless(missing === null, missing ?? ''), () => {
  test('independent clients write, list and read each other’s bytes, in one piece and in parts', async () => {
    const { described, alice, access } = await start();
    const [rclone, aws] = await Promise.all([rcloneAt(access), awsCliAt(access)]);
    onTestFinished(rclone.remove);
    onTestFinished(aws.remove);
    const folder = await tempFolder();
    const large = Buffer.alloc(12_000_000, 'a line of text\n');
    await writeFile(join(folder, 'große datei+1.bin'), large);
    await writeFile(join(folder, 'empty'), '');
    await writeFile(join(folder, 'note & more.txt'), 'hello');
    const place = `${described.bucket}/${alice.prefix}`;

    const copied = await rclone.run(
      'copy',
      '--s3-no-check-bucket',
      '--s3-chunk-size',
      '5M',
      '--s3-upload-cutoff',
      '5M',
      folder,
      `s3:${place}from-rclone`,
    );
    const listed = await aws.run('s3', 'ls', '--recursive', `s3://${place}`);
    const fetched = await aws.run(
      's3',
      'cp',
      '--no-progress',
      `s3://${place}from-rclone/große datei+1.bin`,
      join(folder, 'back.bin'),
    );
    const synced = await aws.run('s3', 'cp', '--recursive', '--no-progress', folder, `s3://${place}from-aws`);
    const checked = await rclone.run('check', '--download', folder, `s3:${place}from-aws`);

    expect([copied.code, fetched.code, synced.code]).toEqual([0, 0, 0]);
    expect(listed.stdout).toContain(`12000000 ${alice.prefix}from-rclone/große datei+1.bin`);
    expect((await readFile(join(folder, 'back.bin'))).equals(large)).toBe(true);
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stderr).toContain('0 differences found');
  });

  test('independent clients are refused another prefix', async () => {
    const { described, access } = await start();
    const [rclone, aws] = await Promise.all([rcloneAt(access), awsCliAt(access)]);
    onTestFinished(rclone.remove);
    onTestFinished(aws.remove);
    const bobs = `${described.bucket}/users/${described.users[1]?.sub ?? ''}/`;

    const listed = await aws.run('s3', 'ls', `s3://${bobs}`);
    const copied = await rclone.run('lsf', `s3:${bobs}`);

    expect(listed.stderr).toContain('AccessDenied');
    expect(copied.stderr).toContain('AccessDenied');
  });
});
