// A user's computer in tests: home, configuration, folder, command line.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { runCli, signInByCli } from './driftless-cli.ts';
import type { CliEnd, CliOptions } from './driftless-cli.ts';
import { makeTempFolder } from './temp.ts';

const syncAnswer = z.object({
  ok: z.boolean(),
  pairs: z.array(
    z.object({
      ok: z.boolean(),
      inSync: z.boolean().optional(),
      counts: z.record(z.string(), z.number()).optional(),
      notices: z.array(z.unknown()).optional(),
      problems: z.array(z.object({ path: z.string(), code: z.string() })).optional(),
      error: z.object({ code: z.string() }).optional(),
    }),
  ),
});

export type SyncEnd = {
  readonly code: number | null;
  /** Finished operations by kind, of the one pair. */
  readonly counts: Readonly<Record<string, number>>;
  readonly error: string | null;
  readonly stderr: string;
};

export type Person = {
  readonly home: string;
  readonly folder: string;
  /** The authorization-code flow at the local cloud's login page. */
  readonly signIn: (who: { readonly name: string; readonly password: string }) => Promise<CliEnd>;
  readonly sync: (options?: CliOptions) => Promise<SyncEnd>;
  readonly write: (path: string, content: string | Uint8Array) => void;
  readonly remove: (path: string) => void;
  /** SHA-256 of every file below the folder by its path, empty folders with a slash; without what is Driftless's own. */
  readonly tree: () => Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
};

export type PersonSettings = {
  readonly account: Readonly<Record<string, unknown>>;
  readonly bucket: string;
  /** Added to the pair. */
  readonly pair?: Readonly<Record<string, unknown>>;
};

export async function makePerson(settings: PersonSettings): Promise<Person> {
  const place = await makeTempFolder('person');
  const home = join(place.path, 'home');
  const folder = join(place.path, 'Files');
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(folder);
  writeConfig(home, folder, settings);
  return {
    home,
    folder,
    signIn: (who) => signInByCli(home, who),
    sync: async (options) => syncEnd(await runCli(['sync', '--once', '--json', '--home', home], options)),
    write: (path, content) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    remove: (path) => {
      rmSync(join(folder, path), { recursive: true });
    },
    tree: () => treeOf(folder, ''),
    close: place.remove,
  };
}

function writeConfig(home: string, folder: string, settings: PersonSettings): void {
  const account = {
    id: 'work',
    scopes: 'openid offline_access',
    identity: { kind: 'browser' },
    forcePathStyle: true,
    development: true,
    ...settings.account,
  };
  const pair = {
    id: 'files',
    account: 'work',
    folder,
    bucket: settings.bucket,
    prefix: 'users/{sub}/',
    mode: 'two-way',
    ignore: [],
    ...settings.pair,
  };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs: [pair] }));
}

function syncEnd(ended: CliEnd): SyncEnd {
  const parsed = syncAnswer.safeParse(parseJson(ended.stdout));
  const pair = parsed.success ? parsed.data.pairs[0] : undefined;
  return {
    code: ended.code,
    counts: pair?.counts ?? {},
    error: pair?.error?.code ?? (parsed.success ? null : ended.stdout),
    stderr: ended.stderr,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function treeOf(folder: string, below: string): Record<string, string> {
  const tree: Record<string, string> = {};
  const found = readdirSync(join(folder, below), { withFileTypes: true });
  const entries = found.filter((entry) => below !== '' || entry.name !== '.driftless');
  for (const entry of entries) {
    const path = `${below}${entry.name}`;
    if (entry.isDirectory()) Object.assign(tree, treeOf(folder, `${path}/`));
    else tree[path.normalize('NFC')] = sha256Of(readFileSync(join(folder, path)));
  }
  if (entries.length === 0 && below !== '') tree[below.normalize('NFC')] = '';
  return tree;
}
