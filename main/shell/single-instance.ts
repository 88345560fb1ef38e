// Single instance per home, and `driftless://` links from the command line or system.
// A link is untrusted data: see app/setup/setup.ts.
import type { App } from 'electron';
import { z } from 'zod';

const LINK_SCHEME = 'driftless';

type Arrivals = {
  /** The app was started again: show the running window. */
  readonly onShow: () => void;
  /** A deep link arrived; the sender is untrusted. */
  readonly onLink: (link: ArrivedLink) => void;
};

export type ArrivedLink =
  | { readonly kind: 'link'; readonly text: string }
  /** Link with extra arguments or a second link: rejected. */
  | { readonly kind: 'refused' };

type Platform = {
  readonly platform: NodeJS.Platform;
  readonly execPath: string;
  readonly argv: readonly string[];
};

/** Electron passes the second process's arguments on in another order and with more among them; this copy stays as it was. */
const exactArguments = z.object({ arguments: z.array(z.string()) });

/** False: another process owns this home and has been asked to show its window; this one must exit. */
export function claimInstance(app: App, arrivals: Arrivals, given: Platform): boolean {
  const { onShow, onLink } = arrivals;
  const own = given.argv.slice(1);
  if (!app.requestSingleInstanceLock({ arguments: own })) return false;
  app.on('second-instance', (_event, argv, _folder, data) => {
    const exact = exactArguments.safeParse(data);
    const arrived = linkIn(exact.success ? exact.data.arguments : argv.slice(1));
    if (arrived !== null) onLink(arrived);
    onShow();
  });
  // Before Electron is ready: the link that starts the app on macOS arrives that early.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    const arrived = linkIn([url]);
    if (arrived !== null) onLink(arrived);
    onShow();
  });
  app.on('activate', onShow);
  registerScheme(app, given);
  const arrived = linkIn(own);
  if (arrived !== null) onLink(arrived);
  return true;
}

/** A checkout must not take over the links of an installed copy. */
function registerScheme(app: App, { platform, execPath }: Platform): void {
  if (!app.isPackaged) return;
  // Windows puts the link into a command line: after `--` Chromium reads no switches, whatever a quote in a link lets through.
  if (platform === 'win32') app.setAsDefaultProtocolClient(LINK_SCHEME, execPath, ['--']);
  else app.setAsDefaultProtocolClient(LINK_SCHEME);
}

/** Null where there is none. What the system passes on is one link, and it comes last. */
export function linkIn(args: readonly string[]): ArrivedLink | null {
  const at = args.findIndex(isLink);
  const text = args[at];
  if (text === undefined) return null;
  return at === args.length - 1 ? { kind: 'link', text } : { kind: 'refused' };
}

function isLink(text: string): boolean {
  return /^driftless:/iu.test(text);
}
