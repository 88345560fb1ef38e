// Rules of the engine that need a crash, a lost reply or a weak store.
// One test a rule; it fails without the rule. Rules tested elsewhere are listed in docs/correctness.md.
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath } from '../../main/core/model/path.ts';
import { makeGroupCommit } from '../../main/sync/group-commit.ts';
import type { FakeCall, FakeFault, FakeHooks } from '../fakes/fake-remote-core.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemote, FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import type { FakeDiskOptions } from '../fakes/fake-disk.ts';
import { contentOf } from '../conformance/local-files.ts';
import { userObjects } from '../simulation/contents.ts';
import { Crash, makeDevice, simulatedPrefix } from '../simulation/device.ts';
import type { Device } from '../simulation/device.ts';
import { seeded, virtualClock } from '../simulation/seeded.ts';
import type { VirtualClock } from '../simulation/seeded.ts';

type Stage = {
  readonly clock: VirtualClock;
  readonly remote: FakeRemote;
  /** What shall go wrong with the next calls; taken from the front as `wants` says so. */
  fault: ((call: FakeCall) => FakeFault | null) | null;
  device(name: string, disk?: Omit<FakeDiskOptions, 'nowMs'>): Device;
  sync(device: Device, at?: (what: string) => void): Promise<void>;
};

function setStage(options: FakeRemoteOptions = {}): Stage {
  const clock = virtualClock(1_800_000_000_000);
  const random = seeded(7);
  const stage: { fault: Stage['fault'] } = { fault: null };
  const remote = makeFakeRemote({ ...options, nowMs: () => clock.nowMs() });
  const hooks: FakeHooks = { beforeCall: (call) => stage.fault?.(call) ?? null };
  return Object.assign(stage, {
    clock,
    remote,
    device: (name: string, disk: Omit<FakeDiskOptions, 'nowMs'> = {}) =>
      makeDevice({
        name,
        clock,
        random,
        openRemote: (own) =>
          makeFakeRemote({ ...options, nowMs: () => clock.nowMs(), bucket: remote.bucket, hooks: own }),
        hooks,
        disk,
        mode: 'two-way',
        readsShort: false,
        sizes: null,
        power: null,
        addedRows: null,
        onStep: () => undefined,
      }),
    sync: async (device: Device, at: (what: string) => void = () => undefined) => {
      clock.advance(10_000);
      await clock.drive(
        device.sync(new Set(), (_step, what) => {
          at(what);
        }),
      );
    },
  });
}

function textAt(remote: FakeRemote, path: string): string | null {
  const bytes = remote.contents().get(simulatedPrefix + path);
  return bytes === undefined ? null : new TextDecoder().decode(bytes);
}

function ownKeys(remote: FakeRemote, folder: string): readonly string[] {
  return [...remote.contents().keys()].filter((key) =>
    key.startsWith(`${simulatedPrefix}.driftless/${folder}`),
  );
}

describe('rule 4: a disk or a database from a backup makes the next sync merge only', () => {
  test('an old database deletes nothing', async () => {
    const stage = setStage();
    const laptop = stage.device('laptop');
    laptop.disk.write('a.txt', 'one');
    await stage.sync(laptop);
    const backup = laptop.copyState();
    for (const name of ['b.txt', 'c.txt', 'd.txt']) {
      laptop.disk.write(name, name);
      await stage.sync(laptop);
    }
    laptop.restoreState(backup);
    laptop.disk.remove('a.txt');
    await stage.sync(laptop);
    // With the old base the missing a.txt would be a delete; merged, it comes back.
    expect(laptop.disk.read('a.txt')).toBe('one');
    expect(textAt(stage.remote, 'b.txt')).toBe('b.txt');
  });

  test('an old disk deletes nothing', async () => {
    const stage = setStage();
    const laptop = stage.device('laptop');
    laptop.disk.write('a.txt', 'one');
    await stage.sync(laptop);
    const backup = laptop.disk.snapshot();
    for (const name of ['b.txt', 'c.txt', 'd.txt']) {
      laptop.disk.write(name, name);
      await stage.sync(laptop);
    }
    laptop.disk.restore(backup);
    await stage.sync(laptop);
    expect(textAt(stage.remote, 'c.txt')).toBe('c.txt');
    expect(laptop.disk.read('c.txt')).toBe('c.txt');
  });
});

