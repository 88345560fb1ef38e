// A folder on a share that does not answer: a start continues with the other folders.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { endOf, startCli } from '../support/driftless-cli.ts';
import { forcedOwner, whyNotMounted } from '../support/file-systems.ts';
import { goodProfile } from '../support/profiles.ts';
import { skipUnlessMounted } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = await whyNotMounted(forcedOwner);

/** A share whose server can be stopped: what is asked of it then waits. */
async function mountShare(): Promise<{ readonly folder: string; readonly server: ReturnType<typeof spawn> }> {
  const room = await tempFolder('share');
  const [behind, at] = [join(room, 'behind'), join(room, 'mounted')];
  mkdirSync(join(behind, 'work/files'), { recursive: true });
  mkdirSync(at);
  const server = spawn('bindfs', ['-f', behind, at], { stdio: 'ignore' });
  onTestFinished(() => {
    server.kill('SIGCONT');
    spawnSync('umount', ['-l', at], { stdio: 'ignore' });
    server.kill();
  });
  const folder = join(at, 'work/files');
  await waitFor(() => existsSync(folder), { what: 'the share' });
  writeFileSync(join(folder, 'there.txt'), 'on the share');
  return { folder, server };
}

const severalPairs = Array.from({ length: 8 }, (_none, at) => `share${String(at)}`);

/** A device with a folder on this disk and several on a share, signed in. */
async function deviceWithShare(): Promise<{
  readonly device: Device;
  readonly folders: readonly string[];
  readonly server: ReturnType<typeof spawn>;
  readonly isStored: (name: string) => boolean;
}> {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const { folder, server } = await mountShare();
  const folders = severalPairs.map((id) => join(dirname(folder), id));
  for (const each of folders) {
    mkdirSync(each);
    writeFileSync(join(each, 'there.txt'), 'on the share');
  }
  await device.editConfig(({ pairs }) => {
    const [first] = pairs;
    for (const [at, id] of severalPairs.entries())
      pairs.push({ ...first, id, folder: folders[at], prefix: `users/{sub}/${id}/` });
    Object.assign(first ?? {}, { prefix: 'users/{sub}/docs/' });
  });
  await device.signIn('alice');
  const isStored = (name: string): boolean =>
    cloud.control.log().some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith(name));
  return { device, folders, server, isStored };
}

test(
  'while a share does not answer, a start syncs the other folders, and those on it once it answers',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { device, server, isStored } = await deviceWithShare();
    server.kill('SIGSTOP');
    await device.serve('--no-page');
    await device.write('here.txt', 'on this disk');
    await waitFor(() => isStored('/docs/here.txt'), { what: 'the file of the other folder' });
    expect(isStored('there.txt')).toBe(false);
    // Every folder has begun by now, whatever it waits for.
    await delay(10_000);
    await device.write('later.txt', 'on this disk');
    await waitFor(() => isStored('/docs/later.txt'), { what: 'the later file of the other folder' });
    server.kill('SIGCONT');
    for (const id of severalPairs)
      await waitFor(() => isStored(`/${id}/there.txt`), { what: `the file of ${id}` });
  },
);

test(
  'when a share ceases to answer, the other folders are synced on, and those on it once it answers',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { device, folders, server, isStored } = await deviceWithShare();
    await device.serve('--no-page');
    for (const id of severalPairs)
      await waitFor(() => isStored(`/${id}/there.txt`), { what: `the file of ${id}` });
    await device.cli(['status', '--wait', 'idle']);
    for (const folder of folders)
      for (const name of ['a.txt', 'b.txt', 'c.txt']) writeFileSync(join(folder, name), 'the last word');
    server.kill('SIGSTOP');
    // Each folder has looked at what was written by then.
    await delay(10_000);
    await device.write('here.txt', 'on this disk');
    await waitFor(() => isStored('/docs/here.txt'), { what: 'the file of the other folder' });
    server.kill('SIGCONT');
    for (const id of severalPairs)
      for (const name of ['a.txt', 'b.txt', 'c.txt'])
        await waitFor(() => isStored(`/${id}/${name}`), { what: `${name} of ${id}` });
  },
);

