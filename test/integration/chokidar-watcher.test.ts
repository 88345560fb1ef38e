// Real watches on a real disk, of both kinds: no lost burst, silent ignored folders, reported losses.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ChokidarWatcher } from '../../main/adapters/watch/chokidar.ts';
import type { WatcherOptions } from '../../main/adapters/watch/chokidar.ts';
import { EventQueue } from '../../main/adapters/watch/event-queue.ts';
import { DirectoryWatcher } from '../../main/adapters/watch/directory-watcher.ts';
import { PlainTree } from '../../main/adapters/watch/plain-tree.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { ancestorsOf } from '../../main/core/model/path.ts';
import type { FileEvent } from '../../main/ports/file-watcher.port.ts';
import { plainTreeAt } from '../support/plain-tree.ts';
import { tempFolder } from '../support/temp.ts';

const noSignal = new AbortController().signal;

type Watching = {
  readonly root: string;
  readonly events: FileEvent[];
  readonly covers: (path: string) => boolean;
};

async function watch(
  prepare: (root: string) => void = () => undefined,
  options: WatcherOptions = {},
): Promise<Watching> {
  const root = await tempFolder('watch');
  prepare(root);
  const events: FileEvent[] = [];
  const seenByListing = new Set<string>();
  const watcher = new ChokidarWatcher(root, options);
  onTestFinished(() => watcher.stop());
  const listen = (batch: readonly FileEvent[]): void => {
    events.push(...batch);
    // An overflow means: list it now. The present contents are what the engine would see.
    for (const event of batch) {
      if (event.kind !== 'overflow') continue;
      try {
        for (const name of readdirSync(join(root, event.path), { recursive: true, encoding: 'utf8' })) {
          seenByListing.add(event.path === '' ? name : `${event.path}/${name}`);
        }
      } catch {
        // Removed again: another event reports that.
      }
    }
  };
  await watcher.start(listen, (path) => path === 'node_modules', noSignal);
  const covers = (path: string): boolean =>
    seenByListing.has(path) || events.some((event) => event.kind === 'entry' && event.path === path);
  return { root, events, covers };
}

async function untilCovered({ covers }: Watching, ...paths: readonly string[]): Promise<void> {
  await vi.waitFor(
    () => {
      expect(paths.filter((path) => !covers(path))).toEqual([]);
    },
    { timeout: 60_000, interval: 20 },
  );
}

/** No tree has fewer folders than none. */
const kinds = [
  ['chokidar', {}],
  ['plain watches', { plainAbove: 0 }],
] as const;