describe('rule 2: on a disk that does not tell case, absence is of a spelling', () => {
  test.each([
    ['a file', 'a.txt', 'A.txt', 'a.txt', 'A.txt'],
    ['a folder', 'd', 'D', 'd/a.txt', 'D/a.txt'],
  ])('%s renamed by a letter is absent under its old name', async (_what, from, to, before, after) => {
    const stage = setStage();
    const mac = stage.device('mac', { caseSensitive: false });
    mac.disk.write(before, 'some bytes');
    mac.disk.write('z.txt', 'z');
    await stage.sync(mac);
    mac.disk.rename(from, to);
    const sent: string[] = [];
    stage.fault = ({ operation, key }) => {
      if (operation === 'put' && !key.includes('/.driftless/')) sent.push(key);
      return null;
    };
    await stage.sync(mac);
    expect(textAt(stage.remote, after)).toBe('some bytes');
    expect(textAt(stage.remote, before)).toBeNull();
    expect(sent).toEqual([]);
    expect([...mac.disk.tree().keys()].sort()).toEqual([after, 'z.txt'].sort());
  });

  test('a file renamed by a letter just before its removal is another file, and stays', async () => {
    const stage = setStage();
    const mac = stage.device('mac', { caseSensitive: false });
    mac.disk.write('a.txt', 'some bytes');
    mac.disk.write('z.txt', 'z');
    await stage.sync(mac);
    stage.remote.remove(`${simulatedPrefix}a.txt`);
    let isRenamed = false;
    await stage.sync(mac, (what) => {
      if (isRenamed || !what.startsWith('look a.txt')) return;
      isRenamed = true;
      mac.disk.rename('a.txt', 'A.txt');
    });
    await stage.sync(mac);
    expect(isRenamed).toBe(true);
    expect([...mac.disk.tree().keys()].sort()).toEqual(['A.txt', 'z.txt']);
    expect(textAt(stage.remote, 'A.txt')).toBe('some bytes');
  });
});

test('rule 5: another principal never touches the files of a pair', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop');
  laptop.disk.write('a.txt', 'one');
  await stage.sync(laptop);
  laptop.store().record([
    {
      kind: 'meta',
      key: 'binding',
      value: (laptop.store().meta('binding') ?? '').replace('"alice"', '"mallory"'),
    },
  ]);
  await expect(stage.sync(laptop)).rejects.toMatchObject({ code: 'other-principal', retry: 'slow' });
});

test('rule 6: an edit within the same tick of a coarse clock, with the same size, is not missed', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop', { timeGranularityNs: 2_000_000_000n });
  stage.clock.advance(2000 - (stage.clock.nowMs() % 2000));
  laptop.disk.write('a.txt', 'one');
  await stage.clock.drive(laptop.sync(new Set(), () => undefined));
  laptop.disk.write('a.txt', 'two');
  await stage.sync(laptop);
  expect(textAt(stage.remote, 'a.txt')).toBe('two');
});

/** A file that both devices know, renamed on the phone; all within one tick of the laptop's clock. */
async function renamedWithinOneTick(): Promise<{ readonly stage: Stage; readonly laptop: Device }> {
  const stage = setStage();
  const laptop = stage.device('laptop', { timeGranularityNs: 2_000_000_000n });
  const phone = stage.device('phone');
  stage.clock.advance(2000 - (stage.clock.nowMs() % 2000));
  laptop.disk.write('a.txt', 'one');
  await stage.clock.drive(laptop.sync(new Set(), () => undefined));
  await stage.clock.drive(phone.sync(new Set(), () => undefined));
  phone.disk.rename('a.txt', 'b.txt');
  await stage.clock.drive(phone.sync(new Set(), () => undefined));
  return { stage, laptop };
}

test('rule 6: a rename arrives within the same tick of a coarse clock, in one pass', async () => {
  const { stage, laptop } = await renamedWithinOneTick();
  const report = await stage.clock.drive(laptop.sync(new Set(), () => undefined));
  expect(report).toMatchObject({ kind: 'ended', isInSync: true });
  expect(report?.ended.filter(({ op }) => op.kind === 'move-local')).toHaveLength(1);
  expect([...laptop.disk.tree().keys()]).toEqual(['b.txt']);
});

test('rule 6: an edit with the same size between the reading and such a rename is not missed', async () => {
  const { stage, laptop } = await renamedWithinOneTick();
  let edits = 0;
  await stage.clock.drive(
    laptop.sync(new Set(), (_step, what) => {
      if (what !== 'rename a.txt' || (edits += 1) > 1) return;
      laptop.disk.write('a.txt', 'two');
    }),
  );
  expect(edits).toBe(1);
  await stage.sync(laptop);
  expect(textAt(stage.remote, 'b.txt')).toBe('two');
  expect([...laptop.disk.tree().keys()]).toEqual(['b.txt']);
});

