// TCP proxy that simulates a bad network: delays, reorders, cuts and truncates.
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';

export type BadProxy = {
  readonly port: number;
  /** From now on everything passes untouched. */
  readonly makePeace: () => void;
  readonly counts: () => Readonly<Record<Mischief | 'connections', number>>;
  readonly close: () => Promise<void>;
};

/** `late`: held back while others overtake it. `refused`: closed before a byte. `truncated`: the end of a stream is missing. */
export type Mischief = 'late' | 'slow' | 'refused' | 'cut' | 'truncated';

export type BadProxyOptions = {
  readonly targetPort: number;
  /** Between 0 and 1. */
  readonly random: () => number;
};

type Fate = {
  readonly lateMs: number;
  readonly chunkDelayMs: number;
  /** After so many bytes in one direction something happens to the connection; null: nothing. */
  readonly breakAfter: number | null;
  readonly isTruncating: boolean;
};

type State = {
  isPeaceful: boolean;
  readonly open: Set<Socket>;
  readonly timers: Set<NodeJS.Timeout>;
  readonly counts: Record<Mischief | 'connections', number>;
};

export async function startBadProxy(options: BadProxyOptions): Promise<BadProxy> {
  const state: State = {
    isPeaceful: false,
    open: new Set(),
    timers: new Set(),
    counts: { connections: 0, late: 0, slow: 0, refused: 0, cut: 0, truncated: 0 },
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    accept(state, options, client);
  });
  const port = await listen(server);
  return {
    port,
    makePeace: () => {
      state.isPeaceful = true;
    },
    counts: () => ({ ...state.counts }),
    close: () => {
      for (const timer of state.timers) clearTimeout(timer);
      for (const socket of state.open) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
}

function accept(state: State, options: BadProxyOptions, client: Socket): void {
  state.counts.connections += 1;
  track(state, client);
  const fate = state.isPeaceful ? null : decide(state, options.random);
  if (fate === 'refused') {
    client.resetAndDestroy();
    return;
  }
  const begin = (): void => {
    if (client.destroyed) return;
    const server = connect({ port: options.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    track(state, server);
    pump(state, { from: client, to: server }, fate);
    pump(state, { from: server, to: client }, fate);
  };
  if (fate === null || fate.lateMs === 0) begin();
  // Connections made after this one get through before it.
  else later(state, fate.lateMs, begin);
}

function decide(state: State, random: () => number): Fate | 'refused' {
  if (random() < 0.03) {
    state.counts.refused += 1;
    return 'refused';
  }
  const isLate = random() < 0.2;
  const isSlow = random() < 0.3;
  if (isLate) state.counts.late += 1;
  if (isSlow) state.counts.slow += 1;
  return {
    lateMs: isLate ? Math.floor(random() * 1500) : 0,
    chunkDelayMs: isSlow ? 1 + Math.floor(random() * 60) : 0,
    // Connections are kept alive: the exponent makes some break in their first headers, some after megabytes.
    breakAfter: random() < 0.6 ? Math.floor(200 * 10 ** (random() * 4.5)) : null,
    isTruncating: random() < 0.5,
  };
}

function track(state: State, socket: Socket): void {
  state.open.add(socket);
  socket.setNoDelay(true);
  // An error is followed by close, and a broken connection is what this proxy is for.
  socket.on('error', () => undefined);
  socket.on('close', () => state.open.delete(socket));
}

type Way = { readonly from: Socket; readonly to: Socket };

/** One direction, in order: each chunk waits its turn, so a stream is late but never scrambled, as TCP promises. */
function pump(state: State, { from, to }: Way, fate: Fate | null): void {
  let passed = 0;
  let isBroken = false;
  const forward = (chunk: Buffer): void => {
    if (isBroken || to.destroyed) return;
    const limit = state.isPeaceful ? null : (fate?.breakAfter ?? null);
    if (limit === null || passed + chunk.length <= limit) {
      passed += chunk.length;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      return;
    }
    isBroken = true;
    breakOff(
      state,
      { from, to },
      fate?.isTruncating === true ? chunk.subarray(0, Math.max(0, limit - passed)) : null,
    );
  };
  from.on('data', (chunk: Buffer) => {
    const delayMs = state.isPeaceful ? 0 : (fate?.chunkDelayMs ?? 0);
    if (delayMs === 0) {
      forward(chunk);
      return;
    }
    from.pause();
    later(state, delayMs, () => {
      forward(chunk);
      from.resume();
    });
  });
  from.on('end', () => to.end());
  from.on('close', () => to.destroy());
}

/** Cut: both ends see a reset. Truncated: the receiver sees an orderly end in the middle of what it was reading. */
function breakOff(state: State, { from, to }: Way, rest: Buffer | null): void {
  if (rest === null) {
    state.counts.cut += 1;
    to.resetAndDestroy();
    from.resetAndDestroy();
    return;
  }
  state.counts.truncated += 1;
  to.end(rest);
  from.destroy();
}

function later(state: State, delayMs: number, act: () => void): void {
  const timer = setTimeout(() => {
    state.timers.delete(timer);
    act();
  }, delayMs);
  state.timers.add(timer);
}
