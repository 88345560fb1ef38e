// Files deleted in a renamed folder, on a store that deletes without a condition (C17).
import { expect, test } from 'vitest';
import { setStage } from './two-devices.ts';

test.each([1, 120])(
  'files deleted in a renamed folder do not come back from a device that knew their old names (%i of them)',
  async (count) => {
    const { laptop, desktop, sync, bucket } = setStage({ ignores: ['delete-if-match'], opaqueEtags: true });
    const numbers = Array.from({ length: 5 * count }, (_, index) => String(1000 + index));
    for (const name of numbers) laptop.disk.write(`old/${name}`, `text of ${name}`);
    for (const device of [laptop, desktop, laptop]) await sync(device);
    laptop.disk.rename('old', 'new');
    await sync(laptop);
    for (const name of numbers.slice(0, count)) laptop.disk.remove(`new/${name}`);
    await sync(laptop);
    for (const device of [desktop, laptop]) await sync(device);
    const left = numbers.slice(count).map((name) => `new/${name}`);
    expect(bucket()).toEqual(left);
    for (const { disk } of [laptop, desktop]) expect([...disk.tree().keys()].sort()).toEqual(left);
  },
);
