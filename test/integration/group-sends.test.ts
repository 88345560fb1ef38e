// Groups of small files read and sent by the real worker, to a byte-wise server.
import { createHash } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makePace } from '../../main/adapters/limits/pace.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import type { HeldRead, HeldSending } from '../../main/ports/remote-objects.port.ts';
import { opened } from '../support/group-thread.ts';
import { tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();

/** A body that has no end. */
const endless = `transfer-encoding: chunked\r\n\r\n100000\r\n${'x'.repeat(0x100000)}\r\n`;
const made = 'HTTP/1.1 200 OK\r\nETag: "e"\r\ncontent-length: 0\r\n\r\n';

function plainAnswer(status: string, more = '', body = ''): string {
  return `HTTP/1.1 ${status}\r\n${more}content-length: ${String(body.length)}\r\n\r\n${body}`;
}

type World = Awaited<ReturnType<typeof opened>>;

/** Writes and reads files of these names; their content is their name. */
async function readFiles({ disk, root }: World, names: readonly string[]): Promise<readonly HeldRead[]> {
  for (const name of names) writeFileSync(join(root, name), name);
  const reads = await disk.files.readHeld(names.map((name) => ({ opId: `op-${name}`, path: relPath(name) })));
  return reads.flatMap((read) => (read === null ? [] : [read]));
}

function sendingOf(held: HeldRead): HeldSending {
  const name = held.opId.slice('op-'.length);
  const metadata = { 'driftless-op': held.opId, mtime: '1600000000.5' };
  return { held, key: `folder/${name}` as ObjectKey, contentType: 'text/plain', metadata };
}

async function send(world: World, reads: readonly HeldRead[]) {
  const sender = await world.held.sender(signal);
  if (sender === null) throw new Error('no way');
  return await sender.send(reads.map(sendingOf), signal);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('files are read and sent without their bytes on the engine’s thread, as the general way sends them', async () => {
  const world = await opened({ 'folder/a': made, 'folder/b': made, 'folder/empty': made });
  writeFileSync(join(world.root, 'empty'), '');
  const reads = await readFiles(world, ['a', 'b']);
  expect(reads.map(({ content }) => content)).toEqual([sha256('a'), sha256('b')]);
  expect(reads[0]).toMatchObject({ fingerprint: { sizeBytes: 1 }, executable: false, source: null });
  const done = { kind: 'done', etag: 'e', versionId: null };
  expect(await send(world, reads)).toEqual([done, done]);
  const [first = ''] = world.requests;
  expect(first).toMatch(/\r\nif-none-match: \*\r\n/u);
  expect(first).toMatch(/\r\nx-amz-security-token: token-example\r\n/u);
  // Signature, checksum and all: byte by byte the same request.
  const [held] = reads;
  if (held === undefined) throw new Error('not read');
  const { key, contentType, metadata } = sendingOf(held);
  const source = { sizeBytes: 1, read: () => Promise.resolve(new TextEncoder().encode('a')) };
  const beforeSend = () => Promise.resolve(true);
  const options = { condition: { kind: 'absent' }, contentType, metadata, sha256: sha256('a') } as const;
  await world.objects.put(key, source, { ...options, beforeSend, onProgress: () => undefined }, signal);
  expect(world.requests[2]).toBe(first);
  // They are gone: the same cannot be sent once more.
  expect(await send(world, reads)).toEqual([null, null]);
  expect(world.requests).toHaveLength(3);
});

test.each([
  ['a lost condition', plainAnswer('412 Precondition Failed'), { kind: 'lost' }],
  ['a conflict', plainAnswer('409 Conflict'), { kind: 'lost' }],
  ['a refusal', plainAnswer('403 Forbidden', '', '<Error><Code>AccessDenied</Code></Error>'), null],
  ['a body that is refused', plainAnswer('400 Bad Request', '', '<Code>BadDigest</Code>'), null],
  ['what it does not implement', plainAnswer('501 Not Implemented'), null],
  ['another region', plainAnswer('301 Moved Permanently'), null],
  ['a failure', plainAnswer('500 Internal Server Error'), { kind: 'unclear' }],
  ['no version', plainAnswer('200 OK'), { kind: 'unclear' }],
  ['no HTTP', 'SSH-2.0\r\n\r\n', { kind: 'unclear' }],
  [
    'a body that breaks at once',
    'HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    { kind: 'unclear' },
  ],
  ['a refusal without end', `HTTP/1.1 403 Forbidden\r\n${endless}`, null],
  ['a failure without end', `HTTP/1.1 500 No\r\n${endless}`, { kind: 'unclear' }],
  [
    'a version and a text without end',
    `HTTP/1.1 200 OK\r\nETag: "x"\r\n${endless}`,
    { kind: 'done', etag: 'x', versionId: null },
  ],
  [
    'a version and a text',
    plainAnswer('200 OK', 'ETag: "x"\r\n', 'made'),
    { kind: 'done', etag: 'x', versionId: null },
  ],
  [
    'a version id',
    plainAnswer('200 OK', 'ETag: "x"\r\nx-amz-version-id: v1\r\n'),
    { kind: 'done', etag: 'x', versionId: 'v1' },
  ],
])('%s comes to what the general way would make of it', async (_what, answer, outcome) => {
  const world = await opened({ 'folder/bad': answer, 'folder/good': made });
  const reads = await readFiles(world, ['bad', 'good']);
  expect(await send(world, reads)).toEqual([outcome, { kind: 'done', etag: 'e', versionId: null }]);
  expect(world.requests).toHaveLength(2);
});

test('a file that changed after it was read is not sent', async () => {
  const world = await opened({ 'folder/a': made, 'folder/b': made });
  const reads = await readFiles(world, ['a', 'b']);
  writeFileSync(join(world.root, 'a'), 'longer');
  expect(await send(world, reads)).toEqual([
    { kind: 'withdrawn' },
    { kind: 'done', etag: 'e', versionId: null },
  ]);
  expect(world.requests).toHaveLength(1);
});

test('what is no plain file in a plain folder is left to the general way', async () => {
  const world = await opened({});
  const elsewhere = await tempFolder('elsewhere');
  writeFileSync(join(elsewhere, 'a'), 'secret');
  symlinkSync(elsewhere, join(world.root, 'folder'));
  symlinkSync(join(elsewhere, 'a'), join(world.root, 'link'));
  await mkdir(join(world.root, 'directory'));
  const paths = ['folder/a', 'link', 'directory', 'missing'];
  const asked = paths.map((path) => ({ opId: `op-${path}`, path: relPath(path) }));
  expect(await world.disk.files.readHeld(asked)).toEqual(paths.map(() => null));
});

test('a store that asks to slow down is heard, and after three groups in vain this way is not taken', async () => {
  const world = await opened({ 'folder/a': plainAnswer('503 Slow Down') });
  for (let round = 1; round <= 3; round += 1) {
    expect(await send(world, await readFiles(world, ['a']))).toEqual([null]);
    expect(world.seen.slowDowns).toBe(round);
  }
  expect(await world.held.sender(signal)).toBeNull();
  expect(world.requests).toHaveLength(3);
});

test('a group that is given up ends at once, and what it had read is dropped', async () => {
  const world = await opened({ 'folder/a': made, 'folder/never': null });
  const reads = await readFiles(world, ['a', 'never']);
  const [kept] = await readFiles(world, ['kept']);
  if (kept === undefined) throw new Error('not read');
  const ending = new AbortController();
  const sender = await world.held.sender(signal);
  const sending = sender?.send(reads.map(sendingOf), ending.signal);
  await expect.poll(() => world.requests.length).toBe(2);
  ending.abort(new Error('paused'));
  await expect(sending).rejects.toThrow('paused');
  world.held.drop([kept.opId]);
  expect(await send(world, [kept])).toEqual([null]);
  expect(world.requests).toHaveLength(2);
});

test('a limit keeps to the general way', async () => {
  const [up, down] = [makePace(systemClock, 1_000_000), makePace(systemClock, null)];
  const { held } = await opened({}, { paces: [{ up, down }] });
  expect(await held.sender(signal)).toBeNull();
});

test('where a proxy is set, https keeps to the general way', async () => {
  const proxyFor = () => Promise.resolve({ kind: 'direct' } as const);
  const { held } = await opened({}, { http: { extraCa: () => [], proxyFor } }, { protocol: 'https' });
  expect(await held.sender(signal)).toBeNull();
});
