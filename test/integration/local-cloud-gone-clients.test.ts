// Requests that the local cloud holds while their client, or the cloud itself, goes away.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Blobs } from '../local-cloud/blobs.ts';
import { signInUser, signRaw } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { receiveBody } from '../local-cloud/receive-body.ts';
import type { Received } from '../local-cloud/receive-body.ts';
import { tempFolder } from '../support/temp.ts';

/** A PUT that the server has begun to handle, with `sent` as the part of its body that was written. */
async function beginPut(url: string, headers: OutgoingHttpHeaders, sent: string): Promise<ClientRequest> {
  // Node answers `100-continue` when it hands the request to the server.
  const put = request(url, { method: 'PUT', headers: { ...headers, expect: '100-continue' } });
  put.on('error', () => undefined);
  put.flushHeaders();
  await once(put, 'continue');
  const { promise, resolve } = Promise.withResolvers<undefined>();
  put.write(sent, () => {
    resolve(undefined);
  });
  await promise;
  return put;
}

test.each([
  ['a whole body', 'text'],
  ['half a body', 'te'],
])('a body is refused when its client was gone before it was read, after %s', async (_name, sent) => {
  const blobs = new Blobs(join(await tempFolder('blobs'), 'blobs'));
  const verified = { payload: 'UNSIGNED-PAYLOAD' } as Parameters<typeof receiveBody>[1];
  const options = { extra: [], verifyChecksums: true, maxBytes: 1024 };
  const received = Promise.withResolvers<Received>();
  const server = createServer((incoming) => {
    incoming.once('close', () => {
      received.resolve(receiveBody(incoming, verified, blobs, options));
    });
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const put = await beginPut(`http://127.0.0.1:${String(port)}/`, { 'content-length': 4 }, sent);
  put.destroy();
  await expect(received.promise).rejects.toThrow('The connection closed before the body was complete');
});

test('a delay ends when the cloud is stopped', async () => {
  const cloud = await startLocalCloud({ directory: join(await tempFolder('cloud'), 'cloud') });
  const { description, control } = cloud;
  const { credentials, prefix } = await signInUser(description, 'alice');
  control.addFault({ verb: 'PutObject', kind: 'delay', delayMs: 24 * 3600 * 1000 });
  const raw = { method: 'PUT', bucket: description.bucket, key: `${prefix}held.txt`, body: 'text' };
  const { url, init } = signRaw(description, credentials, raw);
  await beginPut(url, { ...init.headers, 'content-length': 4 }, 'text');
  await cloud.stop();
  expect(control.log().some(({ detail }) => detail.startsWith(`${prefix}held.txt`))).toBe(true);
});
