// Small things that others may make as large as they like: reading them has an end.
import type { BigIntStats } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { probeDisk } from '../../main/adapters/disk/probe.ts';
import { fingerprintOf } from '../../main/adapters/disk/worker/hash.ts';
import { probeIsolation } from '../../main/adapters/isolation/probe.ts';
import { FileIdentity } from '../../main/adapters/oidc/token-file.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { UploadOp } from '../../main/sync/operations/together/sent.ts';
import { runUpload } from '../../main/sync/operations/upload.ts';
import { skipUnless } from '../support/skip.ts';

const { signal } = new AbortController();

test.each([
  [0, false],
  [5000, true],
])('a note about the disk with %i blanks after it', async (blanks, inodesLast) => {
  const own = await mkdtemp(join(tmpdir(), 'driftless-note-'));
  onTestFinished(() => rm(own, { recursive: true, force: true }));
  await mkdir(join(own, 'tmp'));
  await writeFile(join(own, 'disk.json'), `{"inode":"none"}${' '.repeat(blanks)}`);
  expect((await probeDisk(own, join(own, 'tmp')))?.inodesLast).toBe(inodesLast);
});

test(
  'a token file that is a device without an end',
  skipUnless(process.platform !== 'win32', 'Windows has no such device'),
  async () => {
    const path = '/dev/zero';
    const identity = new FileIdentity(
      {} as AccountConfig,
      { kind: 'token-file', path },
      { clock: systemClock },
    );
    await expect(identity.currentIdToken(signal)).rejects.toMatchObject({
      code: 'token-file-unreadable',
      message: expect.stringContaining('larger than a token can be') as string,
    });
  },
);

test('an object that a store sends whole although its first byte was asked for', async () => {
  let sent = 0;
  const endless = new Readable({
    read() {
      sent += 1;
      if (sent > 1000) this.destroy(new Error('read on and on'));
      else this.push(new Uint8Array(1024));
    },
  });
  const send = (command: unknown) =>
    command instanceof GetObjectCommand
      ? Promise.resolve({
          ETag: '"e"',
          Body: Object.assign(endless, { transformToByteArray: () => endless.toArray() }),
        })
      : Promise.reject(new Error('another question'));
  const questions = { client: { send } as unknown as S3Client, bucket: 'b', prefix: 'home/alice/' };
  const probes = await probeIsolation({ ...questions, variableIndex: 1, canaryKey: 'canary' }, signal);
  expect(probes.at(-1)).toEqual({ place: 'canary', action: 'read', answer: { kind: 'allowed' } });
  expect(endless.destroyed).toBe(true);
  expect(sent).toBeLessThan(1000);
});

test('a sparse file of 8 EiB is recorded, and not read to be sent', async () => {
  const size = 2n ** 63n - 1n;
  const stats = { size, mtimeNs: 1n, ctimeNs: 1n, ino: 1n } as BigIntStats;
  const fingerprint = fingerprintOf(stats);
  const path = relPath('huge');
  const cell = { state: 'present', kind: 'file', rawName: path, content: null, executable: false } as const;
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(() => {
    store.close();
  });
  store.record([{ kind: 'local', path, cell: { ...cell, fingerprint } }]);
  const { local } = store.entry(path);
  expect(local).toEqual({ ...cell, fingerprint });
  const op: UploadOp = {
    kind: 'upload',
    path,
    reason: 'new-local',
    local: fingerprint,
    expected: { kind: 'absent' },
    sizeBytes: fingerprint.sizeBytes,
    keepForeign: false,
  };
  // It is not even opened: nothing of this is there.
  const outcome = await runUpload({} as PairContext, op, signal);
  expect(outcome).toMatchObject({ kind: 'problem', code: 'file-too-large', retry: 'slow' });
});
