// Bucket reader of the crash and network tests, correct while others write.
import { expect, test } from 'vitest';
import { bucketSide } from '../support/bucket-side.ts';
import { cloudForTest } from '../support/device.ts';
import { sha256 } from '../support/machine.ts';
import { waitFor } from '../support/wait-for.ts';

test('an object replaced between the listing and the read is reported with the bytes that were read', async () => {
  const cloud = await cloudForTest();
  const { control, description } = cloud;
  await control.setVersioning(description.bucket, 'enabled');
  const bucket = bucketSide(cloud, 'judge/');
  await bucket.put('note.txt', Buffer.from('first'));
  control.addFault({ verb: 'GetObject', kind: 'hold', times: 1 });
  control.clearLog();
  const looking = bucket.tree();
  await waitFor(() => control.log().some(({ verb }) => verb === 'ListObjectsV2'), { what: 'the list' });
  await bucket.put('note.txt', Buffer.from('second'));
  control.clearFaults();
  await looking;

  expect([...(await bucket.contents())].sort()).toEqual([sha256('first'), sha256('second')].sort());
  bucket.close();
});
