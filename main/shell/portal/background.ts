// Start at login from within a Flatpak, by the Background portal.
// A file in the user's autostart folder would not be seen from there.
//
// Source: org.freedesktop.portal.Background and org.freedesktop.portal.Request (flatpak.github.io/xdg-desktop-portal/docs).
import { randomBytes } from 'node:crypto';
import { openSessionBus } from './session-bus.ts';
import { textOf } from './wire.ts';
import type { DbusMessage, DbusVariant } from './wire.ts';

const portal = 'org.freedesktop.portal.Desktop';
const requestInterface = 'org.freedesktop.portal.Request';
/** The desktop may show the user a question first. */
const longestAnswerMs = 5 * 60_000;

export type BackgroundRequest = {
  readonly address: string;
  readonly isOn: boolean;
  /** Program and arguments, as a start at login calls them within the sandbox. */
  readonly commandLine: readonly string[];
};

/** Whether the app starts at login from now on, as the portal answers. Rejects without an answer. */
export async function requestBackground(
  { address, isOn, commandLine }: BackgroundRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)]);
  const bus = await openSessionBus(address, ending);
  try {
    const token = `driftless${randomBytes(8).toString('hex')}`;
    // Before the question: the answer may come ahead of the reply that names its path.
    const answer = answerAt(bus, `/org/freedesktop/portal/desktop/request/${senderPart(bus.name)}/${token}`);
    const options = new Map<string, DbusVariant>([
      ['handle_token', { signature: 's', value: token }],
      ['reason', { signature: 's', value: 'Keeps your folders in sync' }],
      ['autostart', { signature: 'b', value: isOn }],
      ['commandline', { signature: 'as', value: commandLine }],
      ['dbus-activatable', { signature: 'b', value: false }],
    ]);
    const reply = await bus.call({
      destination: portal,
      path: '/org/freedesktop/portal/desktop',
      interface: 'org.freedesktop.portal.Background',
      member: 'RequestBackground',
      signature: 'sa{sv}',
      body: ['', options],
    });
    answer.alsoAt(textOf(reply.body?.[0]));
    return isAutostart(await Promise.race([answer.promise, bus.ended]));
  } finally {
    bus.close();
  }
}

type Listening = Pick<Awaited<ReturnType<typeof openSessionBus>>, 'onMessage'>;

/** Older portals choose the path themselves, and say it in their reply. */
function answerAt(
  bus: Listening,
  path: string,
): { readonly promise: Promise<DbusMessage>; readonly alsoAt: (path: string) => void } {
  const paths = new Set([path]);
  const early: DbusMessage[] = [];
  const { promise, resolve } = Promise.withResolvers<DbusMessage>();
  const take = (message: DbusMessage): void => {
    if (message.type !== 'signal' || message.interface !== requestInterface || message.member !== 'Response')
      return;
    if (paths.has(message.path ?? '')) resolve(message);
    else early.push(message);
  };
  bus.onMessage(take);
  return {
    promise,
    alsoAt(other) {
      paths.add(other);
      for (const message of early.splice(0)) take(message);
    },
  };
}

/** 0 is success; 1 and 2 are the user's no, after which nothing starts. */
function isAutostart({ body = [] }: DbusMessage): boolean {
  const [code, results] = body;
  return (
    code === 0 &&
    results instanceof Map &&
    (results as Map<string, DbusVariant>).get('autostart')?.value === true
  );
}

function senderPart(name: string): string {
  return name.slice(1).replaceAll('.', '_');
}
