// Checksum headers that a store refuses: omitted from then on, family by family.
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { putOptions, sourceOf } from '../support/byte-source.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { s3Subject } from '../support/s3-subject.ts';

const { signal } = new AbortController();
const key = 'file.txt' as ObjectKey;
const bytes = new TextEncoder().encode('some text');

type Refusal = { readonly code: string; readonly when: (name: string) => boolean };

/** Accepts every write and HEAD except the refused ones; records the checksum headers of each request. */
async function storeThatRefuses(refusal: Refusal) {
  const seen: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    request.resume().on('end', () => {
      const sums = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-checksum'));
      seen.push([request.method, ...sums].join(' '));
      if (sums.some(refusal.when)) {
        response.writeHead(400, { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${refusal.code}</Code><Message>Unsupported header</Message></Error>`);
        return;
      }
      response.writeHead(200, { etag: '"abc"', 'content-length': '0' });
      response.end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const place = { endpoint: `http://127.0.0.1:${String(port)}`, region: 'eu-central-1', bucket: 'b' };
  const subject = s3Subject(place, fixedCredentials({ accessKeyId: 'a', secretAccessKey: 'b' }));
  onTestFinished(() => {
    subject.close();
    server.close();
  });
  const put = () => subject.objects.put(key, sourceOf(bytes), putOptions(bytes), signal);
  return { seen, put, head: () => subject.objects.head(key, signal) };
}

describe('a store that refuses', () => {
  test('a store that refuses requests for stored checksums gets none of them again but still receives checksums', async () => {
    const mode = (name: string) => name === 'x-amz-checksum-mode';
    const { seen, head, put } = await storeThatRefuses({ code: 'InvalidArgument', when: mode });
    for (const one of [await head(), await head()]) expect(one.kind).toBe('found');
    await put();
    expect(seen).toEqual(['HEAD x-amz-checksum-mode', 'HEAD', 'HEAD', 'PUT x-amz-checksum-sha256']);
  });

  test('a store that refuses checksums receives none but is still asked for stored ones', async () => {
    const sums = (name: string) => name !== 'x-amz-checksum-mode';
    const { seen, head, put } = await storeThatRefuses({ code: 'NotImplemented', when: sums });
    for (const one of [await put(), await put()]) expect(one.kind).toBe('done');
    await head();
    expect(seen).toEqual(['PUT x-amz-checksum-sha256', 'PUT', 'PUT', 'HEAD x-amz-checksum-mode']);
  });

  test('bytes refused for a wrong checksum are not sent again without it', async () => {
    const { seen, put } = await storeThatRefuses({ code: 'BadDigest', when: () => true });
    await expect(put()).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(seen).toEqual(['PUT x-amz-checksum-sha256']);
  });
});
