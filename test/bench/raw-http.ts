// A client that does nothing but HTTP, as a ceiling for the others: `raw-http.ts up|down FOLDER URL`, whole bodies, 64 at once.
import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runLimited } from '../../main/sync/limit.ts';
import { plainObjects } from './objects.ts';

const atOnce = 64;
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
const { signal } = new AbortController();
const [verb, folder = '', url = ''] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const [, bucket = '', below = ''] = /^\/([^/]+)\/(.*)$/u.exec(pathname) ?? [];

async function send(name: string): Promise<void> {
  const path = join(folder, name);
  const headers = { 'content-length': statSync(path).size };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request(`${url}${name}`, { method: 'PUT', agent, headers }, resolve);
  asked.once('error', reject);
  await pipeline(createReadStream(path), asked);
  (await promise).resume();
}

async function receive(name: string): Promise<void> {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(`${url}${name}`, { agent }, resolve).once('error', reject).end();
  await pipeline(await promise, createWriteStream(path));
}

if (verb === 'up') {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  await runLimited(files, atOnce, send, signal);
} else {
  const keys = await plainObjects(origin, bucket).keys(below);
  await runLimited(
    keys.filter((key) => !key.endsWith('/')),
    atOnce,
    receive,
    signal,
  );
}
agent.destroy();
