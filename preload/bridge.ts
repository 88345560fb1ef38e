// Builds the page's `Bridge` from the two things a preload may do with main: invoke a named channel, and listen to one.
import type { Bridge } from './contract.ts';
import { channelOf, eventSchema, failed, isRequestName, parseResult } from './contract.ts';

/** The slice of Electron's `ipcRenderer` that the bridge stands on; the object itself never reaches the page. */
export type Wire = {
  readonly invoke: (channel: string, input: unknown) => Promise<unknown>;
  /** Returns the unsubscriber. The listener hears the message alone, never Electron's event object. */
  readonly listen: (listener: (message: unknown) => void) => () => void;
};

export function createBridge(wire: Wire): Bridge {
  return {
    async request(name, input) {
      // The page is untrusted: a name outside the contract must not become a channel.
      if (!isRequestName(name)) return failed('unknown-request');
      try {
        return parseResult(name, await wire.invoke(channelOf(name), input));
      } catch (cause) {
        // Electron rejects with a text that may quote main's error; the page hears only that it failed.
        return failed('internal', { name: cause instanceof Error ? cause.name : 'unknown' });
      }
    },
    subscribe(listener) {
      return wire.listen((message) => {
        const event = eventSchema.safeParse(message);
        if (event.success) listener(event.data);
      });
    },
  };
}
