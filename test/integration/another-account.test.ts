// Sign-in as another user while the browser has a session at the provider.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { identityKit, never, noDevice } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

test('the provider asks for the account only where a choice is wanted', async () => {
  const cloud = await startLocalCloud({ directory: join(await tempFolder('cloud'), 'cloud') });
  onTestFinished(cloud.stop);
  const { identity } = await identityKit(cloud.description);
  const browser = new Map<string, string>();
  const signInAs = async (name: string, choosesAccount: boolean): Promise<string> => {
    const token = await identity.signIn(
      {
        choosesAccount,
        openUrl: async (url) => {
          const redirect = url.searchParams.get('redirect_uri') ?? '';
          const back = await followSignIn(url.href, personOf(cloud.description, name), redirect, browser);

          await fetch(back);
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    return token.displayName ?? '';
  };
  expect(await signInAs('alice', false)).toBe('alice@example.test');
  // The session of the browser answers, without a form.
  expect(await signInAs('bob', false)).toBe('alice@example.test');
  expect(await signInAs('bob', true)).toBe('bob@example.test');
});