test(
  'while a share does not answer, settings with several folders of it wait for it once',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { folder, server } = await mountShare();
    const { driftlessProfile: _format, bucket, prefix, ...account } = goodProfile;
    const pairs = ['one', 'two', 'three', 'four'].map((id) => ({
      id,
      account: account.id,
      folder: join(dirname(folder), id),
      bucket,
      prefix: `${prefix}${id}/`,
    }));
    for (const pair of pairs) mkdirSync(pair.folder);
    const home = await tempFolder('home');
    const file = join(home, 'config.json');
    writeFileSync(file, JSON.stringify({ accounts: [account], pairs }));
    server.kill('SIGSTOP');
    // What the system remembers of the share is for a second.
    await delay(1500);
    const { signal } = new AbortController();
    const beganMs = performance.now();
    for (let read = 0; read < 4; read += 1) await new ConfigFile({ home, env: {} }).load(signal);
    // Five seconds for each folder would be twenty for each time.
    expect(performance.now() - beganMs).toBeLessThan(15_000);
    // What waits for the share keeps one of four threads.
    expect(await Promise.race([readFile(file, 'utf8'), delay(5000, 'late')])).not.toBe('late');
    server.kill('SIGCONT');
  },
);

/** Without an end of its own it would be for ever; the limit of a signal is five seconds. */
const endsWithinMs = 30_000;

test(
  'while a share does not answer, serve ends within its limits, as usual, and leaves its home free',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { device, folders, server, isStored } = await deviceWithShare();
    const engine = await device.serve('--no-page');
    for (const id of severalPairs)
      await waitFor(() => isStored(`/${id}/there.txt`), { what: `the file of ${id}` });
    await device.cli(['status', '--wait', 'idle']);
    for (const folder of folders) writeFileSync(join(folder, 'a.txt'), 'the last word');
    server.kill('SIGSTOP');
    // Each folder looks at what was written by then.
    await delay(5000);
    const first = await engine.stop();
    expect(first).toMatchObject({ code: 0, signal: null });
    expect(first.ms).toBeLessThan(endsWithinMs);
    // The next one begins while nothing answers at all, and finds the home free.
    const second = await (await device.serve('--no-page')).stop();
    expect(second).toMatchObject({ code: 0, signal: null });
    expect(second.ms).toBeLessThan(endsWithinMs);
  },
);

test(
  'while a share does not answer, a verb ends when it has done what it was asked for, or by Ctrl+C',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { device, server } = await deviceWithShare();
    server.kill('SIGSTOP');
    // What the system remembers of the share is for a second.
    await delay(1500);
    const folder = Array.from('abc', (letter) => letter.repeat(200)).join('/');
    const names = Array.from({ length: 300 }, (_none, at) => `${folder}/${String(at)}.txt`);
    for (const name of names) await device.write(name, '');
    const [docs = ''] = await pairIds(device);
    const child = startCli(['sync', '--once', '--pair', docs, '--json', '--home', device.home]);
    const { stdout } = child;
    if (stdout === null) throw new Error('no output');
    // It has done its work then, and its list is more than a pipe takes at once.
    await once(stdout, 'readable');
    expect(stdout.readableLength).toBeLessThan(names.length * folder.length);
    await delay(5000);
    const done = endOf(child);
    stdout.resume();
    expect(await within(done)).toMatchObject({ code: 0, signal: null });
    const { pairs } = JSON.parse((await done).stdout) as {
      readonly pairs: readonly [{ readonly ops: object[] }];
    };
    expect(pairs[0].ops).toHaveLength(names.length);

    const waiting = startCli(['sync', '--once', '--pair', 'share0', '--json', '--home', device.home]);
    const ended = endOf(waiting);
    const holder = join(device.home, 'engine.json');
    await waitFor(async () => (await readFile(holder, 'utf8')).includes(`:${String(waiting.pid)},`), {
      what: 'the lock of the home',
    });
    // The settings wait for five of them.
    await delay(8000);
    expect(waiting.exitCode).toBeNull();
    const fromMs = performance.now();
    waiting.kill('SIGINT');
    const cut = await within(ended);
    expect(cut).toMatchObject({ code: 130, signal: null, stdout: '' });
    expect(cut.stderr).toContain('stopped before the end');
    expect(performance.now() - fromMs).toBeLessThan(endsWithinMs);
  },
);

async function pairIds({ home }: Device): Promise<readonly string[]> {
  const { pairs } = JSON.parse(await readFile(join(home, 'config.json'), 'utf8')) as {
    readonly pairs: readonly { readonly id: string }[];
  };
  return pairs.map(({ id }) => id);
}

async function within<Value>(end: Promise<Value>): Promise<Value> {
  const late = async (): Promise<never> => {
    await delay(100_000);
    throw new Error('the program does not end');
  };
  return Promise.race([end, late()]);
}
