// Groups of small files that a worker reads and keeps: what they say, and the memory they share.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WholeRead } from '../../main/adapters/disk/small/protocol.ts';
import { runSmall } from '../../main/adapters/disk/small/run-small.ts';
import { tempFolder } from '../support/temp.ts';

test('tiny files of many groups share one piece of memory, each with its own bytes', async () => {
  const root = await tempFolder();
  await mkdir(join(root, 'd'));
  const kept = new Map<string, WholeRead>();
  const holding = {
    take: () => null,
    keep: (name: string, _file: string, read: WholeRead) => kept.set(name, read),
  };
  const names = Array.from({ length: 40 }, (_, index) => `d/${String(index)}`);
  for (const name of names) await writeFile(join(root, name), `bytes of ${name}`);
  for (const [id, name] of names.entries()) {
    const { replies } = await runSmall(
      { id, tasks: [{ kind: 'read-held', root, path: name, name }] },
      holding,
    );
    expect(replies.map(({ kind }) => kind)).toEqual(['read-held']);
  }
  expect([...kept].map(([, { bytes }]) => Buffer.from(bytes).toString())).toEqual(
    names.map((name) => `bytes of ${name}`),
  );
  expect(new Set([...kept.values()].map(({ bytes }) => bytes.buffer)).size).toBe(1);
});