test('rule 7: a new etag over the same bytes moves nothing and makes no conflict', async () => {
  const stage = setStage({ opaqueEtags: true, sha256: false });
  const laptop = stage.device('laptop');
  laptop.disk.write('a.txt', 'one');
  await stage.sync(laptop);
  stage.remote.write(`${simulatedPrefix}a.txt`, new TextEncoder().encode('one'));
  await stage.sync(laptop);
  expect([...laptop.disk.tree().keys()]).toEqual(['a.txt']);
  expect(laptop.store().trash()).toEqual([]);
});

test('rule 11: a lost reply, a crash, and another edit make no conflict', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop');
  laptop.disk.write('a.txt', 'one');
  await stage.sync(laptop);
  laptop.disk.write('a.txt', 'two, sent but unanswered');
  let isSent = false;
  stage.fault = (call) => {
    if (call.operation !== 'put' || !call.key.endsWith('a.txt')) return null;
    isSent = true;
    return { kind: 'lost-reply' };
  };
  let stepsAfter = 0;
  await stage.sync(laptop, (what) => {
    if (isSent && what === 'remote') stepsAfter += 1;
    // The effect, its lost reply, and then the end of the process before it can ask what became of it.
    if (stepsAfter > 2) throw new Crash();
  });
  expect(textAt(stage.remote, 'a.txt')).toBe('two, sent but unanswered');
  stage.fault = null;
  laptop.disk.write('a.txt', 'three, after the crash');
  await stage.sync(laptop);
  expect(textAt(stage.remote, 'a.txt')).toBe('three, after the crash');
  expect([...laptop.disk.tree().keys()]).toEqual(['a.txt']);
});

describe('rule 11: a folder whose marker was sent just before a crash', () => {
  async function crashesAt(step: string): Promise<readonly [Stage, Device]> {
    const stage = setStage();
    const laptop = stage.device('laptop');
    await stage.sync(laptop);
    laptop.disk.makeFolders('a/b');
    await stage.sync(laptop, (what) => {
      if (what === step) throw new Crash();
    });
    expect(textAt(stage.remote, 'a/b/')).toBe('');
    return [stage, laptop];
  }
  const folders = (device: Device): readonly string[] => [...device.disk.tree({ withFolders: true }).keys()];

  test('does not come back when it was renamed since', async () => {
    const [stage, laptop] = await crashesAt('reached folder.remote-sent');
    laptop.disk.rename('a/b', 'c');
    await stage.sync(laptop);
    expect(folders(laptop)).toEqual(['a/', 'c/']);
    expect(textAt(stage.remote, 'a/b/')).toBeNull();
  });

  test('does not come back with the folders above it when all of them went since', async () => {
    const [stage, laptop] = await crashesAt('reached beacon.log-written');
    laptop.disk.remove('a');
    await stage.sync(laptop);
    expect(folders(laptop)).toEqual([]);
    expect(textAt(stage.remote, 'a/b/')).toBeNull();
  });
});

test('rule 12: many operations side by side share their transactions, alone one does not wait', async () => {
  const store = openSqliteState({ file: ':memory:' });
  let groups = 0;
  const group = makeGroupCommit(
    {
      record: (changes) => {
        groups += 1;
        store.record(changes);
      },
    },
    systemClock,
  );
  const change = (index: number) => ({ kind: 'meta' as const, key: `k${String(index)}`, value: 'v' });
  await Promise.all(Array.from({ length: 400 }, (_, index) => group.commit([change(index)])));
  expect(groups).toBeLessThanOrEqual(2);
  expect(store.meta('k399')).toBe('v');
  group.close();
  store.close();
});

test('rule 13: a file that changes while it is sent is not committed half-way', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop');
  laptop.disk.write('a.txt', 'first half');
  let isChanged = false;
  await stage.sync(laptop, (what) => {
    if (isChanged || !what.startsWith('isUnchanged')) return;
    isChanged = true;
    laptop.disk.write('a.txt', 'second version');
  });
  expect(textAt(stage.remote, 'a.txt')).not.toBe('first half');
  await stage.sync(laptop);
  expect(textAt(stage.remote, 'a.txt')).toBe('second version');
});

