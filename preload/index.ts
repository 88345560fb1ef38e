// Sandboxed preload script: exposes the bridge, and nothing else, on the page's window.
import { contextBridge, ipcRenderer } from 'electron';
import type { IpcRendererEvent } from 'electron';
import { createBridge } from './bridge.ts';
import { EVENT_CHANNEL, VIEW_CHANNEL } from './contract.ts';

const bridge = createBridge({
  invoke: (channel, input) => ipcRenderer.invoke(channel, input) as Promise<unknown>,
  listen: (listener) => listenOn(EVENT_CHANNEL, listener),
  listenView: (listener) => listenOn(VIEW_CHANNEL, listener),
});

function listenOn(channel: string, listener: (message: unknown) => void): () => void {
  const forward = (_event: IpcRendererEvent, message: unknown): void => {
    listener(message);
  };
  ipcRenderer.on(channel, forward);
  return () => void ipcRenderer.removeListener(channel, forward);
}

contextBridge.exposeInMainWorld('driftless', bridge);
