// What makes `serve` a service: the texts of the service managers, the log's priorities, and what monitoring reads.
import parsePrometheus from 'parse-prometheus-text-format';
import { expect, test } from 'vitest';
import { withPriority } from '../../main/cli/service/log-sink.ts';
import { makeMeter } from '../../main/control/metrics.ts';
import { heartbeatMs, serviceManager } from '../../main/cli/service/sd-notify.ts';
import { launchdAgent, scheduledTask, systemdUnit } from '../../main/cli/service/service-files.ts';
import type { Backend, BackendEvent, Snapshot } from '../../preload/contract.ts';

const hard = ['/opt/my node', '/opt/a"b\\c', 'serve', '--home', '/home/50% $HOME'];

test('a systemd unit quotes what its syntax would take apart or replace', () => {
  expect(systemdUnit(hard)).toContain(
    'ExecStart="/opt/my node" "/opt/a\\"b\\\\c" serve --home "/home/50%% $$HOME"\n',
  );
});

test.each([systemdUnit, launchdAgent, scheduledTask])(
  'no control character comes into a text (%o)',
  (text) => {
    for (const word of ['/opt/two\nlines', 'a\u0000', 'a\u001b[2J', 'a\u0085'])
      for (const command of [[word], ['/opt/node', word]])
        expect(() => text(command)).toThrow(expect.objectContaining({ name: 'RangeError' }));
  },
);

test('an engine that needs a user, or has wrong settings, is not started again', () => {
  expect(systemdUnit(hard)).toMatch(/^RestartPreventExitStatus=2 3$/mu);
});

test('a crash of the service leaves no core dump', () => {
  expect(systemdUnit(hard)).toMatch(/^LimitCORE=0$/mu);
});

test('the service gives freed memory back to the system', () => {
  expect(systemdUnit(hard)).toMatch(/^Environment=MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072$/mu);
});

test('a launchd agent and a scheduled task hold the same words as XML', () => {
  expect(launchdAgent(['/a<b>&"c"', 'serve'])).toContain('<string>/a&lt;b&gt;&amp;&quot;c&quot;</string>');
  expect(scheduledTask(['C:\\Program Files\\node.exe', 'C:\\x y\\', 'a"b'])).toContain(
    '<Arguments>&quot;C:\\x y\\\\&quot; &quot;a\\&quot;b&quot;</Arguments>',
  );
});

test('a message for systemd that no process can be started for is reported, and ends nothing', async () => {
  const told: string[] = [];
  const { notify } = serviceManager({ NOTIFY_SOCKET: '/run/notify' }, (why) => told.push(why));
  // Node throws for it, as it does where the system has no memory for another process.
  await notify('STATUS=\0');
  expect(told).toHaveLength(1);
});

test('the heartbeat is half of what systemd waits, and only for the process it names', () => {
  expect(heartbeatMs({ WATCHDOG_USEC: '120000000' }, 7)).toBe(60_000);
  expect(heartbeatMs({ WATCHDOG_USEC: '120000000', WATCHDOG_PID: '7' }, 7)).toBe(60_000);
  expect(heartbeatMs({ WATCHDOG_USEC: '120000000', WATCHDOG_PID: '8' }, 7)).toBeNull();
  // A timer that is to wait longer would ring every millisecond.
  expect(heartbeatMs({ WATCHDOG_USEC: '9000000000000' }, 7)).toBe(2 ** 31 - 1);
  expect(heartbeatMs({}, 7)).toBeNull();
  expect(heartbeatMs({ WATCHDOG_USEC: 'x' }, 7)).toBeNull();
});

test.each([
  ['error', 3],
  ['warn', 4],
  ['info', 6],
  ['debug', 7],
])('a line of level %s has priority %i in the journal', (level, priority) => {
  const line = `{"at":"x","level":"${level}","message":"m"}\n`;
  expect(withPriority(line)).toBe(`<${String(priority)}>${line}`);
});

const pair: Snapshot['pairs'][number] = {
  id: 'my "docs"\\',
  accountId: 'work',
  folderLabel: '/home/me/docs',
  remoteLabel: 'b/users/x/',
  mode: 'two-way',
  state: 'syncing',
  progress: {
    filesDone: 2,
    filesTotal: 5,
    bytesDone: 10,
    bytesTotal: 100,
    bytesPerSecond: 1,
    secondsLeft: null,
  },
  transfers: [],
  counts: { files: 7, folders: 1, bytes: 99 },
  lastInSyncAtMs: 1_000_000,
  standing: null,
  guards: [],
  notices: [],
  problemCount: 1,
  conflictCount: 0,
};