test('rule 14: bytes saved just before a replacement are put back, not buried', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop');
  laptop.disk.write('a.txt', 'base');
  await stage.sync(laptop);
  stage.remote.write(`${simulatedPrefix}a.txt`, new TextEncoder().encode('from the bucket'));
  let isSaved = false;
  await stage.sync(laptop, (what) => {
    if (isSaved || !what.startsWith('replace:kept a.txt')) return;
    isSaved = true;
    laptop.disk.write('a.txt', 'saved at the last moment');
  });
  await stage.sync(laptop);
  const texts = [...laptop.disk.tree().values()].map((bytes) => new TextDecoder().decode(bytes)).sort();
  expect(isSaved).toBe(true);
  expect(texts).toEqual(['from the bucket', 'saved at the last moment']);
});

test('rule 16: a reused inode of the same size is not a move', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop', { reusesInodes: true });
  laptop.disk.write('old.txt', 'AAAA');
  laptop.disk.write('other.txt', 'other');
  await stage.sync(laptop);
  laptop.disk.remove('old.txt');
  laptop.disk.write('new.txt', 'BBBB');
  await stage.sync(laptop);
  expect(textAt(stage.remote, 'new.txt')).toBe('BBBB');
  expect(textAt(stage.remote, 'old.txt')).toBeNull();
});

test.each([['unversioned'], ['enabled']] as const)(
  'rule 17: a version that another writer stores right before our delete stays (%s)',
  async (versioning) => {
    const stage = setStage({ versioning });
    const phone = stage.device('phone');
    phone.disk.write('a.txt', 'base');
    phone.disk.write('b.txt', 'stays');
    await stage.sync(phone);
    phone.disk.remove('a.txt');
    const deletes: unknown[] = [];
    stage.fault = (call) => {
      if (call.operation !== 'delete' || !call.key.endsWith('/a.txt') || call.key.includes('.driftless'))
        return null;
      if (deletes.length === 0)
        stage.remote.write(`${simulatedPrefix}a.txt`, new TextEncoder().encode('of another writer'));
      deletes.push(call);
      return null;
    };
    await stage.sync(phone);
    stage.fault = null;
    expect(deletes).not.toEqual([]);
    expect(textAt(stage.remote, 'a.txt')).toBe('of another writer');
    await stage.sync(phone);
    expect(phone.disk.read('a.txt')).toBe('of another writer');
  },
);

