// The second computer of the demo: what changes in one of the two folders arrives in the other.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSecondComputer } from '../demo/second-computer.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('a change on either computer of the demo arrives on the other', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  await device.serve();
  const room = await tempFolder();
  const places = { home: join(room, 'home'), folder: join(room, 'Second computer') };
  const second = await startSecondComputer(places, cloud.description);
  onTestFinished(() => second.stop());
  await device.write('from the first.txt', 'one');
  const arrived = await waitFor(() => readFile(join(places.folder, 'from the first.txt'), 'utf8'), {
    timeoutMs: 120_000,
    what: 'the file of the first computer',
  });
  expect(arrived).toBe('one');
  await writeFile(join(places.folder, 'from the second.txt'), 'two');
  const back = await waitFor(() => device.read('from the second.txt'), {
    timeoutMs: 120_000,
    what: 'the file of the second computer',
  });
  expect(back).toBe('two');
});
