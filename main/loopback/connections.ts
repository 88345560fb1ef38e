// Connections of the page's server, limited so that strangers cannot take them all.
import type { Socket } from 'node:net';

export type Connections = {
  /** Takes a new one in; where there are too many, the oldest that no tab uses is cut off. */
  admit(socket: Socket): void;
  /** A tab that was let in uses it: it is no longer cut off. */
  keep(socket: Socket): void;
};

/**
 * Turning away the newest, as Node does, would let another user of the machine keep everybody out by holding connections
 * open. Here a new one is served at once, and who holds one open without a tab loses it first.
 */
export function limitConnections(most: number): Connections {
  // In the order of their arrival.
  const strangers = new Set<Socket>();
  return {
    admit(socket) {
      strangers.add(socket);
      socket.once('close', () => strangers.delete(socket));
      if (strangers.size <= most) return;
      const [oldest] = strangers;
      if (oldest === undefined) return;
      strangers.delete(oldest);
      oldest.destroy();
    },
    keep(socket) {
      strangers.delete(socket);
    },
  };
}
