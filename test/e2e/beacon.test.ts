// Change feed between two engine processes: changes within ten seconds, and idle polls as 304s.
import { expect, test } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { waitFor } from '../support/wait-for.ts';

test('an edit on one engine reaches the other through the change feed and without a LIST', async () => {
  const cloud = await cloudForTest();
  const one = await deviceForTest(cloud.description);
  const other = await deviceForTest(cloud.description);
  for (const device of [one, other]) await device.signIn('alice');
  await one.write('docs/a.txt', 'a');
  await one.sync();
  await other.sync();
  for (const device of [one, other]) {
    await device.serve();
    await device.cli(['status', '--wait', 'idle', '--timeout', '120']);
  }
  cloud.control.clearLog();
  await one.write('docs/new.txt', 'hello');
  const isStored = (): boolean =>
    cloud.control
      .log()
      .some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith('.driftless/head'));
  await waitFor(isStored, { what: 'the announcement' });
  const target = join(other.folder, 'docs/new.txt');
  await waitFor(() => existsSync(target) && readFileSync(target, 'utf8') === 'hello', {
    what: 'the file on the other device',
  });
  expect(cloud.control.log().filter(({ verb }) => verb === 'ListObjectsV2')).toEqual([]);
  const polled = cloud.control
    .log()
    .filter(({ verb, detail }) => verb === 'GetObject' && detail.endsWith('.driftless/head'));
  expect(polled.some(({ status }) => status === 304)).toBe(true);
});
