// Clocks hours off: sign-in and sync work, and the user sees the offset.
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { s3Client } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { makePerson } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

let directory: TempFolder;
let cloud: LocalCloud;

beforeAll(async () => {
  directory = await makeTempFolder('clock');
  cloud = await startLocalCloud({ directory: directory.path });
});
afterEach(() => {
  cloud.control.reset();
});
afterAll(async () => {
  await cloud.stop();
  await directory.remove();
});

async function person(): Promise<Person> {
  const { issuer, clientId, roleArn, sts, region, s3, bucket } = cloud.description;
  const made = await makePerson({
    account: {
      ...{ issuer, clientId, region, s3Endpoint: s3 },
      exchange: { kind: 'web-identity', roleArn, stsEndpoint: sts },
    },
    bucket,
  });
  onTestFinished(made.close);
  return made;
}

describe.each([
  ['behind', 2 * 3_600_000, /clock is 2 hours behind/],
  ['ahead', -2 * 3_600_000, /clock is 2 hours ahead/],
])('a clock two hours %s', (_name, skewMs, words) => {
  test('a wrong clock prevents no sign-in, is reported with its offset and causes no refused request', async () => {
    const [alice] = cloud.description.users;
    if (alice === undefined) throw new Error('no users');
    // The cloud's clock moves instead of the machine's: the difference is the same.
    cloud.control.patch({ clockSkewMs: skewMs });
    const admin = s3Client(cloud.description, cloud.description.admin);
    onTestFinished(() => {
      admin.destroy();
    });
    // A client that signs by this machine's own time is refused: otherwise the rest would prove nothing.
    const naive = admin.send(new ListObjectsV2Command({ Bucket: cloud.description.bucket }));
    await expect(naive).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    cloud.control.clearLog();

    const desk = await person();
    const login = await desk.signIn(alice);
    expect(login, login.stderr).toMatchObject({ code: 0 });
    expect(login.stderr).toMatch(words);
    desk.write('on time.txt', `signed right, ${String(skewMs)}`);
    const synced = await desk.sync();
    expect(synced, synced.stderr).toMatchObject({ code: 0, counts: { upload: 1 } });
    expect(synced.stderr).toMatch(words);
    expect(cloud.control.log().filter((entry) => entry.detail.includes('Skewed'))).toEqual([]);
  });
});

test('a correct clock is not mentioned', async () => {
  const [alice] = cloud.description.users;
  if (alice === undefined) throw new Error('no users');
  const desk = await person();
  const login = await desk.signIn(alice);
  expect([login.code, login.stderr]).toEqual([0, expect.not.stringMatching(/clock/)]);
});
