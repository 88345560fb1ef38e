// Makes sure that one process serves one home, and takes `driftless://` links as data that nothing acts on yet.
import type { App } from 'electron';

const LINK_SCHEME = 'driftless';
const LINK_CHARS = 2048;

type Arrivals = {
  /** Somebody started the app again: show what is there. */
  readonly onShow: () => void;
  /** A link arrived, from any program that cares to send one. It is counted and shown nowhere; nothing is fetched. */
  readonly onLink: () => void;
};

/** False: another process has this home, was told to show itself, and this one must end. */
export function claimInstance(app: App, { onShow, onLink }: Arrivals): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', (_event, argv) => {
    if (argv.some(isDeepLink)) onLink();
    onShow();
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    if (isDeepLink(url)) onLink();
    onShow();
  });
  app.on('activate', onShow);
  // A checkout must not take over the links of an installed copy.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  return true;
}

/** Well-formed, ours, and of a sane length; anything else in argv is not even a link. */
export function isDeepLink(raw: string): boolean {
  return raw.length <= LINK_CHARS && URL.canParse(raw) && new URL(raw).protocol === `${LINK_SCHEME}:`;
}