describe('rule 17: on a store that ignores conditions', () => {
  const weak: FakeRemoteOptions = {
    versioning: 'unversioned',
    ignores: ['put-if-match', 'delete-if-match', 'complete', 'copy-source', 'copy-target'],
  };

  test('an unconditional delete of a version that the other never saw brings it back', async () => {
    const stage = setStage(weak);
    const laptop = stage.device('laptop');
    const phone = stage.device('phone');
    for (const name of ['a.txt', 'b.txt', 'c.txt']) laptop.disk.write(name, 'base');
    await stage.sync(laptop);
    await stage.sync(phone);
    // The phone's delete is on its way (its HEAD has seen the base) when the laptop's edit lands.
    phone.disk.remove('a.txt');
    let isRaced = false;
    stage.fault = (call) => {
      if (!isRaced && call.operation === 'delete' && call.key.endsWith('a.txt')) {
        isRaced = true;
        stage.remote.write(`${simulatedPrefix}a.txt`, new TextEncoder().encode('the edit'), {
          'driftless-op': 'f'.repeat(32),
        });
        laptop.disk.write('a.txt', 'the edit');
        const etag = stage.remote.bucket.current(`${simulatedPrefix}a.txt`)?.etag;
        const row = laptop.store().entry(relPath('a.txt'));
        if (
          etag !== undefined &&
          row.base?.kind === 'file' &&
          row.local.state === 'present' &&
          row.local.kind === 'file'
        ) {
          laptop.store().record([{ kind: 'base', path: relPath('a.txt'), cell: { ...row.base, etag } }]);
        }
      }
      return null;
    };
    await stage.sync(phone);
    stage.fault = null;
    expect(isRaced).toBe(true);
    await stage.sync(laptop);
    await stage.sync(phone);
    expect(textAt(stage.remote, 'a.txt')).toBe('the edit');
  });

  test('where only deletes are unconditional, one that missed the last version does not bring its older one back', async () => {
    const stage = setStage({ ignores: ['delete-if-match'] });
    const laptop = stage.device('laptop');
    const phone = stage.device('phone');
    laptop.disk.write('a.txt', 'first');
    laptop.disk.write('b.txt', 'stays');
    await stage.sync(laptop);
    await stage.sync(phone);
    laptop.disk.write('a.txt', 'second');
    await stage.sync(laptop);
    laptop.disk.remove('a.txt');
    await stage.sync(laptop);
    await stage.sync(phone);
    await stage.sync(laptop);
    expect(textAt(stage.remote, 'a.txt')).toBeNull();
    expect([laptop.disk.read('a.txt'), phone.disk.read('a.txt')]).toEqual([null, null]);
  });

  test('an edit in a folder that was renamed before it was sent makes no conflict', async () => {
    const stage = setStage({ ...weak, ignores: ['put-if-none-match', 'put-if-match'] });
    const laptop = stage.device('laptop');
    const phone = stage.device('phone');
    for (const name of ['a.txt', 'b.txt', 'c.txt']) laptop.disk.write(`d/${name}`, `${name} of old`);
    await stage.sync(laptop);
    await stage.sync(phone);
    laptop.disk.rename('d', 'e');
    laptop.disk.write('e/a.txt', 'edited');
    await stage.sync(laptop);
    await stage.sync(phone);
    expect([...phone.disk.tree().keys()].sort()).toEqual(['e/a.txt', 'e/b.txt', 'e/c.txt']);
    expect(phone.disk.read('e/a.txt')).toBe('edited');
  });

  test.each(['the name that it is to get', 'a name whose copy was edited since'])(
    'what is set aside from %s gets a free one',
    async (which) => {
      const stage = setStage(weak);
      const laptop = stage.device('laptop');
      const copy = `a (conflict 2027-01-15 laptop ${contentOf('ours').slice(0, 8)}).txt`;
      const name = which === 'the name that it is to get' ? copy : 'a.txt';
      laptop.disk.write(copy, 'edited');
      laptop.disk.write(name, 'ours');
      await stage.sync(laptop);
      // By a Driftless that never saw ours.
      stage.remote.write(`${simulatedPrefix}${name}`, new TextEncoder().encode('theirs'), {
        'driftless-op': 'f'.repeat(32),
      });
      for (let pass = 0; pass < 3; pass += 1) await stage.sync(laptop);
      const texts = [...laptop.disk.tree().values()].map((bytes) => new TextDecoder().decode(bytes));
      expect(texts.sort()).toEqual(name === copy ? ['ours', 'theirs'] : ['edited', 'ours', 'theirs']);
      expect(laptop.disk.read(name)).toBe('theirs');
      expect([...userObjects(stage.remote.bucket, simulatedPrefix).keys()].sort()).toEqual(
        [...laptop.disk.tree().keys()].sort(),
      );
    },
  );

  test('two writers that pass each other both survive', async () => {
    const stage = setStage(weak);
    const laptop = stage.device('laptop');
    const phone = stage.device('phone');
    laptop.disk.write('a.txt', 'base');
    await stage.sync(laptop);
    await stage.sync(phone);
    laptop.disk.write('a.txt', 'by the laptop');
    phone.disk.write('a.txt', 'by the phone');
    await stage.sync(laptop);
    await stage.sync(phone);
    await stage.sync(laptop);
    await stage.sync(phone);
    const texts = [...laptop.disk.tree().values()].map((bytes) => new TextDecoder().decode(bytes)).sort();
    expect(texts).toEqual(['by the laptop', 'by the phone']);
  });
});

describe('rule 18: what is replaced or removed remotely can be brought back', () => {
  test('without versions it is copied to our trash first', async () => {
    const stage = setStage({ versioning: 'unversioned' });
    const laptop = stage.device('laptop');
    laptop.disk.write('a.txt', 'old bytes');
    laptop.disk.write('b.txt', 'b');
    await stage.sync(laptop);
    laptop.disk.write('a.txt', 'new bytes');
    await stage.sync(laptop);
    laptop.disk.remove('b.txt');
    await stage.sync(laptop);
    const kept = ownKeys(stage.remote, 'trash/').map((key) =>
      new TextDecoder().decode(stage.remote.contents().get(key)),
    );
    expect(kept.sort()).toEqual(['b', 'old bytes']);
  });

  test('with versions nothing is copied: the version is named', async () => {
    const stage = setStage();
    const laptop = stage.device('laptop');
    laptop.disk.write('a.txt', 'old bytes');
    await stage.sync(laptop);
    laptop.disk.write('a.txt', 'new bytes');
    await stage.sync(laptop);
    expect(ownKeys(stage.remote, 'trash/')).toEqual([]);
    expect(
      laptop
        .store()
        .trash()
        .map((item) => item.versionId),
    ).toEqual([expect.stringMatching(/^v/u)]);
  });
});

