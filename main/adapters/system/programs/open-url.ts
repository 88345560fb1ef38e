// The one place that opens a URL outside the app: checks it, then hands its serialised form to the system (security rule 3).
import { SyncError } from '../../../core/model/errors.ts';
import type { UrlPolicy } from '../../../core/net/url.ts';
import { checkUrl } from '../../../core/net/url.ts';
import { windowsProgram } from '../../../core/windows-program.ts';
import { startProgram } from './run-program.ts';

export type Launch = (href: string) => Promise<void>;

/** `launch` is `shell.openExternal` in the desktop app and `launchSystemBrowser` elsewhere. */
export async function openUrl(url: URL, policy: UrlPolicy, launch: Launch): Promise<void> {
  const checked = checkUrl(url.href, 'the address to open', policy);
  await launch(checked.href);
}

/** The program that opens an address, with what comes before the address. */
export function browserCommand(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly [string, ...string[]] {
  if (platform === 'win32') return [windowsProgram('rundll32', env), 'url.dll,FileProtocolHandler'];
  return [platform === 'darwin' ? 'open' : 'xdg-open'];
}

/** An argv spawn, never a shell. Throws `browser-unavailable`. */
export async function launchSystemBrowser(href: string): Promise<void> {
  const [command, ...first] = browserCommand(process.platform, process.env);
  const done = Promise.withResolvers<undefined>();
  const fail = (cause: unknown): void => {
    done.reject(
      new SyncError({
        code: 'browser-unavailable',
        retry: 'slow',
        scope: 'account',
        message: `no browser could be opened with ${command}`,
        cause,
      }),
    );
  };
  const child = startProgram(command, [...first, href], {
    stdio: 'ignore',
    detached: true,
    onFailure: fail,
  });
  child?.once('exit', (code) => {
    if (code === 0) done.resolve(undefined);
    else fail(`exit code ${String(code)}`);
  });
  child?.unref();
  // Some openers stay for as long as the browser does: one that still runs after two seconds has opened it.
  const settled = setTimeout(() => {
    done.resolve(undefined);
  }, 2_000);
  try {
    await done.promise;
  } finally {
    clearTimeout(settled);
  }
}
