// Two commands at once, compared with their two orders: every pair of commands.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { runConfigSet } from '../../main/cli/settings/config.ts';
import { runLimits } from '../../main/cli/settings/limits.ts';
import { runPairAdd, runPairRemove } from '../../main/cli/verbs/pair.ts';
import { problemIdOf } from '../../main/app/pair-view.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { Result } from '../../preload/contract.ts';
import { runs } from '../sizes.ts';
import { goodProfile } from '../support/profiles.ts';
import { settingsHome, lostFiles } from './settings-home.ts';
import type { SettingsHome } from './settings-home.ts';

const never = new AbortController().signal;
type Command = {
  /** What has been there for a while when the command comes. */
  readonly before?: (kit: SettingsHome) => Promise<unknown>;
  readonly run: (kit: SettingsHome) => Promise<unknown>;
};

const page =
  (ask: (kit: SettingsHome) => Promise<Result<unknown>>): Command['run'] =>
  async (kit) => {
    const answer = await ask(kit);
    return answer.ok ? answer.value : answer.error.code;
  };

const verb =
  (work: (kit: SettingsHome) => Promise<unknown>): Command['run'] =>
  async (kit) => {
    try {
      await work(kit);
      return 'done';
    } catch (error) {
      // Two words for one thing: refused before it is begun, or when it is its turn.
      if (!isSyncError(error)) throw error;
      return error.code === 'usage' ? 'config-invalid' : error.code;
    }
  };

const add = (place: string) =>
  page(({ page: ask, room }) =>
    ask().addFolder(
      { accountId: 'work', folder: join(room, 'folders', place, 'music'), mode: 'two-way' },
      never,
    ),
  );
const change = (fields: object) =>
  page(({ page: ask }) => ask().changeFolder({ pairId: 'docs', ...fields }, never));
const shared = (fields: object) => page(({ page: ask }) => ask().changeSettings(fields, never));
const leaveOut = (at: number) =>
  page(({ page: ask }) =>
    ask().ignoreProblem(
      { pairId: 'docs', problemId: problemIdOf('docs', { path: lostFiles[at] ?? '', code: 'local-denied' }) },
      never,
    ),
  );
const programs = (isOn: boolean) =>
  page(({ page: ask }) => ask().allowPrograms({ accountId: 'work', isOn }, never));
const limits = (options: object) => verb(({ io }) => runLimits(io, options, never));
const pairAdd = verb(({ io, room }) =>
  runPairAdd(
    io,
    {
      ...{ account: 'work', folder: join(room, 'folders', 'c', 'music'), bucket: goodProfile.bucket },
      ...{ prefix: 'users/{sub}/verb/', mode: 'two-way' },
    },
    never,
  ),
);

const commands: Readonly<Record<string, Command>> = {
  'add a/music': { run: add('a') },
  'add b/music': { run: add('b') },
  'folder upload-only': { run: change({ mode: 'upload-only' }) },
  'folder download-only': { run: change({ mode: 'download-only' }) },
  'folder rules': { run: change({ ignore: ['*.tmp', '*.iso'] }) },
  'folder upload limit': { run: change({ uploadLimit: 5000 }) },
  'folder download limit': { run: change({ downloadLimit: 5000 }) },
  'leave out a file': { run: leaveOut(0) },
  'leave out another': { run: leaveOut(1) },
  'move docs': { run: page(({ page: ask }) => ask().movePlace({ pairId: 'docs', name: 'archive' }, never)) },
  'move photos': {
    run: page(({ page: ask }) => ask().movePlace({ pairId: 'photos', name: 'archive' }, never)),
  },
  'remove docs': { run: page(({ page: ask }) => ask().removeFolder({ pairId: 'docs' }, never)) },
  'pause docs': { run: page(({ page: ask }) => ask().pause({ pairId: 'docs' }, never)) },
  'resume docs': {
    before: ({ page: ask }) => ask().pause({ pairId: 'docs' }, never),
    run: page(({ page: ask }) => ask().resume({ pairId: 'docs' }, never)),
  },
  'pause all': { run: page(({ page: ask }) => ask().pause({ pairId: null }, never)) },
  'accept a profile': {
    before: ({ desktop }) =>
      desktop().proposeProfile(
        {
          source: 'file',
          text: JSON.stringify({ ...goodProfile, clientId: 'other', prefix: 'teams/{sub}/' }),
        },
        never,
      ),
    run: page(({ desktop }) =>
      desktop().acceptProfile({ proposalId: 'proposal-1', folder: null, hosts: [], awsAccount: '' }, never),
    ),
  },
  'allow programs': { run: programs(true) },
  'forbid programs': {
    before: ({ page: ask }) => ask().allowPrograms({ accountId: 'work', isOn: true }, never),
    run: programs(false),
  },
  'trust a certificate': {
    run: page(({ desktop }) => desktop().chooseAuthorities({ accountId: 'work' }, never)),
  },
  'trust no certificate': {
    before: ({ desktop }) => desktop().chooseAuthorities({ accountId: 'work' }, never),
    run: page(({ page: ask }) => ask().forgetAuthorities({ accountId: 'work' }, never)),
  },
  'upload limit': { run: shared({ uploadLimit: 70_000 }) },
  'download limit': { run: shared({ downloadLimit: 70_000 }) },
  proxy: { run: shared({ proxy: 'direct' }) },
  'verb: limits up': { run: limits({ up: '10k' }) },
  'verb: limits down of docs': { run: limits({ down: '10k', pair: 'docs' }) },
  'verb: pair add': { run: pairAdd },
  'verb: pair rm docs': { run: verb(({ io }) => runPairRemove(io, 'docs', never)) },
  'verb: credentials off': {
    before: ({ page: ask }) => ask().allowPrograms({ accountId: 'work', isOn: true }, never),
    run: verb(({ io }) => runConfigSet(io, { key: 'credentials', value: 'off', account: 'work' }, never)),
  },
  'file: docs download-only': {
    run: verb(({ home }) =>
      new ConfigFile({ home, env: {} }).changePair('docs', { mode: 'download-only' }, never),
    ),
  },
  reload: { run: verb(({ engine }) => engine.reload(never)) },
};

