// The built preload bundle in a sandbox like Electron's: one CommonJS file, `electron` alone to require.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from 'vite';
import { preloadConfig } from '../../build/vite.preload.config.ts';
import type { BackendEvent, Bridge } from '../../preload/contract.ts';
import { EVENT_CHANNEL, VIEW_CHANNEL } from '../../preload/contract.ts';

let outDir: string;

beforeAll(async () => {
  outDir = mkdtempSync(join(tmpdir(), 'driftless-preload-'));
  await build(preloadConfig({ outDir }));
});
afterAll(() => {
  rmSync(outDir, { recursive: true, force: true });
});

type Listener = (event: object, message: unknown) => void;

/** Runs the file with a `require` that knows `electron` only; `answer` is what main would say. */
function runPreload(answer: (channel: string, input: unknown) => Promise<unknown>) {
  const exposed = new Map<string, unknown>();
  const invoked: string[] = [];
  const listeners = new Map<string, Set<Listener>>();
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => exposed.set(name, api) },
    ipcRenderer: {
      invoke(channel: string, input: unknown) {
        invoked.push(channel);
        return answer(channel, input);
      },
      on(channel: string, listener: Listener) {
        listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener));
      },
      removeListener(channel: string, listener: Listener) {
        listeners.get(channel)?.delete(listener);
      },
    },
  };
  const load = compileFunction(readFileSync(join(outDir, 'index.cjs'), 'utf8'), [
    'require',
    'module',
    'exports',
  ]);
  load.call(
    undefined,
    (name: string) => {
      if (name !== 'electron') throw new Error(`a sandboxed preload cannot require ${name}`);
      return electron;
    },
    { exports: {} },
    {},
  );
  const sendOn = (channel: string, message: unknown): void => {
    for (const listener of listeners.get(channel) ?? []) listener({ sender: 'secret' }, message);
  };
  const push = (message: unknown): void => {
    sendOn(EVENT_CHANNEL, message);
  };
  const show = (message: unknown): void => {
    sendOn(VIEW_CHANNEL, message);
  };
  return { exposed, invoked, push, show, bridge: exposed.get('driftless') as Bridge };
}

const done = (): Promise<unknown> => Promise.resolve({ ok: true, value: null });

describe('the preload bundle', () => {
  test('is one file and puts three functions, and nothing else, on the window', () => {
    const { exposed, bridge } = runPreload(done);
    expect(readdirSync(outDir)).toEqual(['index.cjs']);
    expect([...exposed.keys()]).toEqual(['driftless']);
    expect(Object.keys(bridge).sort()).toEqual(['request', 'subscribe', 'watchView']);
  });

  test('hands on the views that the tray may ask for, and no other', () => {
    const { bridge, show } = runPreload(done);
    const asked: string[] = [];
    bridge.watchView?.((view) => asked.push(view));
    for (const view of ['problems', 'https://evil.example/', 7, 'settings']) show(view);
    expect(asked).toEqual(['problems', 'settings']);
  });

  test('carries a request of the contract to its channel', async () => {
    const { bridge, invoked } = runPreload(done);
    expect(await bridge.request('pause', { pairId: null })).toEqual({ ok: true, value: null });
    expect(invoked).toEqual(['driftless:pause']);
  });

  test.each(['electron-store-get-data', 'constructor', '__proto__', 'pause ', ''])(
    'makes no channel of the name %j',
    async (name) => {
      const { bridge, invoked } = runPreload(done);
      const answer = await bridge.request(name as 'pause', { pairId: null });
      expect(answer).toEqual({ ok: false, error: { code: 'unknown-request', fields: {} } });
      expect(invoked).toEqual([]);
    },
  );

  test("keeps main's own words from the page when a call is rejected or malformed", async () => {
    const rejecting = runPreload(() => Promise.reject(new TypeError('/home/alice/token: secret')));
    expect(await rejecting.bridge.request('pause', { pairId: null })).toEqual({
      ok: false,
      error: { code: 'internal', fields: { name: 'TypeError' } },
    });
    const malformed = runPreload(() => Promise.resolve({ secret: 1 }));
    expect(await malformed.bridge.request('pause', { pairId: null })).toMatchObject({ ok: false });
  });

  test('hands on well-formed events alone, without the Electron event, until unsubscribed', () => {
    const { bridge, push } = runPreload(done);
    const heard: unknown[][] = [];
    const stop = bridge.subscribe((...args: readonly BackendEvent[]) => {
      heard.push([...args]);
    });
    const event = { seq: 1, body: { kind: 'overallChanged', overall: 'paused' } };
    push(event);
    push({ seq: 2, body: { kind: 'somethingElse' } });
    stop();
    push({ ...event, seq: 3 });
    expect(heard).toEqual([[event]]);
  });
});
