// Joins the backend of a page with what only its place can do.
import { managedPolicyPath, isSharingAllowed } from '../../adapters/config/managed-policy.ts';
import { makeLinks } from '../../adapters/s3/links.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { makeBackend } from '../../app/backend.ts';
import type { DecodePicture } from '../../app/conflicts/preview.ts';
import type { Registry } from '../../app/registry.ts';
import type { ReleaseWatch } from '../../app/release-watch.ts';
import type { CrashReports } from '../../app/report.ts';
import type { CommandLineTool, LoginStart } from '../../app/settings.ts';
import type { Setup, SetupDialogs } from '../../app/setup/setup.ts';
import type { Log } from '../../ports/log.port.ts';
import type { LookStore } from '../../ports/look.port.ts';
import type { Backend, Snapshot } from '../../../preload/contract.ts';
import type { ConditionWatch } from '../conditions.ts';
import type { SharedLimits } from '../limits.ts';
import { composeAccountEdits } from '../live/account-edits.ts';
import type { LiveSettings } from '../live/settings.ts';
import { composeFolders } from './folders.ts';
import type { FolderOptions } from './folders.ts';
import { machineFacts } from './machine.ts';
import { composeSetup } from './setup.ts';
import type { SetupOptions } from './setup.ts';

/** Where the page is shown, and what only that place can do. */
export type PageHome = {
  readonly app: Snapshot['app'];
  readonly revealFolder: ((path: string) => void) | null;
  readonly copyText: ((text: string) => Promise<void>) | null;
  /** Null without a decoder. */
  readonly decodePicture: DecodePicture | null;
  readonly saveText: ((name: string, text: string) => Promise<boolean>) | null;
  readonly login: LoginStart | null;
  readonly crashReports?: CrashReports | undefined;
  readonly commandLine: CommandLineTool | null;
  readonly dialogs: SetupDialogs | null;
  /** Where a folder may be that is chosen by typing; null where main's own dialog does it. */
  readonly folderRoots: readonly string[] | null;
};

export type Page = { readonly backend: Backend; readonly setup: Setup };

type PageParts = {
  readonly options: Pick<SetupOptions, 'home' | 'env' | 'policyPath'>;
  readonly app: SetupOptions['app'] & FolderOptions['app'] & { readonly conditions: ConditionWatch };
  readonly registry: Registry;
  readonly look: LookStore;
  readonly limits: SharedLimits;
  readonly live: LiveSettings;
  readonly releases: ReleaseWatch;
  readonly log: Log;
};

export function makePage(parts: PageParts, page: PageHome, signal: AbortSignal): Page {
  const { options, app, registry, look, limits, live, releases, log } = parts;
  const setup = composeSetup({ ...options, app, page, log });
  const folders = {
    dialogs: page.dialogs,
    folderRoots: page.folderRoots ?? [],
    editor: composeFolders({ ...options, app, log, folderRoots: page.folderRoots }),
  };
  const { commandLine } = page;
  const accounts = {
    dialogs: page.dialogs,
    editor: composeAccountEdits({
      ...{ home: options.home, env: options.env, live },
      program: () => {
        const tool = commandLine?.view();
        return tool?.state === 'installed' ? tool.file : null;
      },
    }),
  };
  const policy = options.policyPath ?? managedPolicyPath();
  const { revealFolder, copyText, saveText, decodePicture } = page;
  const backend = makeBackend(
    {
      ...{
        app: page.app,
        registry,
        setup,
        folders,
        accounts,
        releases,
        revealFolder,
        copyText,
        saveText,
        log,
      },
      decodePicture,
      crashReports: page.crashReports,
      settings: {
        ...{ look, limits, proxy: live.proxy, login: page.login, commandLine },
        conditions: app.conditions,
      },
      links: makeLinks((by) => isSharingAllowed(policy, by)),
      machine: machineFacts(),
      clock: systemClock,
    },
    signal,
  );
  return { setup, backend };
}
