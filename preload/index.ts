// Sandboxed preload script: exposes the bridge, and nothing else, on the page's window.
import { contextBridge, ipcRenderer } from 'electron';
import type { IpcRendererEvent } from 'electron';
import { createBridge } from './bridge.ts';
import { EVENT_CHANNEL } from './contract.ts';

const bridge = createBridge({
  invoke: (channel, input) => ipcRenderer.invoke(channel, input) as Promise<unknown>,
  listen(listener) {
    const forward = (_event: IpcRendererEvent, message: unknown): void => {
      listener(message);
    };
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => void ipcRenderer.removeListener(EVENT_CHANNEL, forward);
  },
});

contextBridge.exposeInMainWorld('driftless', bridge);
