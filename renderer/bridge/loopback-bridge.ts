// Bridge of the loopback page: one-use code to bearer, requests, event stream.
import { eventSchema, parseResult } from '../../preload/contract.ts';
import { failed } from '../../preload/lean/limits.ts';
import type {
  BackendEvent,
  Bridge,
  Connection,
  Input,
  Output,
  RequestName,
  Result,
} from '../../preload/contract.ts';

/** Three missed heartbeats: the connection is dead without an error (after system sleep). */
const SILENCE_MS = 30_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;

type Post = (path: string, body: unknown, signal?: AbortSignal) => Promise<Response>;

/** @param code the one-use code of the link; null after a reload: such a page has no access. */
export function createLoopbackBridge(code: string | null): Bridge {
  const eventListeners = new Set<(event: BackendEvent) => void>();
  const connectionListeners = new Set<(connection: Connection) => void>();
  let connection: Connection = 'lost';
  let bearer: string | null = null;

  function turn(next: Connection): void {
    connection = next;
    for (const listener of connectionListeners) listener(next);
  }

  const post: Post = (path, body, signal) =>
    fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
      credentials: 'omit',
      redirect: 'error',
      ...(signal === undefined ? {} : { signal }),
    });

  function heard(line: string): void {
    if (line === '') return;
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'subscribed' in value) return turn('open');
    const event = eventSchema.parse(value);
    for (const listener of eventListeners) listener(event);
  }

  async function run(): Promise<void> {
    if (code === null) {
      turn('ended');
      return;
    }
    bearer = await openSession(post, code);
    if (bearer === null) {
      turn('ended');
      return;
    }
    let waitMs = RETRY_MIN_MS;
    for (;;) {
      const outcome = await followEvents(post, heard);
      if (outcome === 'refused') {
        turn('ended');
        return;
      }
      waitMs = outcome === 'served' ? RETRY_MIN_MS : Math.min(RETRY_MAX_MS, waitMs * 2);
      turn('lost');
      await pause(waitMs);
    }
  }

  void run(); // never rejects: every failure below is an outcome
  return {
    request: (name, input) => ask(post, name, input),
    subscribe(listener) {
      eventListeners.add(listener);
      return () => void eventListeners.delete(listener);
    },
    watchConnection(listener) {
      connectionListeners.add(listener);
      if (connection !== 'lost') listener(connection);
      return () => void connectionListeners.delete(listener);
    },
  };
}

async function openSession(post: Post, code: string): Promise<string | null> {
  for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
    try {
      const response = await post('/api/session', { code });
      if (response.ok) return bearerIn(await response.json());
      if (response.status !== 429) return null;
    } catch {
      // Not reachable: the code was not used up, so it is worth another try.
    }
    await pause(waitMs);
  }
}

function bearerIn(answer: unknown): string | null {
  const value = typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : null;
  const bearer = typeof value === 'object' && value !== null && 'bearer' in value ? value.bearer : null;
  return typeof bearer === 'string' ? bearer : null;
}

/** `served`: there was a stream and it ended. `failed`: there was none. `refused`: this tab's access is over. */
async function followEvents(
  post: Post,
  heard: (line: string) => void,
): Promise<'served' | 'failed' | 'refused'> {
  const silence = new AbortController();
  let timer = setTimeout(() => {
    silence.abort();
  }, SILENCE_MS);
  let wasServed = false;
  try {
    const response = await post('/api/events', {}, silence.signal);
    if (response.status === 401) return 'refused';
    if (!response.ok || response.body === null) return 'failed';
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      wasServed = true;
      clearTimeout(timer);
      timer = setTimeout(() => {
        silence.abort();
      }, SILENCE_MS);
      const lines = (rest + chunk.value).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(heard);
    }
  } catch {
    // Cut, silent or unreadable: the caller connects again and takes a new snapshot.
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
  return wasServed ? 'served' : 'failed';
}

async function ask<N extends RequestName>(post: Post, name: N, input: Input<N>): Promise<Result<Output<N>>> {
  try {
    const response = await post(`/api/${name}`, input);
    return parseResult(name, await response.json());
  } catch {
    return failed('not-reachable');
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
