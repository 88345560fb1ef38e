/**
 * A session bus, the real dbus-daemon, and a Background portal on it. It answers as xdg-desktop-portal documents: the path of a request
 * at once, its outcome later as a signal to the connection that asked.
 */
import { spawn } from 'node:child_process';
import { openSessionBus } from '../../main/shell/portal/session-bus.ts';
import { textOf } from '../../main/shell/portal/wire.ts';
import type { DbusMessage, DbusVariant } from '../../main/shell/portal/wire.ts';

export type PortalAnswer = {
  readonly code: number;
  readonly autostart: boolean;
  /** Where an older portal answers, in place of the path that the token makes. */
  readonly path?: string;
  /** The outcome ahead of the path. */
  readonly isEarly?: boolean;
};

export type PortalDouble = {
  readonly address: string;
  readonly asked: readonly { readonly parent: string; readonly options: ReadonlyMap<string, DbusVariant> }[];
  readonly stop: () => Promise<void>;
};

/** `answer`: null for a portal that never does, `silent` for one that names its request alone; an error's name for one that refuses. */
export async function startPortal(
  answer: PortalAnswer | 'silent' | `org.${string}` | null,
): Promise<PortalDouble> {
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    daemon.once('error', reject);
    daemon.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
  });
  const closing = new AbortController();
  const bus = await openSessionBus(address, closing.signal);
  await bus.call({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'RequestName',
    signature: 'su',
    body: ['org.freedesktop.portal.Desktop', 4],
  });
  const asked: { parent: string; options: ReadonlyMap<string, DbusVariant> }[] = [];
  bus.onMessage((message) => {
    if (message.type !== 'call') return;
    const to = { destination: message.sender ?? '', replyTo: message.serial };
    if (message.member !== 'RequestBackground' || message.signature !== 'sa{sv}') {
      bus.send({ ...to, type: 'error', error: 'org.freedesktop.DBus.Error.UnknownMethod' });
      return;
    }
    const [parent, options] = message.body as unknown as [string, ReadonlyMap<string, DbusVariant>];
    asked.push({ parent, options });
    if (answer === 'silent') bus.send({ ...to, type: 'return', signature: 'o', body: ['/a/request'] });
    else if (typeof answer === 'string') bus.send({ ...to, type: 'error', error: answer });
    else if (answer !== null) respond(message, options, answer);
  });

  function respond(
    { sender = '', serial }: DbusMessage,
    options: ReadonlyMap<string, DbusVariant>,
    { code, autostart, path, isEarly = false }: PortalAnswer,
  ): void {
    const token = textOf(options.get('handle_token')?.value);
    const at =
      path ?? `/org/freedesktop/portal/desktop/request/${sender.slice(1).replaceAll('.', '_')}/${token}`;
    const reply = (): void => {
      bus.send({ type: 'return', destination: sender, replyTo: serial, signature: 'o', body: [at] });
    };
    const outcome = (): void => {
      bus.send({
        ...{ type: 'signal', destination: sender, path: at },
        ...{ interface: 'org.freedesktop.portal.Request', member: 'Response', signature: 'ua{sv}' },
        body: [
          code,
          new Map<string, DbusVariant>([
            ['background', { signature: 'b', value: true }],
            ['autostart', { signature: 'b', value: autostart }],
          ]),
        ],
      });
    };
    for (const step of isEarly ? [outcome, reply] : [reply, outcome]) step();
  }

  return {
    address,
    asked,
    stop: async () => {
      closing.abort();
      daemon.kill();
      await ended;
    },
  };
}
