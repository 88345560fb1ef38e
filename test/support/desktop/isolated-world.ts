// Scripts that stand for Electron's `contextBridge` and `ipcRenderer` in a page of Chromium.
// The worlds share no objects, only events of the window: values cross them as text, functions as numbers.

/** Name of the world that the preload script runs in. */
export const WORLD = 'driftless preload';
/** Function that carries messages to main; it exists in that world only. */
export const BINDING = 'toMain';

/** In the page's world, before the page: builds what is exposed, from its description. */
export const mainWorldScript = `(() => {
  if (window !== window.top) return;
  const listeners = new Map();
  const waiting = new Map();
  let next = 1;
  const say = (message) => {
    window.dispatchEvent(new CustomEvent('standin-to-preload', { detail: JSON.stringify(message) }));
  };
  const packed = (value) => {
    if (typeof value !== 'function') return { value: structuredClone(value) };
    listeners.set(next, value);
    return { listener: next++ };
  };
  // Calls are answered in the same turn: with a value, a function, or a promise that is settled later.
  const proxyOf = (target) => (...args) => {
    const call = next++;
    let answer;
    waiting.set(call, (given) => { answer = given; });
    say({ call, target, args: args.map(packed) });
    waiting.delete(call);
    if (answer === undefined) throw new Error('the preload script did not answer');
    if (answer.error !== undefined) throw new Error(answer.error);
    if (answer.target !== undefined) return proxyOf(answer.target);
    if (answer.promise === undefined) return answer.value;
    return new Promise((resolve, reject) => {
      waiting.set('promise ' + answer.promise, (given) => {
        waiting.delete('promise ' + answer.promise);
        if (given.error === undefined) resolve(given.value);
        else reject(new Error(given.error));
      });
    });
  };
  window.addEventListener('standin-to-page', ({ detail }) => {
    const message = JSON.parse(detail);
    if (message.expose !== undefined) {
      const api = Object.fromEntries(message.names.map(([name, target]) => [name, proxyOf(target)]));
      Object.defineProperty(window, message.expose, { value: Object.freeze(api), enumerable: true });
    } else if (message.listener !== undefined) listeners.get(message.listener)?.(...message.args);
    else waiting.get(message.settled === undefined ? message.call : 'promise ' + message.settled)?.(message);
  });
})();`;

/** In the isolated world: the bundle with an `electron` to require, and the other half of the above. */
export function preloadScript(bundle: string): string {
  return `(() => {
  if (window !== window.top) return;
  const toMain = globalThis.${BINDING};
  const say = (message) => {
    window.dispatchEvent(new CustomEvent('standin-to-page', { detail: JSON.stringify(message) }));
  };
  const targets = new Map();
  let next = 1;
  const targetOf = (run) => {
    targets.set(next, run);
    return next++;
  };
  const unpacked = (arg) => arg.listener === undefined
    ? arg.value
    : (...args) => say({ listener: arg.listener, args: structuredClone(args) });
  window.addEventListener('standin-to-preload', ({ detail }) => {
    const { call, target, args } = JSON.parse(detail);
    try {
      const result = targets.get(target)(...args.map(unpacked));
      if (typeof result === 'function') say({ call, target: targetOf(result) });
      else if (typeof result?.then === 'function') {
        const promise = next++;
        say({ call, promise });
        result.then(
          (value) => say({ settled: promise, value: structuredClone(value) }),
          (cause) => say({ settled: promise, error: String(cause?.message ?? cause) }),
        );
      } else say({ call, value: structuredClone(result) });
    } catch (cause) {
      say({ call, error: String(cause?.message ?? cause) });
    }
  });
  const waiting = new Map();
  const channels = new Map();
  globalThis.fromMain = (message) => {
    if (message.kind === 'event') {
      for (const listener of [...(channels.get(message.channel) ?? [])]) listener({}, message.message);
      return;
    }
    const settle = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) settle.resolve(message.value);
    else settle.reject(new Error(message.error));
  };
  const electron = {
    contextBridge: {
      exposeInMainWorld(expose, api) {
        say({ expose, names: Object.entries(api).map(([name, run]) => [name, targetOf(run)]) });
      },
    },
    ipcRenderer: {
      invoke(channel, ...args) {
        const id = next++;
        return new Promise((resolve, reject) => {
          // Throws for what cannot be cloned, as Electron does.
          const copied = structuredClone(args);
          waiting.set(id, { resolve, reject });
          toMain(JSON.stringify({ kind: 'invoke', id, channel, args: copied }));
        });
      },
      on(channel, listener) {
        channels.set(channel, (channels.get(channel) ?? new Set()).add(listener));
      },
      removeListener(channel, listener) {
        channels.get(channel)?.delete(listener);
      },
    },
  };
  const require = (name) => {
    if (name !== 'electron') throw new Error('a sandboxed preload cannot require ' + name);
    return electron;
  };
  toMain(JSON.stringify({ kind: 'hello' }));
  const module = { exports: {} };
  ((require, module, exports) => {
${bundle}
  })(require, module, module.exports);
})();`;
}