describe.each(kinds)('%s', (_name, kind: WatcherOptions) => {
  test('every file of a burst in new nested folders causes an event', async () => {
    const watching = await watch(undefined, kind);
    const made: string[] = [];
    for (let folder = 0; folder < 40; folder++) {
      const dir = `b${folder % 5}/c${folder}/d`;
      mkdirSync(join(watching.root, dir), { recursive: true });
      for (let file = 0; file < 50; file++) {
        made.push(`${dir}/f${file}`);
        writeFileSync(join(watching.root, dir, `f${file}`), 'x');
      }
    }
    await untilCovered(watching, ...made);
  });

  test('a new file, a change, a removal and a renamed folder cause events', async () => {
    const watching = await watch((root) => {
      mkdirSync(join(root, 'dir/inner'), { recursive: true });
      writeFileSync(join(root, 'dir/old'), 'x');
      writeFileSync(join(root, 'dir/gone'), 'x');
    }, kind);
    const { root } = watching;
    writeFileSync(join(root, 'dir/new'), 'x');
    writeFileSync(join(root, 'dir/old'), 'xy');
    unlinkSync(join(root, 'dir/gone'));
    await untilCovered(watching, 'dir/new', 'dir/old', 'dir/gone');
    renameSync(join(root, 'dir'), join(root, 'moved'));
    await untilCovered(watching, 'dir', 'moved', 'moved/new');
    watching.events.length = 0;
    writeFileSync(join(root, 'moved/inner/after'), 'x');
    await untilCovered(watching, 'moved/inner/after');
  });

  test('ignored folders and our own are not watched', async () => {
    const watching = await watch((root) => {
      mkdirSync(join(root, 'node_modules'));
      mkdirSync(join(root, '.driftless/tmp'), { recursive: true });
    }, kind);
    writeFileSync(join(watching.root, 'node_modules/a'), 'x');
    writeFileSync(join(watching.root, '.driftless/tmp/b'), 'x');
    writeFileSync(join(watching.root, 'seen'), 'x');
    await untilCovered(watching, 'seen');
    const inside = watching.events.filter(
      (event) =>
        'path' in event && ancestorsOf(event.path).some((dir) => /^(?:node_modules|\.driftless)/u.test(dir)),
    );
    expect(inside).toEqual([]);
  });

  test('a folder that is removed or renamed away is reported as lost', async () => {
    const { root, events } = await watch(undefined, kind);
    rmSync(root, { recursive: true });
    await vi.waitFor(() => {
      expect(events.map((event) => event.kind)).toContain('lost');
    });
    const moved = await watch(undefined, kind);
    renameSync(moved.root, `${moved.root}-away`);
    mkdirSync(moved.root);
    await vi.waitFor(() => {
      expect(moved.events.map((event) => event.kind)).toContain('lost');
    });
  });

  // A loop of links is what root cannot look into either.
  test.runIf(process.platform === 'linux')(
    'a folder that cannot be looked into any more is reported as lost',
    async () => {
      const { root, events } = await watch(undefined, kind);
      renameSync(root, `${root}-away`);
      symlinkSync(root, root);
      await vi.waitFor(() => {
        expect(events.map((event) => event.kind)).toContain('lost');
      });
    },
  );

  test('no event follows stop, and start after an abort throws', async () => {
    const first = await tempFolder('watch');
    const late: FileEvent[] = [];
    const watcher = new ChokidarWatcher(first, kind);
    await watcher.start(
      (batch) => late.push(...batch),
      () => false,
      noSignal,
    );
    writeFileSync(join(first, 'late'), 'x');
    await watcher.stop();
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(
      watcher.start(
        () => undefined,
        (_path: RelPath) => false,
        aborted,
      ),
    ).rejects.toThrow('enough');
    // By the time another watch has delivered a later change, the first one would have delivered its own.
    const other = await watch(undefined, kind);
    writeFileSync(join(other.root, 'seen'), 'x');
    await untilCovered(other, 'seen');
    expect(late).toEqual([]);
  });

  test("a watch is tried with the times of Driftless's own folder, without an event for the engine", async () => {
    // Linux has the event ready when the change is made; the others report it a moment later.
    const proofMs = process.platform === 'linux' ? 0 : 30_000;
    const watching = await watch(
      (root) => {
        mkdirSync(join(root, '.driftless'));
      },
      { ...kind, proofMs },
    );
    writeFileSync(join(watching.root, 'later.txt'), 'so that all before it has been reported');
    await untilCovered(watching, 'later.txt');
    expect(watching.events).toEqual([{ kind: 'entry', path: 'later.txt' }]);
  });

  test('a folder that another one replaces is watched, also under the inode of the first', async () => {
    const watching = await watch((root) => {
      mkdirSync(join(root, 'a/inner'), { recursive: true });
      mkdirSync(join(root, 'b/inner'), { recursive: true });
      writeFileSync(join(root, 'b/inner/moved'), 'x');
    }, kind);
    const { root } = watching;
    for (let again = 0; again < 20; again += 1) {
      rmdirSync(join(root, 'a/inner'));
      mkdirSync(join(root, 'a/inner'));
    }
    await untilCovered(watching, 'a/inner');
    writeFileSync(join(root, 'a/inner/first'), 'x');
    await untilCovered(watching, 'a/inner/first');
    rmSync(join(root, 'a'), { recursive: true });
    renameSync(join(root, 'b'), join(root, 'a'));
    await untilCovered(watching, 'a', 'b', 'a/inner/moved');
    writeFileSync(join(root, 'a/inner/second'), 'x');
    await untilCovered(watching, 'a/inner/second');
  });

  test('what is written at once into a folder that was removed and made again causes an event', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `t${String(index)}`);
    const watching = await watch((root) => {
      for (const name of names) {
        mkdirSync(join(root, name, 'out'), { recursive: true });
        writeFileSync(join(root, name, 'out/old'), 'x');
      }
    }, kind);
    for (const name of names) {
      const folder = join(watching.root, name, 'out');
      rmSync(folder, { recursive: true });
      // ext4 gives it the inode of the one before.
      mkdirSync(folder);
      writeFileSync(join(folder, 'first'), 'x');
    }
    await untilCovered(watching, ...names.map((name) => `${name}/out/first`));
    for (const name of names) writeFileSync(join(watching.root, name, 'out/second'), 'x');
    await untilCovered(watching, ...names.map((name) => `${name}/out/second`));
  });

  test('a synced folder that is a link to one is watched', async () => {
    const place = await tempFolder('linked');
    mkdirSync(join(place, 'real/inner'), { recursive: true });
    symlinkSync(join(place, 'real'), join(place, 'link'));
    const events: FileEvent[] = [];
    const watcher = new ChokidarWatcher(join(place, 'link'), kind);
    onTestFinished(() => watcher.stop());
    await watcher.start(
      (batch) => events.push(...batch),
      () => false,
      noSignal,
    );
    writeFileSync(join(place, 'link/inner/file'), 'x');
    await vi.waitFor(
      () => {
        expect(events).toContainEqual({ kind: 'entry', path: 'inner/file' });
      },
      { timeout: 30_000 },
    );
  });

  test('a link to a folder is not followed, and a folder in its place is watched', async () => {
    const outside = await tempFolder('outside');
    const watching = await watch((root) => {
      symlinkSync(outside, join(root, 'link'));
    }, kind);
    const { root } = watching;
    writeFileSync(join(outside, 'unseen'), 'x');
    unlinkSync(join(root, 'link'));
    mkdirSync(join(root, 'link'));
    await untilCovered(watching, 'link');
    writeFileSync(join(root, 'link/seen'), 'x');
    await untilCovered(watching, 'link/seen');
    expect(watching.covers('link/unseen')).toBe(false);
  });
});