test('rule 20: of two devices that bind at once, both end with one space id and merge', async () => {
  const stage = setStage();
  const laptop = stage.device('laptop');
  const phone = stage.device('phone');
  laptop.disk.write('l.txt', 'l');
  phone.disk.write('p.txt', 'p');
  let isRaced = false;
  stage.fault = (call) => {
    if (!isRaced && call.operation === 'put' && call.key.endsWith('space.json')) {
      isRaced = true;
      stage.remote.write(
        `${simulatedPrefix}.driftless/space.json`,
        new TextEncoder().encode(`{"spaceId":"${'c'.repeat(32)}"}`),
      );
    }
    return null;
  };
  await stage.sync(laptop);
  stage.fault = null;
  await stage.sync(phone);
  await stage.sync(laptop);
  expect(laptop.store().meta('spaceId')).toBe('c'.repeat(32));
  expect(phone.store().meta('spaceId')).toBe('c'.repeat(32));
  expect([...laptop.disk.tree().keys()].sort()).toEqual(['l.txt', 'p.txt']);
});

describe('rule 19: what was removed is counted over crashes, each file once', () => {
  async function filled(stage: Stage): Promise<Device> {
    const laptop = stage.device('laptop');
    for (let file = 0; file < 20; file += 1) laptop.disk.write(`${String(file)}.txt`, String(file));
    await stage.sync(laptop);
    return laptop;
  }

  function remove(laptop: Device, from: number, to: number): void {
    for (let file = from; file < to; file += 1) laptop.disk.remove(`${String(file)}.txt`);
  }

  function dieAt(what: string): (step: string) => void {
    return (step) => {
      if (step === `reached ${what}`) throw new Crash();
    };
  }

  test('killed over and over before it removed anything, it asks nothing', async () => {
    const stage = setStage();
    const laptop = await filled(stage);
    remove(laptop, 0, 5);
    for (let kill = 0; kill < 4; kill += 1) await stage.sync(laptop, dieAt('remove-remote.intent'));
    expect([...stage.remote.contents().keys()].filter((key) => key.endsWith('.txt'))).toHaveLength(20);
    await stage.sync(laptop);
    expect(laptop.lastReport()).toMatchObject({ kind: 'ended', isInSync: true });
    expect([...stage.remote.contents().keys()].filter((key) => key.endsWith('.txt'))).toHaveLength(15);
  });

  test('what it removed before it was killed still counts', async () => {
    const stage = setStage();
    const laptop = await filled(stage);
    remove(laptop, 0, 5);
    // All five are gone when the batch is announced.
    await stage.sync(laptop, dieAt('beacon.log-written'));
    expect([...stage.remote.contents().keys()].filter((key) => key.endsWith('.txt'))).toHaveLength(15);
    remove(laptop, 5, 7);
    await stage.sync(laptop);
    expect(laptop.lastReport()).toMatchObject({
      kind: 'guarded',
      guards: [{ kind: 'mass-removal-remote', counts: { removals: 7, total: 20 } }],
    });
  });
});

describe('what is left alone is reported for as long as it is there, under its present name', () => {
  const told = (device: Device): readonly string[] =>
    device
      .store()
      .problems()
      .map(({ path, code }) => `${code} ${path}`);

  test('it goes with its folder', async () => {
    const stage = setStage();
    const laptop = stage.device('laptop');
    laptop.disk.write('d/a.txt', 'a');
    laptop.disk.write('b.txt', 'b');
    laptop.disk.put('d/link', 'symlink');
    await stage.sync(laptop);
    expect(told(laptop)).toEqual(['symlink d/link']);
    laptop.disk.remove('d');
    await stage.sync(laptop);
    expect(told(laptop)).toEqual([]);
  });

  test('it moves with its folder, when that steps aside', async () => {
    const stage = setStage();
    const laptop = stage.device('laptop');
    laptop.disk.write('d/a.txt', 'a');
    laptop.disk.put('d/link', 'symlink');
    stage.remote.write(`${simulatedPrefix}d`, new TextEncoder().encode('a file of that name'));
    await stage.sync(laptop);
    expect(laptop.disk.read('d')).toBe('a file of that name');
    expect(told(laptop)).toEqual(['symlink d (conflict 2027-01-15 laptop)/link']);
  });
});
