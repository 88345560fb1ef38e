// Two devices on OpenStack Swift, which refuses conditions on writes and misreads If-Match of DELETE.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3Client } from '@aws-sdk/client-s3';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { makeRealWorld } from '../scenario/real-world.ts';
import type { StoryWorld } from '../scenario/story.ts';
import { settle } from '../scenario/story.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { createBucket } from '../support/s3-subject.ts';
import { skipUnless } from '../support/skip.ts';
import { startSwift, swiftIsMissing } from '../support/swift.ts';
import type { Swift } from '../support/swift.ts';
import { makeTempFolder } from '../support/temp.ts';

const missing = swiftIsMissing();
/** Goes up in parts. */
const large = 'a line of a large file\n'.repeat(450_000);

describe('two devices on OpenStack Swift', skipUnless(missing === null, missing ?? ''), () => {
  let swift: Swift;
  let s3: S3Client;
  let world: StoryWorld;

  beforeAll(async () => {
    swift = await startSwift();
    const place = { endpoint: swift.s3Endpoint, region: swift.region, bucket: 'two-devices' };
    await createBucket(place, swift.adminCredentials, false);
    s3 = new S3Client({
      endpoint: place.endpoint,
      region: place.region,
      forcePathStyle: true,
      credentials: swift.adminCredentials,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const config = {
      region: place.region,
      s3Endpoint: place.endpoint,
      forcePathStyle: true,
      accountId: null,
      development: true,
    } as unknown as AccountConfig; // what the S3 client asks for; the parser has its own tests
    world = makeRealWorld({
      room: join((await makeTempFolder('swift-devices')).path),
      s3,
      bucket: place.bucket,
      prefix: 'users/alice/',
      account: { config, credentials: fixedCredentials(swift.adminCredentials) },
    });
  });
  afterAll(async () => {
    s3.destroy();
    await swift.stop();
  });

  test('new, edited, renamed and removed files, one of them in parts, are the same everywhere', async () => {
    const laptop = world.device('laptop');
    const desktop = world.device('desktop');
    for (const name of ['edited', 'renamed', 'removed', 'ünï/still']) await laptop.write(name, `of ${name}`);
    await laptop.write('large', large);
    await laptop.write('large-renamed', `${large}!`);
    await laptop.makeFolder('empty');
    await settle(laptop, desktop);
    expect(await desktop.tree()).toEqual(await laptop.tree());
    expect(await desktop.read('large')).toBe(large);

    await laptop.write('edited', 'and edited');
    await laptop.rename('renamed', 'new-name');
    await laptop.remove('removed');
    await laptop.remove('large');
    await laptop.rename('large-renamed', 'new-large');
    await desktop.write('of-desktop', 'made there');
    await settle(laptop, desktop);
    const all = ['edited', 'empty/', 'new-large', 'new-name', 'of-desktop', 'ünï/still'];
    expect([...(await laptop.tree())].sort()).toEqual([...all].sort());
    expect([...(await desktop.tree())].sort()).toEqual([...all].sort());
    expect([...(await world.bucket.tree())].sort()).toEqual([...all].sort());
    expect(await desktop.read('edited')).toBe('and edited');
    const copies = (await world.bucket.own()).filter((key) => key.startsWith('.driftless/trash/'));
    // What was replaced and what was removed, each once.
    expect(copies).toHaveLength(3);
    expect([...laptop.problems(), ...desktop.problems()]).toEqual([]);
  });
});
