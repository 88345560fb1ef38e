// Answers of stores in odd forms, read by the real client: each costs at most the entry that it is about.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import { runCall } from '../../main/adapters/s3/request/call.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { s3Subject } from '../support/s3-subject.ts';

const { signal } = new AbortController();
const key = 'file.txt' as ObjectKey;
const newYear = Date.UTC(2024, 0, 1);

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

async function placeOf(answer: Answering) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      answer(request, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const place = { endpoint: `http://127.0.0.1:${String(port)}`, region: 'eu-central-1', bucket: 'bucket' };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return place;
}

const credentials = fixedCredentials({ accessKeyId: 'a', secretAccessKey: 'b' });

async function storeOf(answer: Answering) {
  const subject = s3Subject(await placeOf(answer), credentials);
  onTestFinished(() => {
    subject.close();
  });
  return subject.objects;
}

async function clientOf(answer: Answering) {
  const client = makeS3Client({
    ...(await placeOf(answer)),
    forcePathStyle: true,
    expectedBucketOwner: null,
    development: true,
    credentials,
    nowMs: () => newYear,
  });
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

type Field = 'LastModified' | 'ETag' | 'Size';

function entry(name: string, changes: Partial<Record<Field, string>> = {}): string {
  const fields = { LastModified: '2024-01-01T00:00:00.000Z', ETag: '"e"', Size: '1', ...changes };
  const inner = Object.entries(fields).map(([field, value]) => `<${field}>${value}</${field}>`);
  return `<Contents><Key>${name}</Key>${inner.join('')}</Contents>`;
}

function page(inner: string, isTruncated = 'false'): string {
  const name = `<Name>bucket</Name><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>`;
  return `<?xml version="1.0"?><ListBucketResult>${name}${inner}</ListBucketResult>`;
}

/** `key size time` of each object, and what cannot be used, of a listing in these pages. */
async function listed(...pages: readonly string[]) {
  const tokens: (string | null)[] = [];
  const objects = await storeOf((request, response) => {
    tokens.push(new URL(request.url ?? '', 'http://store').searchParams.get('continuation-token'));
    response.writeHead(200, { 'content-type': 'application/xml' }).end(pages[tokens.length - 1]);
  });
  const seen: string[] = [];
  for await (const one of objects.list('', null, signal)) {
    for (const { key: name, sizeBytes, modifiedMs } of one.objects)
      seen.push(`${name} ${String(sizeBytes)} ${String(modifiedMs)}`);
    for (const { label, why } of one.unusable) seen.push(`${label} ${why}`);
  }
  return { seen, tokens };
}

test.each([
  ['2024-01-01T00:00:00.123456789Z', newYear + 123],
  ['2024-01-01T02:00:00+02:00', newYear],
  ['2024-01-01T02:00:00+0200', newYear],
  ['2024-01-01T00:00:00', newYear],
  ['2024-01-01 00:00:00', newYear],
  [' 2024-01-01T00:00:00.000Z ', newYear],
  ['Mon, 01 Jan 2024 00:00:00 GMT', newYear],
  ['1704067200', 0],
  ['yesterday', 0],
  ['+275760-09-13T00:00:00Z', 0],
  ['', 0],
])('an entry of the time "%s" costs nothing else on its page', async (LastModified, ms) => {
  const { seen } = await listed(page(entry('odd', { LastModified }) + entry('good')));
  expect(seen).toEqual([`odd 1 ${String(ms)}`, `good 1 ${String(newYear)}`]);
});

test.each(['', ' ', 'many', '-1', '1,024', '99999999999999999999'])(
  'an entry of the size "%s" is named, and taken for no empty object',
  async (Size) => {
    const { seen } = await listed(page(entry('odd', { Size }) + entry('good')));
    expect(seen.toSorted()).toEqual([`good 1 ${String(newYear)}`, 'odd no-size']);
  },
);

test.each(['', '""'])('an entry of the ETag %s is named', async (ETag) => {
  const { seen } = await listed(page(entry('odd', { ETag }) + entry('good')));
  expect(seen.toSorted()).toEqual([`good 1 ${String(newYear)}`, 'odd no-etag']);
});

test('a listing with a document type is an error, and a refusal with one keeps its status', async () => {
  const doctype = '<!DocType html>';
  const withType = await storeOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/xml' }).end(`${doctype}${page(entry('a'))}`);
  });
  const pages = withType.list('', null, signal)[Symbol.asyncIterator]();
  await expect(pages.next()).rejects.toMatchObject({ code: 'remote-invalid-answer' });
  const refusals = ['<html>busy</html>', `<Error><Code>SlowDown</Code>${' '.repeat(70_000)}</Error>`];
  for (const body of [`${doctype}${refusals[0] ?? ''}`, refusals[1]]) {
    const busy = await storeOf((_request, response) => {
      response.writeHead(503, { 'content-type': 'text/html' }).end(body);
    });
    const asked = busy.list('', null, signal)[Symbol.asyncIterator]();
    await expect(asked.next()).rejects.toMatchObject({ retry: 'backoff' });
  }
});