const names = Object.keys(commands);

/** Of two at once, these lost one of them, or left what neither order leaves. */
const once = [
  ['add a/music', 'verb: pair add'],
  ['folder rules', 'leave out a file'],
  ['folder upload limit', 'verb: limits down of docs'],
  ['leave out a file', 'move docs'],
  ['move docs', 'remove docs'],
  ['trust a certificate', 'trust no certificate'],
  ['upload limit', 'download limit'],
  ['download limit', 'verb: limits up'],
  ['remove docs', 'verb: pair rm docs'],
] as const;

const pairs = names.flatMap((first, at) => names.slice(at).map((second) => [first, second] as const));
/** In each tier always the same ones. */
const chosen = pairs.filter((_, at) => at % Math.ceil(pairs.length / runs(120)) === 0);

type Outcome = { readonly answers: readonly unknown[]; readonly state: unknown };
type Chosen = readonly [first: string, second: string | null];

async function outcome(
  [first, second]: Chosen,
  run: (kit: SettingsHome, both: readonly Command[]) => Promise<Outcome>,
): Promise<Outcome> {
  const kit = await settingsHome();
  try {
    const both = [first, second].flatMap((name) => commands[name ?? ''] ?? []);
    for (const one of both) await one.before?.(kit);
    return await run(kit, both);
  } finally {
    await kit.end();
  }
}

const known = new Map<string, Promise<Outcome>>();
/** @param both the second null: the first alone */
function inTurn(both: Chosen): Promise<Outcome> {
  const key = JSON.stringify(both);
  const made =
    known.get(key) ??
    outcome(both, async (kit, asked) => {
      const answers: unknown[] = [];
      for (const one of asked) answers.push(await one.run(kit));
      return { answers, state: kit.state() };
    });
  known.set(key, made);
  return made;
}

/** @param waits turns of the event loop before the second begins */
function atOnce(both: Chosen, waits: number, isFine: (seen: Outcome) => boolean): Promise<Outcome> {
  return outcome(both, async (kit, asked) => {
    const begun: Promise<unknown>[] = [];
    for (const one of asked) {
      begun.push(one.run(kit));
      for (let at = 0; at < waits; at += 1) await setImmediate();
    }
    const answers = await Promise.all(begun);
    // An engine takes up its pause when it begins, on a busy machine after a while.
    for (let at = 0; at < 400 && !isFine({ answers, state: kit.state() }); at += 1) await setTimeout(25);
    return { answers, state: kit.state() };
  });
}

/** What the two may come to. One that met a reload may be refused: then it has changed nothing. */
async function orders([first, second]: readonly [string, string]): Promise<readonly Outcome[]> {
  const [one, other] = [await inTurn([first, second]), await inTurn([second, first])];
  const either = [one, { ...other, answers: other.answers.toReversed() }];
  if (first !== 'reload' && second !== 'reload') return either;
  const { answers, state } = await inTurn(['reload', null]);
  const late = 'pair-not-running';
  return [...either, { answers: first === 'reload' ? [...answers, late] : [late, ...answers], state }];
}

async function check(both: readonly [string, string]): Promise<readonly unknown[]> {
  const either = await orders(both);
  const isFine = (seen: Outcome): boolean => either.some((each) => isDeepStrictEqual(each, seen));
  const wrong: unknown[] = [];
  for (const waits of [0, 3]) {
    const seen = await atOnce(both, waits, isFine);
    if (!isFine(seen)) wrong.push({ both, waits, seen, either });
  }
  return wrong;
}

test.each(once)('%s beside %s', async (...both) => {
  expect(await check(both)).toEqual([]);
});

describe('every pair of commands', () => {
  test.each(names)('%s', async (name) => {
    const mine = chosen.filter(([first]) => first === name);
    expect((await Promise.all(mine.map(check))).flat()).toEqual([]);
  });
});

/** What outlives the process. */
const kept = (state: unknown): unknown => {
  const { settings, pauses, certificates, folders } = state as Readonly<Record<string, unknown>>;
  return { settings, pauses, certificates, folders };
};

describe('a stop', () => {
  test.each(names)('beside %s: it is made, or it has changed nothing', async (name) => {
    const made = await outcome([name, null], async (kit, [one]) => {
      const before = kit.state();
      await one?.run(kit);
      return { answers: [], state: [kept(before), kept(kit.state())] };
    });
    for (const waits of [0, 3]) {
      const seen = await outcome([name, null], async (kit, [one]) => {
        const done = one?.run(kit);
        for (let at = 0; at < waits; at += 1) await setImmediate();
        await Promise.all([done, kit.engine.stop()]);
        return { answers: [], state: kept(kit.state()) };
      });
      expect(made.state).toContainEqual(seen.state);
    }
  });
});
