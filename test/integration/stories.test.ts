// The catalogue of stories on a real disk, with the local cloud and Ceph.
import { S3Client, CreateBucketCommand } from '@aws-sdk/client-s3';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { makeRealWorld } from '../scenario/real-world.ts';
import { stories } from '../scenario/stories/all.ts';
import { conflicts } from '../scenario/stories/conflicts.ts';
import { modes } from '../scenario/stories/modes.ts';
import { moves } from '../scenario/stories/moves.ts';
import { rearranged } from '../scenario/stories/rearranged.ts';
import type { Story } from '../scenario/story.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import type { FixedKeys } from '../support/fixed-credentials.ts';
import { sampleOf, tier } from '../sizes.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';

type Endpoint = {
  readonly url: string;
  readonly region: string;
  readonly bucket: string;
  readonly keys: FixedKeys;
  readonly stop: () => Promise<void>;
};

const everywhere = sampleOf(stories.filter((story) => story.on !== 'fakes'));
/**
 * Ceph differs from the local cloud in supported features, not in names or safety checks: these stories meet
 * the difference.
 */
const onCeph = [...conflicts, ...modes, ...moves, ...rearranged].filter((story) => story.on !== 'fakes');

describe('on a real disk and the local cloud', () => {
  tellAll(async () => {
    const cloud = await startLocalCloud({ directory: (await makeTempFolder('stories-cloud')).path });
    const { s3, region, bucket, admin } = cloud.description;
    return { url: s3, region, bucket, keys: admin, stop: () => cloud.stop() };
  }, everywhere);
});

/** Ceph belongs to the full tier and is not started for a part of the stories. */
if (tier === 'full')
  describe(
    'on a real disk and a real Ceph gateway',
    skipUnless(cephIsMissing() === null, cephIsMissing() ?? ''),
    () => {
      tellAll(async () => {
        const ceph = await startCeph();
        const s3 = clientOf({ url: ceph.s3Endpoint, region: ceph.region, keys: ceph.adminCredentials });
        await s3.send(new CreateBucketCommand({ Bucket: 'stories' }));
        s3.destroy();
        return {
          url: ceph.s3Endpoint,
          region: ceph.region,
          bucket: 'stories',
          keys: ceph.adminCredentials,
          stop: ceph.stop,
        };
      }, onCeph);
    },
  );

function clientOf(endpoint: Pick<Endpoint, 'url' | 'region' | 'keys'>): S3Client {
  return new S3Client({
    endpoint: endpoint.url,
    region: endpoint.region,
    forcePathStyle: true,
    credentials: endpoint.keys,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

function tellAll(start: () => Promise<Endpoint>, told: readonly Story[]): void {
  let endpoint: Endpoint;
  let s3: S3Client;
  let room: string;
  beforeAll(async () => {
    endpoint = await start();
    s3 = clientOf(endpoint);
    room = (await makeTempFolder('stories')).path;
  });
  afterAll(async () => {
    s3.destroy();
    await endpoint.stop();
  });
  // Each has a folder and a prefix of its own, and mostly waits for disk and network.
  test.concurrent.each(told.map((story, index) => [story.name, story, index] as const))(
    '%s',
    async (_name, story, index) => {
      const config = {
        region: endpoint.region,
        s3Endpoint: endpoint.url,
        forcePathStyle: true,
        accountId: null,
        development: true,
      } as unknown as AccountConfig; // the settings that the S3 client needs; the parser has its own tests
      await story.tell(
        makeRealWorld({
          room: join(room, String(index)),
          s3,
          bucket: endpoint.bucket,
          prefix: `stories/${String(index)}/`,
          account: { config, credentials: fixedCredentials(endpoint.keys) },
        }),
      );
    },
  );
}
