// The page's `Bridge` over IPC: invoke a named channel, listen to one.
import type { Bridge } from './contract.ts';
import { channelOf, eventSchema, isRequestName, parseResult, shownViews } from './contract.ts';
import { failed } from './lean/limits.ts';

/** Subset of Electron's `ipcRenderer` used by the bridge; the object itself never reaches the page. */
export type Wire = {
  readonly invoke: (channel: string, input: unknown) => Promise<unknown>;
  /** Returns the unsubscriber. The listener receives the message only, never Electron's event object. */
  readonly listen: (listener: (message: unknown) => void) => () => void;
  /** As `listen`, for the view that the tray asks for. */
  readonly listenView: (listener: (message: unknown) => void) => () => void;
};

export function createBridge(wire: Wire): Bridge {
  return {
    async request(name, input) {
      // The page is untrusted: a name outside the contract must not become a channel.
      if (!isRequestName(name)) return failed('unknown-request');
      try {
        return parseResult(name, await wire.invoke(channelOf(name), input));
      } catch (cause) {
        // Electron's rejection may quote an error of main; the page only learns that the request failed.
        return failed('internal', { name: cause instanceof Error ? cause.name : 'unknown' });
      }
    },
    subscribe(listener) {
      return wire.listen((message) => {
        const event = eventSchema.safeParse(message);
        if (event.success) listener(event.data);
      });
    },
    watchView(listener) {
      return wire.listenView((message) => {
        const view = shownViews.find((one) => one === message);
        if (view !== undefined) listener(view);
      });
    },
  };
}
