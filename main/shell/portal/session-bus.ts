// A connection to the session bus that stays: the answer of a portal comes as a signal to the connection that asked.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { decodeMessage, encodeMessage, textOf } from './wire.ts';
import type { DbusMessage } from './wire.ts';

export type SessionBus = {
  /** Our name on the bus, such as `:1.42`. */
  readonly name: string;
  readonly send: (message: Omit<DbusMessage, 'serial'>) => number;
  /** Sends a method call; rejects with the name of an error that comes back. */
  readonly call: (message: Omit<DbusMessage, 'serial' | 'type'>) => Promise<DbusMessage>;
  /** What is no answer to `call`. Returns the end of it. */
  readonly onMessage: (listener: (message: DbusMessage) => void) => () => void;
  /** Rejects when the connection has ended. */
  readonly ended: Promise<never>;
  readonly close: () => void;
};

const bus = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

/** The address of a bus on this machine, of those that D-Bus writes; `null` for any other kind. */
export function socketOf(address: string): string | null {
  for (const each of address.split(';')) {
    const [, kind, value] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/u.exec(each) ?? [];
    if (value === undefined) continue;
    const name = decodeURIComponent(value);
    return kind === 'abstract' ? `\0${name}` : name;
  }
  return null;
}

/** Ends, and rejects what is open, with the signal. */
export async function openSessionBus(address: string, signal: AbortSignal): Promise<SessionBus> {
  const path = socketOf(address);
  if (path === null) throw new Error('no session bus on this machine');
  const socket = connect(path);
  const waiting = new Map<
    number,
    { readonly resolve: (reply: DbusMessage) => void; readonly reject: (error: Error) => void }
  >();
  const listeners = new Set<(message: DbusMessage) => void>();
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  ended.catch(() => undefined);
  const fail = (cause: Error): void => {
    socket.destroy();
    end(cause);
    for (const { reject } of waiting.values()) reject(cause);
    waiting.clear();
  };
  const stop = (): void => {
    fail(new Error('the session bus was left'));
  };
  signal.addEventListener('abort', stop, { once: true });
  socket.once('error', fail);
  socket.once('close', () => {
    signal.removeEventListener('abort', stop);
    fail(new Error('the session bus closed the connection'));
  });
  const rest = await authenticate(socket);

  let last = 0;
  const send = (message: Omit<DbusMessage, 'serial'>): number => {
    last += 1;
    socket.write(encodeMessage({ ...message, serial: last }));
    return last;
  };
  const call = (message: Omit<DbusMessage, 'serial' | 'type'>): Promise<DbusMessage> =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) reject(new Error('the session bus is closed'));
      else waiting.set(send({ ...message, type: 'call' }), { resolve, reject });
    });
  const take = (message: DbusMessage): void => {
    const asked = message.replyTo === undefined ? undefined : waiting.get(message.replyTo);
    if (asked === undefined) {
      for (const listener of listeners) listener(message);
      return;
    }
    waiting.delete(message.replyTo ?? 0);
    if (message.type === 'error') asked.reject(new Error(message.error ?? 'a D-Bus error without a name'));
    else asked.resolve(message);
  };
  readMessages(socket, rest, take, fail);

  const hello = await call({ ...bus, member: 'Hello' });
  return {
    name: textOf(hello.body?.[0]),
    send,
    call,
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ended,
    close: () => {
      socket.end();
    },
  };
}

function readMessages(
  socket: Socket,
  rest: Buffer,
  take: (message: DbusMessage) => void,
  fail: (cause: Error) => void,
): void {
  let bytes = rest;
  const read = (): void => {
    try {
      for (let found = decodeMessage(bytes); found !== null; found = decodeMessage(bytes)) {
        bytes = bytes.subarray(found.length);
        take(found.message);
      }
    } catch (cause) {
      fail(cause instanceof Error ? cause : new Error(String(cause)));
    }
  };
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
    read();
  });
  read();
}

/** By our user id, which the bus compares with the socket's. Returns what came behind the line that accepts it. */
function authenticate(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const fail = (): void => {
      reject(new Error('the session bus refused the connection'));
    };
    const read = (more: Buffer): void => {
      bytes = Buffer.concat([bytes, more]);
      const end = bytes.indexOf('\r\n');
      if (end < 0 && bytes.length < 1024) return;
      socket.off('data', read);
      socket.off('close', fail);
      if (!bytes.toString('latin1', 0, end).startsWith('OK ')) {
        fail();
        socket.destroy();
        return;
      }
      socket.write('BEGIN\r\n');
      resolve(bytes.subarray(end + 2));
    };
    socket.on('data', read);
    socket.once('close', fail);
    const user = Buffer.from(String(process.getuid?.() ?? '')).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${user}\r\n`);
  });
}