function snapshotWith(over: Partial<Snapshot['pairs'][number]>, account = 'signed-in' as const): Snapshot {
  return {
    seq: 0,
    app: { version: '1.2.3', home: 'loopback', platform: 'linux', locale: null },
    overall: 'syncing',
    accounts: [
      {
        id: 'work',
        label: 'work',
        issuerHost: 'login.example.com',
        state: account,
        personName: null,
        accessUntilMs: null,
        error: null,
        deviceCode: null,
        development: false,
        clockOffsetMs: null,
        isolation: { verdict: 'not-checked', prefix: null, reached: [] },
        authorities: [],
        programs: 'off',
      },
    ],
    pairs: [{ ...pair, ...over }],
    activity: [],
    conflicts: [],
    problems: [
      { id: 'p1', pairId: pair.id, path: 'a', code: 'name-taken', fields: {}, sinceMs: 1, retryAtMs: null },
    ],
    problemsRevision: 1,
    conflictsRevision: 0,
    setup: { kind: 'none' } as unknown as Snapshot['setup'],
    settings: {} as unknown as Snapshot['settings'],
    newerVersion: null,
  };
}

function metered(snapshot: Snapshot) {
  const listeners: Parameters<Backend['subscribe']>[0][] = [];
  const backend = {
    snapshot: () => snapshot,
    subscribe: (listener: Parameters<Backend['subscribe']>[0]) => {
      listeners.push(listener);
      return () => undefined;
    },
    commands: {} as Backend['commands'],
  };
  const meter = makeMeter('1.2.3', () => 1_061_000);
  meter.follow(backend);
  return { meter, tell: (event: BackendEvent) => listeners.forEach((each) => each(event, snapshot)) };
}

/** By family and labels, as a scraper of Prometheus reads it. */
function read(text: string): ReadonlyMap<string, string> {
  return new Map(
    parsePrometheus(text).flatMap(({ name, metrics }) =>
      metrics.map(({ labels, value }) => [`${name} ${JSON.stringify(labels)}`, value] as const),
    ),
  );
}

test('metrics say how far behind a pair is, what waits, what moved and what failed', () => {
  const { meter, tell } = metered(snapshotWith({}));
  const upload = {
    id: '1',
    atMs: 1,
    pairId: pair.id,
    kind: 'uploaded',
    path: 'a',
    from: null,
    bytes: 40,
  } as const;
  tell({ seq: 1, body: { kind: 'activityRecorded', entries: [upload, { ...upload, id: '2', bytes: 2 }] } });
  meter.countLine('{"level":"warn","message":"operation failed","code":"slow-down"}\n');
  meter.countLine('{"level":"warn","message":"operation failed","code":"slow-down"}\n');
  meter.countLine('{"level":"info","message":"signed in","code":"no-failure"}\n');
  meter.countLine('no json');
  const seen = read(meter.metrics());
  const ofPair = JSON.stringify({ pair: pair.id });
  expect(Object.fromEntries(seen)).toMatchObject({
    'driftless_build_info {"version":"1.2.3"}': '1',
    'driftless_account_up {"account":"work"}': '1',
    [`driftless_in_sync_age_seconds ${ofPair}`]: '61',
    [`driftless_queue_files ${ofPair}`]: '3',
    [`driftless_queue_bytes ${ofPair}`]: '90',
    [`driftless_files ${ofPair}`]: '7',
    [`driftless_transferred_bytes_total ${JSON.stringify({ pair: pair.id, direction: 'up' })}`]: '42',
    [`driftless_changes_total ${JSON.stringify({ pair: pair.id, kind: 'uploaded' })}`]: '2',
    'driftless_failures_total {"code":"slow-down"}': '2',
    [`driftless_problems ${JSON.stringify({ pair: pair.id, code: 'name-taken' })}`]: '1',
  });
  expect([...seen.keys()].join()).not.toContain('no-failure');
});

test('counters go on over a reload, and the gauges are of the backend that answers now', () => {
  const { meter } = metered(snapshotWith({}));
  meter.countLine('{"message":"pair stopped","code":"offline"}\n');
  const next = snapshotWith({ id: 'other', state: 'in-sync' });
  meter.follow({
    snapshot: () => next,
    subscribe: () => () => undefined,
    commands: {} as Backend['commands'],
  });
  const seen = read(meter.metrics());
  expect(seen.get('driftless_in_sync_age_seconds {"pair":"other"}')).toBe('0');
  expect(seen.get('driftless_failures_total {"code":"offline"}')).toBe('1');
});

test('health is not well where a pair stands still or user action is needed', () => {
  expect(metered(snapshotWith({})).meter.health()).toEqual({
    ok: true,
    overall: 'syncing',
    pairs: [{ id: pair.id, state: 'syncing', lastInSyncAt: '1970-01-01T00:16:40.000Z' }],
  });
  const standing = { code: 'bucket-missing', sinceMs: 1, retryAtMs: 2 };
  expect(metered(snapshotWith({ state: 'attention', standing })).meter.health().ok).toBe(false);
  expect(metered(snapshotWith({}, 'signed-out' as never)).meter.health().ok).toBe(false);
  expect(makeMeter('1', () => 0).health().ok).toBe(false);
});