test('the start reads directories only (chokidar’s internals are unchanged)', async () => {
  const root = await tempFolder('watch');
  mkdirSync(join(root, 'dir'));
  for (let file = 0; file < 200; file++) writeFileSync(join(root, 'dir', `f${file}`), '');
  const looked: string[] = [];
  const watcher = new DirectoryWatcher({
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    ignored: (path, stats) => {
      looked.push(path);
      return stats?.isFile() === true;
    },
  });
  onTestFinished(() => watcher.close());
  await new Promise<void>((ready) => {
    watcher.on('ready', ready);
    watcher.add(root);
  });
  expect(looked.filter((path) => /f\d+$/u.test(path))).toEqual([]);
  expect(Object.keys(watcher.getWatched())).toContain(join(root, 'dir'));
});

test.runIf(process.platform === 'linux')(
  'a tree that grows is watched by plain watches, and loses nothing',
  async () => {
    const watching = await watch(undefined, { plainAbove: 4 });
    const made: string[] = [];
    for (let folder = 0; folder < 60; folder += 1) {
      const dir = `g${String(folder % 7)}/h${String(folder)}`;
      mkdirSync(join(watching.root, dir), { recursive: true });
      writeFileSync(join(watching.root, dir, 'first'), 'x');
      made.push(`${dir}/first`);
      // Others have their turn, so that the kind of watches changes meanwhile.
      await new Promise(setImmediate);
    }
    await untilCovered(watching, ...made);
    watching.events.length = 0;
    writeFileSync(join(watching.root, 'g0/h0/later'), 'x');
    await untilCovered(watching, 'g0/h0/later');
  },
);

test.runIf(process.platform === 'linux')('plain watches are renewed after events were lost', async () => {
  const root = await tempFolder('watch');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  const { tree, changed, appeared } = plainTreeAt(root, null);
  await tree.open(noSignal);
  await tree.renew();
  expect(appeared).toEqual([root]);
  writeFileSync(join(root, 'a/b/file'), 'x');
  await vi.waitFor(() => {
    expect(changed).toContain(join(root, 'a/b/file'));
  });
});

test.runIf(process.platform === 'linux')(
  'losses that come while the watches are renewed cost one more renewal',
  async () => {
    const renewing = Promise.withResolvers<undefined>();
    const renew = vi.spyOn(PlainTree.prototype, 'renew').mockReturnValue(renewing.promise);
    const { root, events } = await watch(
      (folder) => {
        for (const name of ['a', 'b']) writeFileSync(join(folder, name), 'x');
      },
      { plainAbove: 0 },
    );
    onTestFinished(() => {
      renewing.resolve(undefined);
      renew.mockRestore();
    });
    const queued = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    for (const _burst of [1, 2, 3]) {
      events.length = 0;
      // Enough in one turn to count as lost. Events about one name in a row would be one event.
      for (let at = 0; at < queued * 0.3; at += 1)
        for (const name of ['a', 'b']) utimesSync(join(root, name), at, at);
      await vi.waitFor(
        () => {
          expect(events).toContainEqual({ kind: 'overflow', path: '' });
        },
        { timeout: 60_000 },
      );
    }
    expect(renew).toHaveBeenCalledTimes(1);
    renewing.resolve(undefined);
    await new Promise(setImmediate);
    expect(renew).toHaveBeenCalledTimes(2);
  },
);