test('weak and bare ETags, a byte order mark, empty entries and folders of a delimiter are read', async () => {
  const inner = `${entry('weak', { ETag: 'W/"e"' })}${entry('bare', { ETag: 'e' })}<Contents/>`;
  const { seen } = await listed(
    `\ufeff${page(`${inner}<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes>`)}`,
  );
  expect(seen).toEqual([`weak 1 ${String(newYear)}`, `bare 1 ${String(newYear)}`, ' no-key']);
});

test('a continuation token comes back to the letter, whatever is in it', async () => {
  const token = 'a+b/c=%20&ü 1';
  const next = `<NextContinuationToken>${token.replace('&', '&amp;')}</NextContinuationToken>`;
  const { tokens } = await listed(page(entry('a') + next, 'true'), page(entry('b')));
  expect(tokens).toEqual([null, token]);
});

test.each([
  ['', 'remote-invalid-answer'],
  ['<html><body>Please sign in</body></html>', 'remote-invalid-answer'],
  ['{}', 'remote-invalid-answer'],
  ['<Error><Code>SlowDown</Code></Error>', 'slow-down'],
])('the answer "%s" with status 200 is no empty listing', async (body, code) => {
  await expect(listed(body)).rejects.toMatchObject({ code });
});

test.each([
  ['Mon, 01 Jan 2024 00:00:00 GMT', newYear],
  ['Monday, 01-Jan-24 00:00:00 GMT', newYear],
  ['Mon, 01 Jan 2024 00:00:00 +0000', newYear],
  ['2024-01-01T00:00:00Z', newYear],
  ['yesterday', 0],
  ['', 0],
])('an object of the time "%s" has its facts', async (modified, ms) => {
  const objects = await storeOf((_request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': '0', 'last-modified': modified }).end();
  });
  const found = await objects.head(key, signal);
  expect(found).toMatchObject({ kind: 'found', info: { modifiedMs: ms, etag: 'e' } });
});

async function partOf(status: number, headers: Readonly<Record<string, string>>, body: string) {
  const objects = await storeOf((_request, response) => {
    response.writeHead(status, { etag: '"e"', 'content-length': String(body.length), ...headers }).end(body);
  });
  const range = { start: 4, end: 8 };
  const got = await objects.get(key, { condition: { kind: 'none' }, range }, signal);
  if (got.kind !== 'found') return got.kind;
  const chunks: Uint8Array[] = [];
  for await (const chunk of got.body) chunks.push(chunk);
  return `${Buffer.concat(chunks).toString()} of ${String(got.info.sizeBytes)}`;
}

test('a range comes out of the whole object where the store ignores ranges', async () => {
  expect(await partOf(206, { 'content-range': 'bytes 4-7/10' }, '4567')).toBe('4567 of 10');
  expect(await partOf(200, {}, '0123456789')).toBe('4567 of 10');
});

test('other bytes than were asked for are never taken for them', async () => {
  const other = partOf(206, { 'content-range': 'bytes 0-3/10' }, '0123');
  await expect(other).rejects.toMatchObject({ code: 'remote-invalid-answer', scope: 'item' });
  const shorter = partOf(206, { 'content-range': 'bytes 4-5/10' }, '45');
  await expect(shorter).rejects.toMatchObject({ code: 'connection-lost' });
});

/** Writes without end, with a stated length that is never reached or with none. */
function writeOn(response: ServerResponse): void {
  const more = Buffer.alloc(64 * 1024, '<a>');
  const send = (): void => {
    while (!response.destroyed && response.write(more));
    if (!response.destroyed) response.once('drain', send);
  };
  send();
}

test.each([{}, { 'content-length': String(2 ** 40) }])(
  'an error that does not end is known by its status, and read no further than it says something: %o',
  async (length) => {
    const objects = await storeOf((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/xml', ...length });
      writeOn(response);
    });
    const bytes = patternBytes(10);
    const calls: readonly (() => Promise<unknown>)[] = [
      () => objects.get(key, { condition: { kind: 'none' } }, signal),
      () => objects.put(key, sourceOf(bytes), putOptions(bytes), signal),
      () => objects.delete(key, { kind: 'none' }, signal),
      () => objects.list('', null, signal)[Symbol.asyncIterator]().next(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'remote-denied' });
  },
);

