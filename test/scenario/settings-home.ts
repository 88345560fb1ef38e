// A home with two folders and its engine, as `serve` runs it: real settings files, signed out.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import type { SetupDialogs } from '../../main/app/setup/setup.ts';
import type { CliIo } from '../../main/cli/io.ts';
import { makeLiveEngine } from '../../main/cli/service/live-engine.ts';
import type { LiveEngine } from '../../main/cli/service/live-engine.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App } from '../../main/compose/app.ts';
import type { PageHome } from '../../main/compose/page/page.ts';
import { unknownConditions } from '../../main/core/conditions.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { Backend, Commands } from '../../preload/contract.ts';
import { companyAuthority } from '../support/company-network.ts';
import { goodProfile } from '../support/profiles.ts';
import { makeTempFolder } from '../support/temp.ts';

export type SettingsHome = {
  readonly home: string;
  /** Above all folders of the home. */
  readonly room: string;
  /** Commands of the page on loopback, of the app that runs now. */
  readonly page: () => Commands;
  /** Those of the desktop's page beside it, whose dialogs are answered with yes. */
  readonly desktop: () => Commands;
  readonly engine: LiveEngine;
  /** For verbs of the command line, as another process calls them. */
  readonly io: CliIo;
  readonly app: () => App;
  /** What settings and commands have made of the home, with its room left out of the paths. */
  readonly state: () => unknown;
  readonly end: () => Promise<void>;
};

const never = new AbortController().signal;
export const lostFiles = ['Mail/inbox.pst', 'Mail/outbox.pst'];

export async function settingsHome(): Promise<SettingsHome> {
  const { path: room, remove } = await makeTempFolder('at-once');
  const home = join(room, 'home');
  writeHome(home, room);
  const appOf = new Map<Backend, App>();
  const ends = new AbortController();
  let current: App | undefined;
  const engine = await makeLiveEngine({
    makeApp: () =>
      composeApp(
        {
          ...{ home, secrets: new FileSecrets(join(home, 'secrets')), env: {}, isConfigOptional: true },
          ...{ launch: () => Promise.resolve(), policyPath: join(room, 'policy.json') },
          ...{ logLevel: 'error', writeLog: () => undefined, isPackaged: false, version: '0.1.0' },
          readConditions: () => Promise.resolve(unknownConditions),
        },
        never,
      ),
    makeBackend: (app, ended) => {
      const { backend } = app.makePage(pageAt(room, null), ended);
      appOf.set(backend, app);
      current ??= app;
      return backend;
    },
    onSwitch: (backend) => {
      current = appOf.get(backend);
    },
  });
  engine.run();
  const app = (): App => {
    if (current === undefined) throw new Error('no app');
    return current;
  };
  const desktops = new Map<App, Commands>();
  return {
    ...{ home, room, engine, app },
    page: () => engine.backend.commands,
    desktop: () => {
      const known = desktops.get(app());
      const commands = known ?? app().makePage(pageAt(room, yesTo(room)), ends.signal).backend.commands;
      desktops.set(app(), commands);
      return commands;
    },
    io: {
      ...{ home, isJson: true, isVerbose: false, isTerminal: false, progress: null },
      print: () => undefined,
      say: () => undefined,
    },
    state: () => stateOf({ home, room, engine, app: app() }),
    end: async () => {
      await engine.stop();
      ends.abort(new Error('stopped'));
      await remove();
    },
  };
}

function writeHome(home: string, room: string): void {
  const { driftlessProfile: _format, bucket, prefix: _prefix, ...account } = goodProfile;
  const pairs = ['docs', 'photos'].map((id) => {
    mkdirSync(join(room, 'folders', id), { recursive: true });
    const folder = join(room, 'folders', id);
    return { id, account: account.id, folder, bucket, prefix: `users/{sub}/${id}/`, ignore: ['*.tmp'] };
  });
  mkdirSync(join(home, 'pairs'), { recursive: true });
  writeFileSync(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs }));
  for (const { id } of pairs) {
    const store = openSqliteState({ file: join(home, 'pairs', `${id}.db`) });
    store.record(
      lostFiles.map((path) => ({
        kind: 'problem',
        problem: {
          ...{ path: relPath(path), code: 'local-denied', fields: {}, sinceMs: 1 },
          ...{ attempts: 1, retryAtMs: null },
        },
      })),
    );
    store.close();
  }
  for (const place of ['a', 'b', 'c']) mkdirSync(join(room, 'folders', place, 'music'), { recursive: true });
  writeFileSync(join(room, 'company.pem'), companyAuthority);
}

function yesTo(room: string): SetupDialogs {
  return {
    chooseFolder: () => Promise.resolve(null),
    confirmConnection: () => Promise.resolve(true),
    confirmPlace: () => Promise.resolve(true),
    chooseCertificates: () => Promise.resolve(join(room, 'company.pem')),
    confirmCertificates: () => Promise.resolve(true),
    confirmAwsProfile: () => Promise.resolve(true),
  };
}

function pageAt(room: string, dialogs: SetupDialogs | null): PageHome {
  return {
    app: {
      ...{ version: '0.1.0', platform: 'linux', locale: null },
      home: dialogs === null ? 'loopback' : 'desktop',
    },
    ...{ revealFolder: null, copyText: null, decodePicture: null, saveText: null },
    ...{ login: null, commandLine: null, dialogs, folderRoots: [join(room, 'folders')] },
  };
}

type Seen = { readonly home: string; readonly room: string; readonly engine: LiveEngine; readonly app: App };

function stateOf({ home, room, engine, app }: Seen): unknown {
  const { uploadLimit, downloadLimit, timetable, proxy } = engine.backend.snapshot().settings;
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
  const seen = {
    settings: JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as unknown,
    limits: { uploadLimit, downloadLimit, timetable, proxy },
    accounts: app.accounts.map(({ id, config: { caFile, credentialsEnabled }, view }) => ({
      ...{ id, caFile, credentialsEnabled },
      authorities: view().authorities,
    })),
    pairs: app.pairs.map(({ config, engine: one }) => ({
      ...{ id: config.id, folder: config.folder, prefix: config.prefix, mode: config.mode },
      ...{ ignore: config.ignore, isPaused: one.status().isPaused },
    })),
    pauses: files.filter((name) => name.endsWith('.paused')).sort(),
    certificates: files.filter((name) => name.endsWith('.pem')).sort(),
    folders: readdirSync(join(room, 'folders'), { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.includes('.'))
      .sort(),
  };
  return JSON.parse(JSON.stringify(seen).replaceAll(room, '')) as unknown;
}
