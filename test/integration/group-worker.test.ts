// Groups of small objects fetched and placed by the real worker, from a byte-wise server.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makePace } from '../../main/adapters/limits/pace.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import type { ContentId, Etag, ObjectKey } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { WantedObject } from '../../main/ports/remote-objects.port.ts';
import { companyService } from '../support/company-network.ts';
import { opened } from '../support/group-thread.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const { signal } = new AbortController();

function objectAnswer(body: string, etag: string, more = ''): string {
  return `HTTP/1.1 200 OK\r\nETag: "${etag}"\r\nLast-Modified: Sat, 28 Nov 2026 10:00:00 GMT\r\n${more}Content-Length: ${String(body.length)}\r\n\r\n${body}`;
}

function wantedOf(key: string, text: string, etag = 'e'): WantedObject {
  return { opId: `op-${key}`, key: key as ObjectKey, etag: etag as Etag, sizeBytes: text.length };
}

function sha256(text: string, form: 'hex' | 'base64' = 'hex'): string {
  return createHash('sha256').update(text).digest(form);
}

test('objects are fetched, proven and placed without their bytes on the engine’s thread', async () => {
  const sum = `x-amz-checksum-sha256: ${sha256('first', 'base64')}\r\n`;
  const { held, disk, root, requests } = await opened({
    a: objectAnswer('first', 'e', `${sum}x-amz-meta-mtime: 1600000000.123456789\r\n`),
    b: objectAnswer('second', 'e'),
    empty: objectAnswer('', 'e'),
  });
  const wanted = [wantedOf('a', 'first'), wantedOf('b', 'second'), wantedOf('empty', '')];
  const found = (await held.fetch(wanted, signal)) ?? [];
  expect(found.map((one) => one?.content)).toEqual(['first', 'second', ''].map((text) => sha256(text)));
  expect(found.map((one) => one?.bytes)).toEqual([null, null, null]);
  expect(found[0]?.metadata).toEqual({ mtime: '1600000000.123456789' });
  expect(found[1]?.modifiedMs).toBe(Date.UTC(2026, 10, 28, 10));
  for (const request of requests) {
    expect(request).toMatch(/\r\nif-match: "e"\r\n/u);
    expect(request).toMatch(/\r\nx-amz-security-token: token-example\r\n/u);
    expect(request).toMatch(/\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//u);
  }
  const mtimeNs = 1_600_000_000_123_456_789n;
  const files = found.flatMap((one, index) =>
    one === null
      ? []
      : [
          {
            held: one,
            path: relPath(`file${String(index)}`),
            options: { executable: index === 1, mtimeNs, replaces: null },
          },
        ],
  );
  const placed = await disk.changes.placeHeld(files);
  expect(placed.map((one) => one?.kind)).toEqual(['placed', 'placed', 'placed']);
  expect(placed[0]).toMatchObject({ fingerprint: { sizeBytes: 5, mtimeNs }, executable: false });
  expect(placed[1]).toMatchObject({ executable: true });
  expect(readFileSync(join(root, 'file0'), 'utf8')).toBe('first');
  expect(readFileSync(join(root, 'file1'), 'utf8')).toBe('second');
  expect(lstatSync(join(root, 'file2')).size).toBe(0);
  // They are gone: the same cannot be placed once more.
  const again = files.map((file, index) => ({ ...file, path: relPath(`again${String(index)}`) }));
  expect(await disk.changes.placeHeld(again)).toEqual([null, null, null]);
  expect(readdirSync(root).sort()).toEqual(['.driftless', 'file0', 'file1', 'file2']);
  expect(readdirSync(join(root, '.driftless', 'tmp'))).toEqual([]);
});

test.each([
  ['another version', objectAnswer('text', 'other')],
  ['no version', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntext'],
  ['another length', objectAnswer('tex', 'e')],
  ['more bytes', objectAnswer('texts', 'e')],
  [
    'other bytes than its checksum',
    objectAnswer('text', 'e', `x-amz-checksum-sha256: ${sha256('else', 'base64')}\r\n`),
  ],
  ['a lost condition', 'HTTP/1.1 412 Precondition Failed\r\ncontent-length: 0\r\n\r\n'],
  ['a refusal', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'],
  ['no HTTP', 'SSH-2.0\r\n\r\n'],
])('what comes with %s is left to the general way, and nothing of it is placed', async (_what, answer) => {
  const { held, disk, root, seen } = await opened({ good: objectAnswer('good', 'e'), bad: answer });
  const found = (await held.fetch([wantedOf('bad', 'text'), wantedOf('good', 'good')], signal)) ?? [];
  expect(found[0]).toBeNull();
  expect(found[1]?.content).toBe(sha256('good'));
  expect(seen.slowDowns).toBe(0);
  const bad = {
    opId: 'op-bad',
    content: sha256('text') as ContentId,
    metadata: {},
    modifiedMs: 0,
    bytes: null,
  };
  const options = { executable: false, mtimeNs: null, replaces: null };
  expect(await disk.changes.placeHeld([{ held: bad, path: relPath('bad'), options }])).toEqual([null]);
  expect(readdirSync(root)).toEqual(['.driftless']);
});

test('a store that asks to slow down is heard, and after three groups in vain this way is not taken for ten minutes', async () => {
  const busy = 'HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n';
  const answers: Record<string, string> = { a: busy };
  const clock = { nowMs: 0 };
  const { held, seen, requests } = await opened(answers, { monotonicMs: () => clock.nowMs });
  for (let round = 1; round <= 3; round += 1) {
    expect(await held.fetch([wantedOf('a', 'text')], signal)).toEqual([null]);
    expect(seen.slowDowns).toBe(round);
  }
  expect(await held.fetch([wantedOf('a', 'text')], signal)).toBeNull();
  expect(requests).toHaveLength(3);
  answers['a'] = objectAnswer('text', 'e');
  clock.nowMs = 600_000;
  for (let round = 0; round < 2; round += 1)
    expect(await held.fetch([wantedOf('a', 'text')], signal)).toMatchObject([{ content: sha256('text') }]);
});

test('a group that is given up ends at once, and what had come of it is dropped', async () => {
  const { held, disk, requests } = await opened({ a: objectAnswer('text', 'e'), never: null });
  const ending = new AbortController();
  const fetching = held.fetch([wantedOf('a', 'text'), wantedOf('never', 'text')], ending.signal);
  await waitFor(() => requests.length === 2);
  ending.abort(new Error('paused'));
  await expect(fetching).rejects.toThrow('paused');
  const a = { opId: 'op-a', content: sha256('text') as ContentId, metadata: {}, modifiedMs: 0, bytes: null };
  const options = { executable: false, mtimeNs: null, replaces: null };
  expect(await disk.changes.placeHeld([{ held: a, path: relPath('a'), options }])).toEqual([null]);
});

test('a limit keeps to the general way', async () => {
  const pace = makePace(systemClock, 1_000_000);
  const limited = await opened({ a: objectAnswer('text', 'e') }, { paces: [{ up: pace, down: pace }] });
  expect(await limited.held.fetch([wantedOf('a', 'text')], signal)).toBeNull();
  expect(limited.requests).toEqual([]);
});

test('where a proxy is set, https keeps to the general way', async () => {
  const proxyFor = () => Promise.resolve({ kind: 'direct' } as const);
  const { held, requests } = await opened(
    {},
    { http: { extraCa: () => [], proxyFor } },
    { protocol: 'https' },
  );
  expect(await held.fetch([wantedOf('a', 'text')], signal)).toBeNull();
  expect(requests).toEqual([]);
});

test('no variable of the environment switches the certificates off in the worker', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  let asked = 0;
  const at = await companyService((_request, response) => {
    asked += 1;
    response.setHeader('etag', '"e"').end('text');
  });
  const { held } = await opened({}, {}, { protocol: 'https', at });
  expect(await held.fetch([wantedOf('a', 'text')], signal)).toEqual([null]);
  expect(asked).toBe(0);
});

test('a link that took the place of a folder is not followed', async () => {
  const { held, disk, root } = await opened({ a: objectAnswer('text', 'e') });
  const elsewhere = await tempFolder('elsewhere');
  symlinkSync(elsewhere, join(root, 'folder'));
  const [one] = (await held.fetch([wantedOf('a', 'text')], signal)) ?? [];
  if (one === null || one === undefined) throw new Error('not fetched');
  const options = { executable: false, mtimeNs: null, replaces: null };
  expect(await disk.changes.placeHeld([{ held: one, path: relPath('folder/a'), options }])).toEqual([null]);
  expect(readdirSync(elsewhere)).toEqual([]);
});
