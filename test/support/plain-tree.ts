// Plain watches of a folder, with what they reported.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PlainTree } from '../../main/adapters/watch/plain-tree.ts';
import type { ShareLooks } from '../../main/adapters/watch/tree-watch.ts';

/** Not opened; closed with the test. An error of a watch is thrown. */
export function plainTreeAt(root: string, share: ShareLooks | null) {
  const [changed, appeared, gone] = [new Array<string>(), new Array<string>(), new Array<string>()];
  const tree = new PlainTree({
    root,
    share,
    isWatched: () => true,
    events: {
      onChange: (name, folder) => changed.push(join(folder, name ?? '')),
      onNewFolder: (folder) => appeared.push(folder),
      onGoneFolder: (folder) => gone.push(folder),
      onEnded: () => undefined,
      onAllEnded: () => undefined,
      onDoubt: () => undefined,
      onError: (error) => {
        throw error;
      },
    },
  });
  onTestFinished(() => tree.close());
  return { tree, changed, appeared, gone };
}
