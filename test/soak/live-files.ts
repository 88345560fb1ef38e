// Users' files of the live soak, and what must remain of them.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seeded } from '../simulation/seeded.ts';

export type LiveFiles = {
  /** One edit, new file, rename or removal by the user of this device. */
  touch(folder: string, device: string): Promise<void>;
  /** What is wrong with the folders; empty when both hold all that was written last. */
  wrongWith(folders: readonly string[]): Promise<readonly string[]>;
};

/** Names that both users edit; conflict copies are allowed, losses are not. */
const shared = ['both 1.txt', 'both 2.txt', 'both 3.txt'];
const largeBytes = 300_000;

export function liveFiles(random: Seeded): LiveFiles {
  /** The text that each file of one user must have; the name begins with the device. */
  const owned = new Map<string, string>();
  const sharedTexts = new Map<string, string>();
  let made = 0;

  const text = (): string => {
    made += 1;
    const line = `text ${String(made)}\n`;
    return random.chance(0.1) ? line.repeat(Math.ceil(largeBytes / line.length)) : line;
  };
  const write = async (folder: string, name: string): Promise<string> => {
    const content = text();
    await writeFile(join(folder, name), content);
    return content;
  };
  const ofDevice = (device: string): readonly string[] =>
    [...owned.keys()].filter((name) => name.startsWith(device));

  return {
    async touch(folder, device) {
      // A folder that is away has no user.
      if (!existsSync(folder)) return;
      const names = ofDevice(device);
      const what = random.next();
      if (what < 0.4 || names.length < 5) {
        const name = `${device} ${String((made += 1))}.txt`;
        owned.set(name, await write(folder, name));
      } else if (what < 0.75) {
        const name = random.pick(names);
        owned.set(name, await write(folder, name));
      } else if (what < 0.88) {
        const name = random.pick(shared);
        sharedTexts.set(name, await write(folder, name));
      } else if (what < 0.98) {
        const from = random.pick(names);
        const to = `${device} renamed ${String((made += 1))}.txt`;
        await rename(join(folder, from), join(folder, to));
        owned.set(to, owned.get(from) ?? '');
        owned.delete(from);
      } else {
        const name = random.pick(names);
        await rm(join(folder, name));
        owned.delete(name);
      }
    },
    async wrongWith(folders) {
      const trees = await Promise.all(folders.map(treeOf));
      const wrong: string[] = [];
      for (const [index, tree] of trees.entries()) {
        const where = folders[index] ?? '';
        for (const [name, content] of owned) {
          if (tree.get(name) !== digestOf(content))
            wrong.push(`${where}: ${name} is not what was written last`);
        }
        for (const name of tree.keys()) {
          const isKnown = owned.has(name) || shared.includes(name) || name.includes('conflict');
          if (!isKnown) wrong.push(`${where}: ${name} was removed or renamed by its user`);
        }
        const contents = new Set(tree.values());
        for (const [name, content] of sharedTexts) {
          if (!contents.has(digestOf(content))) wrong.push(`${where}: the last text of ${name} is lost`);
        }
        for (const [name, digest] of trees[0] ?? []) {
          if (tree.get(name) !== digest) wrong.push(`${where}: ${name} differs from the first device`);
        }
      }
      return wrong;
    },
  };
}

function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function treeOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ name }) => [name, digestOf(await readFile(join(folder, name)))] as const),
    ),
  );
}
