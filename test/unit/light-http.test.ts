// HTTP of the bench's store: what a client waits for must come at once, or the bench measures the store.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { serveLightly } from '../bench/light-http.ts';

test.each(['100-continue', '100-Continue'])(
  'a body announced by "Expect: %s" is asked for',
  async (expectation) => {
    const { server, port } = await serveLightly(
      ({ body }) => ({ status: 200, body: [...body] }),
      () => 0,
    );
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
      server.close();
    });
    socket.write(
      `PUT /bucket/key HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: ${expectation}\r\n\r\n`,
    );
    const [asked] = (await once(socket, 'data')) as [Buffer];
    expect(asked.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('body');
    const [answered] = (await once(socket, 'data')) as [Buffer];
    expect(answered.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*body$/u);
  },
);
