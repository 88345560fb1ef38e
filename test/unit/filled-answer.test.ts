// An answer that comes straight into the caller's memory and is refused: the next try may get the same memory.
import { setImmediate as turn } from 'node:timers/promises';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { S3Sdk } from '../../main/adapters/s3/sdk/requests.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { getObject } from '../../main/adapters/s3/objects.ts';
import { FilledBody } from '../../main/adapters/s3/request/body.ts';

test('it fails once nothing writes into that memory any more', async () => {
  const ended = Promise.withResolvers<void>();
  const log: string[] = [];
  const filling = {
    lengthBytes: 4,
    filledBytes: () => 0,
    done: ended.promise,
    cancel: () => {
      log.push('cancelled');
    },
  };
  const into = new Uint8Array(4);
  // Without an ETag.
  const answer = { $metadata: {}, ContentLength: 4, Body: new FilledBody(into, filling) };
  const unasked = (): null => null;
  const bucket = {
    sdk: {} as S3Sdk,
    direct: {
      get: () => Promise.resolve(answer as unknown as GetObjectCommandOutput),
      put: () => null,
      head: () => null,
      copy: () => null,
      list: unasked,
      versioning: unasked,
      rare: { remove: unasked, begin: unasked, part: unasked, complete: unasked, abort: unasked },
    },
    bucket: 'b',
    abilities: () => null,
    nowMs: () => 0,
  };
  const asked = { condition: { kind: 'none' }, range: { start: 0, end: 4 }, into } as const;
  const got = getObject(bucket, 'k' as ObjectKey, asked, new AbortController().signal).catch(
    (error: unknown) => log.push(isSyncError(error) ? error.code : String(error)),
  );
  await turn();
  await turn();
  expect(log).toEqual(['cancelled']);
  ended.reject(new Error('closed'));
  await got;
  expect(log).toEqual(['cancelled', 'remote-invalid-answer']);
});