test.runIf(process.platform === 'linux')(
  'so many folders leave at once that the end of their watches may have cost other events: all is looked at',
  async () => {
    const half = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) / 2;
    const elsewhere = await tempFolder('elsewhere');
    const { root, events } = await watch(
      (folder) => {
        for (let at = 0; at < half; at += 1) mkdirSync(join(folder, 'big', String(at)), { recursive: true });
      },
      { plainAbove: 0 },
    );
    events.length = 0;
    renameSync(join(root, 'big'), join(elsewhere, 'big'));
    await vi.waitFor(
      () => {
        expect(events).toContainEqual({ kind: 'overflow', path: '' });
      },
      { timeout: 60_000 },
    );
  },
);

/** Events that one turn of the loop finds waiting, about two names of `root`: about one name in a row they would be one event. */
function floodOf(root: string, shareOfQueue: number): void {
  const queued = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  for (let at = 0; at < (queued * shareOfQueue) / 2; at += 1)
    for (const name of ['a', 'b']) utimesSync(join(root, name), at, at);
}

function withTwoFiles(folder: string): void {
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), 'x');
}

test.runIf(process.platform === 'linux')(
  'a folder whose event was lost is watched all the same, where nothing else happens beside it',
  async () => {
    const watching = await watch((root) => {
      mkdirSync(join(root, 'busy'));
      withTwoFiles(join(root, 'busy'));
    });
    const { root, events } = watching;
    floodOf(join(root, 'busy'), 1.1);
    mkdirSync(join(root, 'new'));
    writeFileSync(join(root, 'new/first'), 'x');
    await untilCovered(watching, 'new/first');
    // Until the folder is watched no change shows its file.
    let size = 1;
    await vi.waitFor(
      () => {
        size += 1;
        writeFileSync(join(root, 'new/first'), 'x'.repeat(size));
        expect(events).toContainEqual({ kind: 'entry', path: 'new/first' });
      },
      { timeout: 60_000, interval: 20 },
    );
  },
);

test.runIf(process.platform === 'linux')(
  'all trees are looked at where the events of all of them together may have been too many',
  async () => {
    const queue = new EventQueue();
    const trees = await Promise.all([1, 2, 3, 4].map(() => watch(withTwoFiles, { queue })));
    for (const { root } of trees) floodOf(root, 0.3);
    await vi.waitFor(
      () => {
        for (const { events } of trees) expect(events).toContainEqual({ kind: 'overflow', path: '' });
      },
      { timeout: 60_000 },
    );
  },
);

test.runIf(process.platform === 'linux')(
  'a tree of very many folders that is not watched any more may have cost other trees events',
  async () => {
    const queue = new EventQueue(20);
    const large = await tempFolder('large');
    for (let at = 0; at < 20; at += 1) mkdirSync(join(large, String(at)));
    const { events } = await watch(undefined, { queue });
    const watcher = new ChokidarWatcher(large, { plainAbove: 0, queue });
    const heard: FileEvent[] = [];
    await watcher.start(
      (batch) => heard.push(...batch),
      () => false,
      noSignal,
    );
    await watcher.stop();
    await vi.waitFor(() => {
      expect(events).toContainEqual({ kind: 'overflow', path: '' });
    });
    expect(heard).toEqual([]);
  },
);

test.runIf(process.platform === 'linux')(
  'losses that come while a tree is opened do not keep it from opening',
  async () => {
    const queue = new EventQueue();
    const watching = watch(withTwoFiles, { queue });
    for (let turn = 0; turn < 40; turn += 1) {
      queue.count(1_000_000);
      await new Promise(setImmediate);
    }
    const { root, covers } = await watching;
    writeFileSync(join(root, 'later'), 'x');
    await vi.waitFor(() => {
      expect(covers('later')).toBe(true);
    });
  },
);
