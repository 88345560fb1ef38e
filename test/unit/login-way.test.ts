// Overrides for one sign-in: command-line options, engine requests and the administrator's policy.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { AccountRuntime, SignInPrompts } from '../../main/app/account/runtime.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { loginRequest, signInFully } from '../../main/control/login.ts';
import { demandWayAllowed, wayOf } from '../../main/control/login-way.ts';
import { testAccount } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

const never = new AbortController().signal;
const account = testAccount('https://login.example.com/', 'abc');

test('the options select the sign-in flow', () => {
  expect(wayOf({})).toBeNull();
  expect(wayOf({ device: true })).toEqual({ kind: 'device' });
  expect(wayOf({ tokenFile: 'a.jwt' })).toEqual({ kind: 'token-file', path: resolve('a.jwt') });
});

test('a device code that the administrator has disabled stays disabled with --device', async () => {
  const policyPath = join(await tempFolder('policy'), 'policy.json');
  const device = { way: { kind: 'device' }, policyPath } as const;
  const file = { way: { kind: 'token-file', path: '/run/token' }, policyPath } as const;
  await expect(demandWayAllowed(account, device, never)).resolves.toBeUndefined();
  await writeFile(policyPath, JSON.stringify({ disabled: ['device'] }));
  await expect(demandWayAllowed(account, device, never)).rejects.toThrow(
    /^the account work cannot .*"device" is switched off .*administrator$/u,
  );
  await expect(demandWayAllowed(account, file, never)).resolves.toBeUndefined();
  await writeFile(policyPath, '{"disabled"');
  await expect(demandWayAllowed(account, file, never)).rejects.toMatchObject({ code: 'config-invalid' });
});

test.each([
  ['another flow', { by: { kind: 'browser' } }],
  ['more than a flow', { by: { kind: 'device', path: '/run/token' } }],
  ['a path that depends on the folder', { by: { kind: 'token-file', path: 'token' } }],
  ['no path', { by: { kind: 'token-file' } }],
  ['another name', { device: true }],
])('the engine refuses a sign-in request with %s', async (_name, more) => {
  const ask = loginRequest([], []);
  const answer = await ask({ accountId: 'work', ...more }, () => undefined, never);
  expect(answer).toMatchObject({ ok: false, error: { code: 'bad-request' } });
  expect(await ask({ accountId: 'work' }, () => undefined, never)).toMatchObject({
    error: { code: 'unknown-account' },
  });
});

test("the administrator's policy is checked at a sign-in with another flow and only then", async () => {
  const policyPath = join(await tempFolder('policy'), 'policy.json');
  await writeFile(policyPath, JSON.stringify({ disabled: ['device'] }));
  const reached: (string | undefined)[] = [];
  const stop = new SyncError({ code: 'reached', retry: 'slow', scope: 'account', message: '' });
  const runtime: Pick<AccountRuntime, 'config' | 'signIn'> = {
    config: account,
    signIn: ({ by }) => {
      reached.push(by?.kind);
      return Promise.reject(stop);
    },
  };
  const codeOf = async (prompts: Pick<SignInPrompts, 'by'>): Promise<unknown> => {
    const how = { pairs: [], prompts: { ...prompts, onDeviceCode: () => undefined }, policyPath };
    return signInFully(runtime as AccountRuntime, how, never).catch((error: unknown) => error);
  };
  expect(await codeOf({ by: { kind: 'device' } })).toMatchObject({ code: 'config-invalid' });
  expect(reached).toEqual([]);
  expect(await codeOf({ by: { kind: 'token-file', path: '/run/token' } })).toBe(stop);
  expect(await codeOf({})).toBe(stop);
  expect(reached).toEqual(['token-file', undefined]);
});
