// Latency of responses, as the S3 client reports it.
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';

const lateMs = 30;

test('the client reports the time to each response, and none for a request without one', async () => {
  const server = createServer((_request, response) => {
    setTimeout(() => response.writeHead(404).end(), lateMs);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answersMs: number[] = [];
  const client = makeS3Client({
    bucket: 'b',
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${String(port)}`,
    forcePathStyle: true,
    expectedBucketOwner: null,
    development: true,
    credentials: fixedCredentials({ accessKeyId: 'a', secretAccessKey: 'b' }),
    onAnswer: (ms) => answersMs.push(ms),
    nowMs: () => Date.now(),
  });
  onTestFinished(() => {
    client.destroy();
  });
  const look = () => client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));
  await expect(look()).rejects.toThrow();
  await expect(look()).rejects.toThrow();
  server.close();
  server.closeAllConnections();
  await expect(look()).rejects.toThrow();
  expect(answersMs).toHaveLength(2);
  // A timer may fire a moment before its time.
  expect(Math.min(...answersMs)).toBeGreaterThan(lateMs - 5);
});
