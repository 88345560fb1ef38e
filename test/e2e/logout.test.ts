// `driftless logout` and the expiry of issued AWS credentials, which cannot be revoked.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { personOf } from '../local-cloud/client-kit.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { signInByCli } from '../support/driftless-cli.ts';

const hourMs = 3_600_000;
/** Half an hour off every whole one, so that it equals neither UTC nor the time zone of this machine. */
const env = { TZ: 'Asia/Kolkata' };

/** The user's local time, in minutes after midnight. */
function wallMinutes(atMs: number): number {
  return Math.floor(atMs / 60_000 + 330) % 1440;
}

type Logout = { accounts: { account: string; accessUntil: string | null }[] };

/** Signs out with `--json`; returns the stated end of access, and the time around the call. */
async function endInJson(device: Device): Promise<{ end: number; fromMs: number; toMs: number }> {
  const fromMs = Date.now();
  const ended = await device.cli(['logout', '--json']);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const until = (JSON.parse(ended.stdout) as Logout).accounts[0]?.accessUntil ?? '';
  expect(until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return { end: Date.parse(until), fromMs, toMs: Date.now() };
}

/** Signs out in words; the minutes after midnight that the line names, after `said`. */
async function endInWords(device: Device, said: string): Promise<number> {
  const ended = await device.cli(['logout'], { env });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const time = new RegExp(`AWS access already issued works ${said} (\\d\\d):(\\d\\d)\\.\\n$`, 'u').exec(
    ended.stdout,
  );
  expect(time, ended.stdout).not.toBeNull();
  return Number(time?.[1]) * 60 + Number(time?.[2]);
}

/** A sign-in that the desktop app has, as the command line sees it. */
async function sealForDesktop(device: Device): Promise<void> {
  const desktop = join(device.home, 'desktop');
  await mkdir(desktop, { mode: 0o700 });
  await writeFile(join(desktop, 'secrets.json'), JSON.stringify({ 'oidc-session.work': 'sealed' }));
}

/** Rounded up to a minute, hence one more at the end; and a day may end between. */
function expectBetween(minutes: number, earliestMs: number, latestMs: number): void {
  const length = (wallMinutes(latestMs) + 1 - wallMinutes(earliestMs) + 1440) % 1440;
  expect((minutes - wallMinutes(earliestMs) + 1440) % 1440).toBeLessThanOrEqual(length);
}

test('without an engine logout states the latest possible end of access', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.editConfig(({ accounts: [account] }) => {
    if (account === undefined) throw new Error('no account');
    Object.assign(account['exchange'] as object, { durationSeconds: 1800 });
    // Longer than the one of the sync, and issued to other programs all the same.
    account['credentialsSession'] = { durationSeconds: 7200 };
  });
  await device.signIn('alice');
  await device.write('a.txt', 'one');
  await device.sync();
  const json = await endInJson(device);
  expect(json.end).toBeGreaterThanOrEqual(json.fromMs + 2 * hourMs);
  expect(json.end).toBeLessThanOrEqual(json.toMs + 2 * hourMs);

  // No user is signed in any more: there is nothing to report.
  const again = await device.cli(['logout', '--json']);
  expect(JSON.parse(again.stdout)).toEqual({
    ok: true,
    accounts: [{ account: 'work', accessUntil: null, revoked: true, leftToDesktop: false }],
  });
  const words = await device.cli(['logout']);
  expect(words.stdout).toBe('Signed out of work; everything stored here is gone.\n');

  await device.signIn('alice');
  const fromMs = Date.now();
  const minutes = await endInWords(device, 'at the latest until');
  expectBetween(minutes, fromMs + 2 * hourMs, Date.now() + 2 * hourMs);
});

test('beside an engine logout states the exact end of access', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.editConfig(({ accounts: [account] }) => {
    Object.assign(account?.['exchange'] as object, { durationSeconds: 2700 });
  });
  await device.serve();
  const signIn = async (): Promise<{ fromMs: number; toMs: number }> => {
    const fromMs = Date.now();
    const login = await signInByCli(device.home, personOf(cloud.description, 'alice'));
    expect(login, login.stderr).toMatchObject({ code: 0 });
    return { fromMs, toMs: Date.now() };
  };
  const lifeMs = 0.75 * hourMs;
  const first = await signIn();
  const { end } = await endInJson(device);
  // STS states it in whole seconds.
  expect(end).toBeGreaterThanOrEqual(first.fromMs + lifeMs - 1000);
  expect(end).toBeLessThanOrEqual(first.toMs + lifeMs + 1000);

  const second = await signIn();
  const minutes = await endInWords(device, 'until');
  expectBetween(minutes, second.fromMs + lifeMs - 1000, second.toMs + lifeMs + 1000);
  expect(JSON.parse((await device.cli(['status', '--json'])).stdout)).toMatchObject({
    accounts: [{ state: 'signed-out' }],
  });

  // The engine of `serve` cannot open the keychain either.
  await sealForDesktop(device);
  const beside = await device.cli(['logout', '--json']);
  expect(beside, beside.stderr).toMatchObject({ code: 3 });
  expect(JSON.parse(beside.stdout)).toMatchObject({ ok: false, accounts: [{ leftToDesktop: true }] });
});

test('an account that the running engine has not read yet is signed out by the command itself', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.serve();
  await device.editConfig(({ accounts }) => {
    accounts.push({ ...accounts[0], id: 'later' });
  });
  const ended = await device.cli(['logout', '--account', 'later', '--json']);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    ok: true,
    accounts: [{ account: 'later', accessUntil: null, revoked: true }],
  });
});

test('a sign-in that the desktop app keeps is not reported as ended: exit code 3 and where to end it', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  await sealForDesktop(device);
  const ended = await device.cli(['logout', '--json']);
  expect(ended, ended.stderr).toMatchObject({ code: 3 });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    ok: false,
    accounts: [{ revoked: true, leftToDesktop: true }],
  });
  const again = await device.cli(['logout']);
  expect(again.stdout).toContain('open it and sign out there');
});
