/** Vite server of the scene viewer: the page's views from source on scripted backends, all in the browser. */
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { createServer } from 'vite';

const root = join(import.meta.dirname, '..', '..');

export type SceneServer = { readonly url: string; close(): Promise<void> };

/** `port` 0 picks a free one. */
export async function startSceneServer(options: {
  readonly port: number;
  readonly cacheDir?: string;
}): Promise<SceneServer> {
  const server = await createServer({
    configFile: false,
    root: import.meta.dirname,
    publicDir: false,
    logLevel: 'warn',
    cacheDir: options.cacheDir ?? join(root, 'node_modules', '.vite', 'scenes'),
    plugins: [react()],
    optimizeDeps: { entries: ['index.html', 'frame.html'], include: ['react', 'react-dom/client', 'zod'] },
    server: { host: '127.0.0.1', port: options.port, cors: false, allowedHosts: [], fs: { allow: [root] } },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (address === null || address === undefined || typeof address === 'string')
    throw new TypeError('the scene server does not listen on a TCP port');
  return { url: `http://127.0.0.1:${String(address.port)}/`, close: () => server.close() };
}