test('what a write or a removal answers has a smaller cap than a listing, and may have happened', async () => {
  const objects = await storeOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/xml', etag: '"e"' });
    response.end(`<CopyObjectResult>${' '.repeat(300_000)}<ETag>"e"</ETag></CopyObjectResult>`);
  });
  const bytes = patternBytes(10);
  const about = { contentType: 'text/plain', metadata: {} };
  const calls: readonly (() => Promise<unknown>)[] = [
    () => objects.put(key, sourceOf(bytes), putOptions(bytes), signal),
    () => objects.delete(key, { kind: 'none' }, signal),
    () => objects.copy(key, key, { source: null, condition: { kind: 'none' }, ...about }, signal),
  ];
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({
      code: 'remote-invalid-answer',
      fields: { mayHaveHappened: true },
    });
});

/** What a copy comes to, of an object that is asked for without the SDK and of one with a header that is the SDK's to send. */
async function copied(answer: Answering): Promise<readonly unknown[]> {
  const objects = await storeOf(answer);
  const none = {
    ...{ cacheControl: null, contentDisposition: null, contentEncoding: null, contentLanguage: null },
    ...{ expires: null, websiteRedirect: null, tagging: null, userMetadata: {} },
    ...{ storageClass: null, encryption: null },
  };
  const about = {
    source: null,
    condition: { kind: 'none' },
    contentType: 'text/plain',
    metadata: {},
  } as const;
  const outcomes: unknown[] = [];
  for (const headers of [undefined, { ...none, cacheControl: 'no-cache' }]) {
    const options = headers === undefined ? about : { ...about, headers };
    outcomes.push(await objects.copy(key, key, options, signal).catch((error: unknown) => error));
  }
  return outcomes;
}

const copyBody =
  '<CopyObjectResult><LastModified>2024-01-01T00:00:00Z</LastModified><ETag>"e"</ETag></CopyObjectResult>';

test.for([
  [
    'a time in another form',
    copyBody.replace('2024-01-01T00:00:00Z', 'yesterday'),
    { kind: 'done', etag: 'e' },
  ],
  ['a byte order mark', `\ufeff${copyBody}`, { kind: 'done', etag: 'e' }],
  ['an error', '<Error><Code>SlowDown</Code></Error>', { code: 'slow-down' }],
  ['a lost condition', '<Error><Code>PreconditionFailed</Code></Error>', { kind: 'lost' }],
  ['nothing', '', { code: 'slow-down' }],
  [
    'a document type',
    `<!DOCTYPE a>${copyBody}`,
    { code: 'remote-invalid-answer', fields: { mayHaveHappened: true } },
  ],
] as const)('a copy that is answered with %s is read alike in either framing', async ([, body, outcome]) => {
  for (const length of [
    { 'content-length': String(Buffer.byteLength(body)) },
    { 'transfer-encoding': 'chunked' },
  ]) {
    const outcomes = await copied((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/xml', ...length }).end(body);
    });
    for (const one of outcomes) expect(one).toMatchObject(outcome);
  }
});

test('a copy whose answer breaks off may have happened', async () => {
  for (const length of [{ 'content-length': '500' }, { 'transfer-encoding': 'chunked' }]) {
    const outcomes = await copied((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/xml', ...length });
      response.write(copyBody.slice(0, 30), () => response.destroy());
    });
    for (const one of outcomes)
      expect(one).toMatchObject({ code: 'connection-lost', fields: { mayHaveHappened: true } });
  }
});

test('requests that follow one another leave over one connection', async () => {
  const from = new Set<number | undefined>();
  const objects = await storeOf(({ socket }, response) => {
    from.add(socket.remotePort);
    response.writeHead(200, { etag: '"e"', 'content-length': '0' }).end();
  });
  const bytes = patternBytes(10);
  await objects.head(key, signal);
  await objects.put(key, sourceOf(bytes), putOptions(bytes), signal);
  await objects.put(key, sourceOf(bytes), putOptions(bytes), signal);
  expect(from.size).toBe(1);
});

test('what a call takes of an answer itself, the SDK does not read again', async () => {
  const client = await clientOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/xml' }).end(page(entry('one')));
  });
  const ask = (takes: boolean) => {
    const given: string[] = [];
    const takeXml = (bytes: Uint8Array): boolean => given.push(String(bytes)) > 0 && takes;
    const send = () => client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    return runCall({ signal, takeXml }, send).then(({ Contents }) => ({ given, count: Contents?.length }));
  };
  expect(await ask(true)).toEqual({ given: [page(entry('one'))], count: undefined });
  expect(await ask(false)).toEqual({ given: [page(entry('one'))], count: 1 });
});
