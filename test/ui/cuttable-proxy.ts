// Forward proxy between browser and page server whose connections can be cut.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export type CuttableProxy = {
  readonly url: string;
  /** Ends every connection and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

export async function startCuttableProxy(): Promise<CuttableProxy> {
  let isCut = false;
  const server = createServer((incoming, answer) => {
    const { method, headers } = incoming;
    if (isCut) return void incoming.socket.destroy();
    const onward = request(incoming.url ?? '', { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.on('error', () => answer.destroy());
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    cut() {
      isCut = true;
      server.closeAllConnections();
    },
    mend() {
      isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
