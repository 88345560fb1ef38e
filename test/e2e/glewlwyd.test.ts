// Third-party services on both sides: glewlwyd's login page, Ceph's STS and S3. Includes a refresh without
// id_token.
import { createHash, randomBytes } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { decodeJwt } from 'jose';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appHere } from '../support/app-here.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import type { Ceph } from '../support/ceph.ts';
import { makeTenant } from '../support/ceph-tenant.ts';
import type { Tenant } from '../support/ceph-tenant.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { endOf, runCli, signInAddress, startCli } from '../support/driftless-cli.ts';
import { glewlwydIsMissing, signInOnPage, startGlewlwyd } from '../support/glewlwyd.ts';
import type { Glewlwyd, GlewlwydUser } from '../support/glewlwyd.ts';
import { makePerson } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { freePorts } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = [glewlwydIsMissing(), cephIsMissing(), chromiumIsMissing()].filter((one) => one !== null);

describe('a user of glewlwyd on Ceph', skipUnless(missing.length === 0, missing.join('; ')), () => {
  let provider: Glewlwyd;
  let ceph: Ceph;
  let tenant: Tenant;
  let browser: Browser;
  let person: Person;
  let alice: GlewlwydUser;
  let subject: string;

  beforeAll(async () => {
    [provider, ceph, browser] = await Promise.all([startGlewlwyd(), startCeph(), launchBrowser()]);
    const [first] = provider.users;
    if (first === undefined) throw new Error('glewlwyd has no users');
    alice = first;
    // It compares redirect addresses with their port, so one is chosen and written into the configuration.
    const [port = 0] = await freePorts(1);
    const redirectUri = `http://127.0.0.1:${String(port)}/callback`;
    await provider.allowRedirect(redirectUri);
    subject = await subjectOf(alice, redirectUri);
    const { issuer, clientId } = provider;
    tenant = await makeTenant(ceph, { issuer, clientId, subjects: [subject], bucket: 'strangers' });
    person = await makePerson({
      account: {
        issuer,
        clientId,
        scopes: 'openid',
        identity: { kind: 'browser', redirectUri },
        exchange: {
          kind: 'web-identity',
          roleArn: tenant.roles[subject],
          stsEndpoint: ceph.stsEndpoint,
          durationSeconds: 3600,
        },
        region: ceph.region,
        s3Endpoint: ceph.s3Endpoint,
      },
      bucket: tenant.bucket,
    });
  });
  afterAll(async () => {
    tenant.admin.destroy();
    await Promise.all([browser.close(), provider.stop(), ceph.stop(), person.close()]);
  });

  /** As the administrator would look it up: the `sub` of an id_token. */
  async function subjectOf(user: GlewlwydUser, redirectUri: string): Promise<string> {
    const found = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
    const metadata = (await found.json()) as Record<string, string>;
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL(metadata['authorization_endpoint'] ?? '');
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'a-state',
      nonce: 'a-nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const back = new URL(await provider.signIn(url.href, user));
    const answer = await fetch(metadata['token_endpoint'] ?? '', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: provider.clientId,
        code: back.searchParams.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: redirectUri,
      }),
    });
    const { id_token: token } = (await answer.json()) as { id_token: string };
    return decodeJwt(token).sub ?? '';
  }

  /** A user in front of glewlwyd's own page, in a browser without an earlier session. */
  async function inBrowser(href: string): Promise<void> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(href);
    await signInOnPage(page, alice);
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    await context.close();
  }

  async function keys(): Promise<readonly string[]> {
    const prefix = `users/${subject}/`;
    const listed = await tenant.admin.send(
      new ListObjectsV2Command({ Bucket: tenant.bucket, Prefix: prefix }),
    );
    return (listed.Contents ?? [])
      .map((object) => (object.Key ?? '').slice(prefix.length))
      .filter((key) => !key.startsWith('.driftless/'));
  }

  test("a user signs in on glewlwyd's page, gets credentials from Ceph, and her folder is uploaded", async () => {
    person.write('Notes/today.md', 'of a stranger');
    person.write('ünï.bin', randomBytes(100_000));
    const here = await appHere(person.home, inBrowser);
    await here.signIn();
    expect(await here.sync()).toMatchObject({ isInSync: true, counts: { upload: 2 } });
    expect([...(await keys())].sort()).toEqual(['Notes/today.md', 'ünï.bin']);
  });

  test('a refresh without id_token becomes a calm request to sign in, and the sign-in loses nothing', async () => {
    person.write('while-away.txt', 'made while signed out');
    // Another process has only the refresh token, and glewlwyd gives no id_token for it.
    const first = await person.sync();
    expect([first.code, first.error]).toEqual([3, 'needs-sign-in']);
    expect(first.stderr).toMatch(/sign in again/);
    const status = await runCli(['status', '--json', '--home', person.home]);
    expect(JSON.parse(status.stdout)).toMatchObject({ accounts: [{ id: 'work', state: 'needs-sign-in' }] });

    // A repeated request gets the same response, and the token is not used up by asking.
    const second = await person.sync();
    expect([second.code, second.error]).toEqual([3, 'needs-sign-in']);

    const child = startCli(['login', '--home', person.home, '--json']);
    const ended = endOf(child);
    await inBrowser(await signInAddress(child));
    const login = await ended;
    expect(login, login.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(login.stdout)).toMatchObject({ ok: true, sub: subject });

    const here = await appHere(person.home, inBrowser);
    await here.signIn();
    expect(await here.sync()).toEqual({ isInSync: true, counts: { upload: 1 } });
    expect(await here.sync()).toEqual({ isInSync: true, counts: {} });
    expect(here.logLines.join('')).not.toMatch(/eyJ/);
  });

  test('a running engine signs in and resumes by itself, and so does a single sync that requests it', async () => {
    person.write('by-engine.txt', 'written while signed out');
    const engine = startCli(['serve', '--home', person.home]);
    const stopped = endOf(engine);
    try {
      await waitFor(async () => (await status()).accounts?.[0]?.state === 'needs-sign-in', {
        what: 'the engine to need the user',
      });
      const child = startCli(['login', '--home', person.home, '--json']);
      const ended = endOf(child);
      await inBrowser(await signInAddress(child));
      const login = await ended;
      expect(login, login.stderr).toMatchObject({ code: 0 });
      expect(JSON.parse(login.stdout)).toMatchObject({ ok: true, byEngine: true, sub: subject });
      await waitFor(async () => (await keys()).includes('by-engine.txt'), {
        what: 'the engine to resume',
      });
    } finally {
      engine.kill('SIGTERM');
      await stopped;
    }

    person.write('by-sync.txt', 'and alone');
    const alone = await person.sync();
    expect([alone.code, alone.error]).toEqual([3, 'needs-sign-in']);
    expect(alone.stderr).toMatch(/does not renew.*driftless sync --once --sign-in/);
    const child = startCli(['sync', '--once', '--sign-in', '--home', person.home, '--json']);
    const ended = endOf(child);
    await inBrowser(await signInAddress(child));
    expect(await ended).toMatchObject({ code: 0 });
    expect(await keys()).toContain('by-sync.txt');
  });

  async function status(): Promise<{ accounts?: { state: string }[] }> {
    const ended = await runCli(['status', '--json', '--home', person.home]);
    return JSON.parse(ended.stdout) as Awaited<ReturnType<typeof status>>;
  }
});
