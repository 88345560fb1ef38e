// The local cloud as a command: describes itself, issues tokens, survives a kill.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { decodeJwt } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { assumeRole, s3Client } from '../local-cloud/client-kit.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { freePorts, runOrThrow } from '../support/programs.ts';
import { tempFolder } from '../support/temp.ts';

async function startCommand(
  directory: string,
  port: number,
): Promise<{ readonly child: ChildProcess; readonly described: CloudDescription }> {
  const args = ['test/local-cloud/main.ts', '--port', String(port), '--dir', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) return { child, described: JSON.parse(line) as CloudDescription };
  throw new Error('the command ended without a line');
}

test('acknowledged writes survive a kill, and so do tokens and credentials', async () => {
  const directory = await tempFolder('local-cloud');
  const [port = 0] = await freePorts(1);
  const first = await startCommand(directory, port);
  const { bucket, users } = first.described;
  const [, script = '', ...args] = first.described.tokenCommand.split(' ');
  const token = (await runOrThrow(process.execPath, [script, ...args])).stdout.trim();
  const credentials = await assumeRole(first.described, token);
  const prefix = `users/${users[0]?.sub ?? ''}/`;
  const s3 = s3Client(first.described, credentials);
  const acknowledged = new Map<string, string>();
  const killed = once(first.child, 'exit');
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let index = 0; index < 200; index += 1) {
        // Both sides of the size where an object gets a file of its own, and the same keys again and again.
        const key = `${prefix}${String(worker)}-${String(index % 5)}`;
        const body = `${String(index)} `.repeat(index % 3 === 0 ? 60_000 : 10);
        const sent = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })).then(
          () => true,
          () => false,
        );
        if (!sent) return;
        acknowledged.set(key, body);
        if (acknowledged.size === 40 && index === 30) first.child.kill('SIGKILL');
      }
    }),
  );
  await killed;

  const second = await startCommand(directory, port);
  const again = s3Client(second.described, credentials);
  const different: string[] = [];
  for (const [key, body] of acknowledged) {
    const { Body } = await again.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const now = (await Body?.transformToString()) ?? '';
    // The write under way at the kill may or may not have arrived; an older one must not come back.
    const isLater = Number.parseInt(now, 10) === Number.parseInt(body, 10) + 5;
    if (now !== body && !isLater) different.push(key);
  }

  expect(decodeJwt(token).sub).toBe(users[0]?.sub);
  expect(acknowledged.size).toBe(40);
  expect(different).toEqual([]);
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
});
