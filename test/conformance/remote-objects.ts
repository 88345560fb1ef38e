// Contract of RemoteObjects, MultipartObjects and ObjectVersions, for the fake and every store.
import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { Etag } from '../../main/core/model/model.ts';
import type { ObjectHeaders, PutOptions } from '../../main/ports/remote-objects.port.ts';
import { probeEndpoint } from '../../main/sync/bucket/probe.ts';
import { noHeaders } from '../fakes/fake-remote-state.ts';
import { collect, patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import type { SkipOptions } from '../support/skip.ts';
import { etagOf, factsOf, makeKit, mebibyte, text } from './remote-kit.ts';
import type { Expectations, Kit, Subject } from './remote-kit.ts';
import { describeListing, describeMultipart, describeVersions, oddNames } from './remote-objects-listing.ts';

export function describeRemoteObjects(
  name: string,
  makeSubject: () => Promise<Subject>,
  expected: Expectations,
  skip: SkipOptions = { skip: false, meta: {} },
): void {
  describe(`remote objects: ${name}`, skip, () => {
    let made: Kit | null = null;
    beforeAll(async () => {
      made = makeKit(await makeSubject());
    });
    afterAll(async () => {
      await made?.subject.close();
    });
    const kit = () => {
      if (made === null) throw new Error('no subject');
      return made;
    };
    describeProbe(kit, expected);
    describeReading(kit);
    describeWriting(kit, expected);
    describeListing(kit);
    describeMultipart(kit, expected);
    describeVersions(kit, expected);
    describeRefusals(kit);
  });
}

/** Runs first, as in the app: the adapter receives what was found before the rest runs. */
function describeProbe(kit: () => Kit, expected: Expectations): void {
  test('is probed right, and nothing is left behind', async () => {
    const { objects, prefix, learn } = kit().subject;
    const random = { next: () => 0.5, hex: (bytes: number) => randomBytes(bytes).toString('hex') };
    const { abilities: found, isClean } = await probeEndpoint(kit().subject, prefix, random, kit().signal);
    expect(found).toEqual(expected.abilities);
    learn?.(found);
    expect(await isClean).toBe(true);
    for await (const page of objects.list(`${prefix}.driftless/`, null, kit().signal))
      expect(page.objects).toEqual([]);
  });
}

function describeReading(kit: () => Kit): void {
  test.each(oddNames)('keeps the key %j and its bytes', async (name) => {
    const bytes = text(`bytes of ${name}`);
    expect(await kit().put(`odd/${name}`, bytes)).toMatchObject({ kind: 'done' });
    expect(await kit().bytesOf(`odd/${name}`)).toEqual(bytes);
    const head = await kit().subject.objects.head(kit().key(`odd/${name}`), kit().signal);
    expect(factsOf(head)).toMatchObject({ key: kit().key(`odd/${name}`), sizeBytes: bytes.length });
  });

  test('says absent of a key that is not there', async () => {
    const { objects } = kit().subject;
    expect(await objects.head(kit().key('no/such'), kit().signal)).toEqual({ kind: 'absent' });
    expect(await objects.get(kit().key('no/such'), { condition: { kind: 'none' } }, kit().signal)).toEqual({
      kind: 'absent',
    });
  });

  test('keeps an empty object and a folder marker', async () => {
    await kit().put('empty.bin', new Uint8Array());
    await kit().put('folder/', new Uint8Array());
    expect(await kit().bytesOf('empty.bin')).toEqual(new Uint8Array());
    const head = await kit().subject.objects.head(kit().key('folder/'), kit().signal);
    expect(factsOf(head)).toMatchObject({ key: kit().key('folder/'), sizeBytes: 0 });
  });

  test('returns ranges, the etag without quotes, and the size of the whole', async () => {
    const bytes = patternBytes(10_000);
    const etag = etagOf(await kit().put('range.bin', bytes));
    expect(etag).not.toContain('"');
    const { objects } = kit().subject;
    for (const range of [
      { start: 0, end: 1 },
      { start: 4000, end: 6000 },
      { start: 9990, end: 10_000 },
    ]) {
      const got = await objects.get(
        kit().key('range.bin'),
        { condition: { kind: 'etag', etag }, range },
        kit().signal,
      );
      expect(factsOf(got)).toMatchObject({ etag, sizeBytes: 10_000 });
      if (got.kind === 'found') expect(await collect(got.body)).toEqual(bytes.slice(range.start, range.end));
    }
  });

  test('puts the bytes of a range into the memory that is given, or hands on others', async () => {
    const bytes = patternBytes(3 * mebibyte);
    const etag = etagOf(await kit().put('into.bin', bytes));
    const range = { start: 100, end: 2 * mebibyte };
    const memory = new Uint8Array(range.end - range.start + 2).fill(7);
    const into = memory.subarray(1, -1);
    const asked = { condition: { kind: 'etag', etag }, range, into } as const;
    const got = await kit().subject.objects.get(kit().key('into.bin'), asked, kit().signal);
    if (got.kind !== 'found') throw new Error(got.kind);
    expect(got.info).toMatchObject({ etag, sizeBytes: bytes.length });
    let at = 0;
    for await (const chunk of got.body) {
      if (chunk.buffer === memory.buffer) expect(chunk.byteOffset).toBe(into.byteOffset + at);
      else into.set(chunk, at);
      at += chunk.length;
    }
    expect(Buffer.from(into).equals(bytes.subarray(range.start, range.end))).toBe(true);
    expect([memory.at(0), memory.at(-1)]).toEqual([7, 7]);
  });

  test('puts an object into the memory that is given, or hands on bytes, also more than it holds', async () => {
    const bytes = patternBytes(100_000);
    const etag = etagOf(await kit().put('into-whole.bin', bytes));
    for (const heldBytes of [bytes.length, bytes.length + 5, 10]) {
      const into = new Uint8Array(heldBytes);
      const asked = { condition: { kind: 'etag', etag }, into } as const;
      const got = await kit().subject.objects.get(kit().key('into-whole.bin'), asked, kit().signal);
      if (got.kind !== 'found') throw new Error(got.kind);
      expect(got.info).toMatchObject({ etag, sizeBytes: bytes.length });
      const come: Buffer[] = [];
      // Copied before the next one, which may have the same place.
      for await (const chunk of got.body) come.push(Buffer.from(chunk));
      expect(Buffer.concat(come).equals(bytes)).toBe(true);
    }
    const lost = { condition: { kind: 'etag', etag: 'another' as Etag }, into: new Uint8Array(5) } as const;
    const got = await kit().subject.objects.get(kit().key('into-whole.bin'), lost, kit().signal);
    expect(got.kind).toBe('lost');
    const gone = await kit().subject.objects.get(kit().key('into-none.bin'), lost, kit().signal);
    expect(gone.kind).toBe('absent');
  });

  test('answers not-modified for the etag that is there, and lost for one that is not', async () => {
    const etag = etagOf(await kit().put('etag.bin', text('one')));
    const { objects } = kit().subject;
    const key = kit().key('etag.bin');
    const same = await objects.get(key, { condition: { kind: 'none' }, ifNoneMatch: etag }, kit().signal);
    expect(same).toEqual({ kind: 'not-modified' });
    const into = new Uint8Array(8);
    const held = { condition: { kind: 'none' }, ifNoneMatch: etag, into } as const;
    expect(await objects.get(key, held, kit().signal)).toEqual({ kind: 'not-modified' });
    await kit().put('etag.bin', text('two'));
    for (const how of [{ condition: { kind: 'none' }, ifNoneMatch: etag } as const, held]) {
      const other = await objects.get(key, how, kit().signal);
      expect(other.kind).toBe('found');
      if (other.kind === 'found') expect(await collect(other.body)).toEqual(text('two'));
    }
    expect(await objects.get(key, { condition: { kind: 'etag', etag } }, kit().signal)).toEqual({
      kind: 'lost',
    });
  });

  test('keeps user metadata and content type, also beyond ASCII', async () => {
    const metadata = { 'driftless-op': 'abc123', mtime: '1700000000.123456789', note: 'naïve 100% – 日本' };
    await kit().put('meta.bin', text('x'), { metadata, contentType: 'text/markdown' });
    const info = factsOf(await kit().subject.objects.head(kit().key('meta.bin'), kit().signal));
    expect(info.metadata).toEqual(metadata);
    expect(info.contentType).toBe('text/markdown');
  });

  test('stops a download when the reader stops', async () => {
    await kit().put('stop.bin', patternBytes(4 * mebibyte));
    const { objects } = kit().subject;
    const got = await objects.get(kit().key('stop.bin'), { condition: { kind: 'none' } }, kit().signal);
    if (got.kind !== 'found') throw new Error(got.kind);
    let chunks = 0;
    for await (const chunk of got.body) {
      chunks += chunk.length > 0 ? 1 : 0;
      break;
    }
    expect(chunks).toBe(1);
    expect(factsOf(await objects.head(kit().key('stop.bin'), kit().signal)).sizeBytes).toBe(4 * mebibyte);
  });

  test('stops a download at once when the signal says so', async () => {
    await kit().put('abort.bin', patternBytes(4 * mebibyte));
    const stop = new AbortController();
    const got = await kit().subject.objects.get(
      kit().key('abort.bin'),
      { condition: { kind: 'none' } },
      stop.signal,
    );
    if (got.kind !== 'found') throw new Error(got.kind);
    const read = async () => {
      for await (const chunk of got.body) if (chunk.length > 0) stop.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });
}

function describeWriting(kit: () => Kit, expected: Expectations): void {
  test('creates only where nothing is, when asked to', async () => {
    expect(await kit().put('create.bin', text('1'), { condition: { kind: 'absent' } })).toMatchObject({
      kind: 'done',
    });
    const second = await kit().put('create.bin', text('2'), { condition: { kind: 'absent' } });
    expect(second.kind).toBe(expected.abilities.putIfNoneMatch ? 'lost' : 'done');
    expect(await kit().bytesOf('create.bin')).toEqual(text(expected.abilities.putIfNoneMatch ? '1' : '2'));
  });

  test('has one winner of a race to create', async () => {
    const race = Array.from({ length: 8 }, (_, index) =>
      kit().put('race.bin', text(`racer ${String(index)}`), { condition: { kind: 'absent' } }),
    );
    const ends = await Promise.allSettled(race);
    const winners = ends.flatMap((end, index) =>
      end.status === 'fulfilled' && end.value.kind === 'done' ? [index] : [],
    );
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    const isOvertaken = (error: unknown): boolean =>
      isSyncError(error) && error.code === 'remote-invalid-answer' && error.retry === 'backoff';
    const isExpected = expected.overtakesTwins === true ? isOvertaken : () => false;
    expect(refused.filter((error) => !isExpected(error))).toEqual([]);
    if (expected.abilities.putIfNoneMatch) {
      expect(winners).toHaveLength(1);
      expect(await kit().bytesOf('race.bin')).toEqual(text(`racer ${String(winners[0])}`));
    } else expect(winners.length).toBeGreaterThan(0);
  });

  test('replaces only the version it was told', async () => {
    const first = etagOf(await kit().put('replace.bin', text('1')));
    const second = etagOf(
      await kit().put('replace.bin', text('22'), { condition: { kind: 'etag', etag: first } }),
    );
    expect(second).not.toBe(first);
    const stale = await kit().put('replace.bin', text('333'), { condition: { kind: 'etag', etag: first } });
    expect(stale.kind).toBe(expected.abilities.putIfMatch ? 'lost' : 'done');
    const gone = await kit().put('never-was.bin', text('4'), { condition: { kind: 'etag', etag: first } });
    if (expected.abilities.putIfMatch) expect(gone).toEqual({ kind: 'lost' });
  });

  test('refuses bytes that are not the ones hashed', async () => {
    const attempt = kit().put('lies.bin', text('these'), { sha256: hash('sha256', 'those', 'hex') });
    await expect(attempt).rejects.toMatchObject({ code: 'content-mismatch', scope: 'item' });
    expect(await kit().bytesOf('lies.bin')).toBeNull();
  });

  test('gives the checksum back where the store keeps it', async () => {
    const bytes = patternBytes(5000, 7);
    await kit().put('sum.bin', bytes);
    const info = factsOf(await kit().subject.objects.head(kit().key('sum.bin'), kit().signal));
    expect(info.sha256).toBe(expected.abilities.sha256 ? hash('sha256', bytes, 'hex') : null);
  });

  test.each([
    ['small', 1000],
    ['large', 9 * mebibyte],
  ])('withdraws a %s upload before it is made', async (size, length) => {
    const name = `withdrawn-${size}.bin`;
    const outcome = await kit().put(name, patternBytes(length), { beforeSend: () => Promise.resolve(false) });
    expect(outcome).toEqual({ kind: 'withdrawn' });
    expect(await kit().bytesOf(name)).toBeNull();
  });

  test('uploads 40 MiB in parts, asks once at the end, and reports progress', async () => {
    const bytes = patternBytes(40 * mebibyte, 3);
    let asked = 0;
    const progress: number[] = [];
    const outcome = await kit().put('forty.bin', bytes, {
      condition: { kind: 'absent' },
      beforeSend: () => Promise.resolve((asked += 1) > 0),
      onProgress: (sent) => progress.push(sent),
    });
    expect(outcome.kind).toBe('done');
    expect(asked).toBe(1);
    expect(progress.at(-1)).toBe(bytes.length);
    const got = await kit().bytesOf('forty.bin');
    expect(hash('sha256', got ?? new Uint8Array(), 'hex')).toBe(hash('sha256', bytes, 'hex'));
  });

  test('deletes, and says so when there was nothing to delete or something else', async () => {
    const { objects } = kit().subject;
    const first = etagOf(await kit().put('delete.bin', text('1')));
    await kit().put('delete.bin', text('2'));
    if (expected.abilities.deleteIfMatch) {
      const stale = await objects.delete(
        kit().key('delete.bin'),
        { kind: 'etag', etag: first },
        kit().signal,
      );
      expect(stale).toEqual({ kind: 'lost' });
      expect(await kit().bytesOf('delete.bin')).toEqual(text('2'));
      const missing = await objects.delete(
        kit().key('not-there.bin'),
        { kind: 'etag', etag: first },
        kit().signal,
      );
      const kinds = expected.deletesNothing === true ? ['done'] : ['absent', 'lost'];
      expect(kinds).toContain(missing.kind);
    }
    const now = factsOf(await objects.head(kit().key('delete.bin'), kit().signal)).etag;
    expect(
      await objects.delete(kit().key('delete.bin'), { kind: 'etag', etag: now }, kit().signal),
    ).toMatchObject({
      kind: 'done',
      isDeleteMarker: expected.versioning !== 'unversioned',
    });
    expect(await kit().bytesOf('delete.bin')).toBeNull();
  });

  test('copies with new metadata, also from and to odd keys', async () => {
    const etag = etagOf(await kit().put('copy/from ü+%.txt', text('copied'), { metadata: { old: '1' } }));
    const outcome = await kit().subject.objects.copy(
      kit().key('copy/from ü+%.txt'),
      kit().key('copy/to 🦊&?.txt'),
      { source: etag, condition: { kind: 'none' }, metadata: { fresh: '2' }, contentType: 'text/plain' },
      kit().signal,
    );
    expect(outcome.kind).toBe('done');
    expect(await kit().bytesOf('copy/to 🦊&?.txt')).toEqual(text('copied'));
    const info = factsOf(await kit().subject.objects.head(kit().key('copy/to 🦊&?.txt'), kit().signal));
    expect(info.metadata).toEqual({ fresh: '2' });
  });

  test('keeps the given headers, in a write and in a copy', async () => {
    const headers: ObjectHeaders = {
      ...noHeaders,
      contentEncoding: 'gzip',
      contentDisposition: 'attachment; filename="page.html"',
      contentLanguage: 'de',
      cacheControl: 'max-age=31536000',
      expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
      userMetadata: { colour: '50% red' },
    };
    const rest = { headers, metadata: { 'driftless-op': '1' }, contentType: 'text/html; charset=iso-8859-1' };
    const etag = etagOf(await kit().put('headers/a.html', text('page'), rest));
    const { objects } = kit().subject;
    const written = factsOf(await objects.head(kit().key('headers/a.html'), kit().signal));
    const expectedFacts = {
      contentType: rest.contentType,
      headers: { ...headers, storageClass: written.headers.storageClass },
    };
    expect(written).toMatchObject(expectedFacts);
    const options = { ...rest, source: etag, condition: { kind: 'none' } } as const;
    await objects.copy(kit().key('headers/a.html'), kit().key('headers/b.html'), options, kit().signal);
    const copied = factsOf(await objects.head(kit().key('headers/b.html'), kit().signal));
    expect(copied).toMatchObject(expectedFacts);
  });

  test('copies only the version it was told, and only over what it was told', async () => {
    const { objects } = kit().subject;
    const stale = etagOf(await kit().put('copy/source.bin', text('old')));
    const fresh = etagOf(await kit().put('copy/source.bin', text('new!')));
    await kit().put('copy/taken.bin', text('taken'));
    const rest = { metadata: {}, contentType: 'text/plain' };
    const copy = (to: string, source: Etag, condition: PutOptions['condition']) =>
      objects.copy(kit().key('copy/source.bin'), kit().key(to), { source, condition, ...rest }, kit().signal);
    if (expected.abilities.copyConditions) {
      expect(await copy('copy/a.bin', stale, { kind: 'absent' })).toEqual({ kind: 'lost' });
      expect(await copy('copy/taken.bin', fresh, { kind: 'absent' })).toEqual({ kind: 'lost' });
      expect(await kit().bytesOf('copy/taken.bin')).toEqual(text('taken'));
    }
    expect(await copy('copy/b.bin', fresh, { kind: 'absent' })).toMatchObject({ kind: 'done' });
    const missing = objects.copy(
      kit().key('copy/nothing.bin'),
      kit().key('copy/c.bin'),
      { source: fresh, condition: { kind: 'none' }, ...rest },
      kit().signal,
    );
    expect(await missing).toEqual({ kind: 'lost' });
  });
}

function describeRefusals(kit: () => Kit): void {
  test('throws remote-denied, never absent, to those who may not', async (context) => {
    const { denied } = kit().subject;
    if (denied === null) {
      context.skip('this subject has no second user');
      return;
    }
    await kit().put('private.txt', text('mine'));
    const refused = { code: 'remote-denied', retry: 'slow' };
    const key = kit().key('private.txt');
    await expect(denied.head(key, kit().signal)).rejects.toMatchObject(refused);
    await expect(denied.get(key, { condition: { kind: 'none' } }, kit().signal)).rejects.toMatchObject(
      refused,
    );
    await expect(denied.delete(key, { kind: 'none' }, kit().signal)).rejects.toMatchObject(refused);
    await expect(
      denied.put(key, sourceOf(text('x')), putOptions(text('x')), kit().signal),
    ).rejects.toMatchObject(refused);
    const listing = denied.list(kit().subject.prefix, null, kit().signal)[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject({ ...refused, scope: 'pair' });
    expect(await kit().bytesOf('private.txt')).toEqual(text('mine'));
  });

  test('rejects at once with the reason of an aborted signal', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(kit().subject.objects.head(kit().key('x'), signal)).rejects.toThrow('stopped');
  });
}
