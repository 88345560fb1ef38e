// Offline starts and revoked sessions: stated calmly, without floods of requests, and recovered. The engine
// recovers by itself or after one sign-in.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import type { Snapshot } from '../../preload/contract.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { cloudForTest, deviceForTest, logOf } from '../support/device.ts';
import type { Device, Engine } from '../support/device.ts';
import { endOf, signInAddress, startCli } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { signInAtProvider } from '../support/page-scenario.ts';
import { freePorts } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const missing = chromiumIsMissing();
/**
 * The engine checks for the network at growing intervals; after a few seconds without one they are still
 * short.
 */
const backWithinMs = 45_000;

beforeAll(async () => {
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
});

type Status = Snapshot & { readonly code: number | null };

async function statusOf(device: Device): Promise<Status> {
  const ended = await device.cli(['status', '--json']);
  return { ...(JSON.parse(ended.stdout) as Snapshot), code: ended.code };
}

async function untilInSync(device: Device, timeoutMs = 120_000): Promise<void> {
  await waitFor(async () => (await statusOf(device)).overall === 'in-sync', { timeoutMs, what: 'in sync' });
}

/** Numbers of token requests at the provider and credential requests at STS. */
function asked(cloud: LocalCloud): { tokens: number; sts: number } {
  const counts = cloud.control.counts();
  return { tokens: counts['oidc /token'] ?? 0, sts: counts['AssumeRoleWithWebIdentity'] ?? 0 };
}

describe('started without a reachable service', () => {
  /** A cloud that can go away and come back under the same addresses. */
  async function leavingCloud(): Promise<{
    cloud: LocalCloud;
    leave(): Promise<void>;
    back(): Promise<LocalCloud>;
  }> {
    const directory = join(await tempFolder('cloud'), 'cloud');
    let now: LocalCloud | null = null;
    onTestFinished(async () => {
      await now?.stop();
    });
    const at = async (port: number): Promise<LocalCloud | null> => {
      now = await startLocalCloud({ directory, port });
      if (new URL(now.description.s3).port === String(port + 1)) return now;
      await now.stop();
      now = null;
      return null;
    };
    const cloud = await waitFor(async () => at((await freePorts(1))[0] ?? 0), { what: 'two ports in a row' });
    return {
      cloud,
      leave: async () => {
        await now?.stop();
        now = null;
      },
      back: () => waitFor(() => at(Number(new URL(cloud.description.issuer).port)), { what: 'the cloud' }),
    };
  }

  async function expectCalmlyOffline(device: Device): Promise<void> {
    // The account may find out a moment before the first try of the pair.
    const says = async (): Promise<boolean> => {
      const { overall, pairs } = await statusOf(device);
      return overall === 'offline' && pairs[0]?.state === 'offline';
    };
    await waitFor(says, { what: 'the offline state' });
    // The state stays while it tries again, and nothing in it needs the user; but it is not in sync, and a
    // monitor must be able to see that.
    for (let look = 0; look < 6; look += 1) {
      const seen = await statusOf(device);
      expect(seen).toMatchObject({ code: 1, overall: 'offline', problems: [] });
      expect(seen.accounts).toMatchObject([{ id: 'work', state: 'offline' }]);
      expect(seen.pairs).toMatchObject([{ id: 'docs', state: 'offline', guards: [] }]);
      await pause(700);
    }
  }

  test('without a network the engine reports offline, asks for no sign-in, and is in sync once the network is there', async () => {
    const { cloud, leave, back } = await leavingCloud();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    await device.write('waits.txt', 'for the network');
    await leave();
    const engine = await device.serve();
    await expectCalmlyOffline(device);

    const again = await back();
    await untilInSync(device, backWithinMs);
    expect(again.control.counts()).toMatchObject({ AssumeRoleWithWebIdentity: 1, 'oidc /token': 1 });
    expect(engine.stderr()).not.toContain('sign in: ');
    expect((await logOf(device.home)).filter((line) => line['code'] === 'internal')).toEqual([]);
  });

  test.each([
    ['every service answers 503', { kind: 'error', status: 503 }],
    ['every connection is cut', { kind: 'cut-before' }],
  ] as const)('an engine started where %s reports offline and recovers', async (_title, fault) => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    cloud.control.addFault({ verb: '*', ...fault });
    await device.serve();
    await expectCalmlyOffline(device);
    cloud.control.clearFaults();
    await untilInSync(device, backWithinMs);
  });
});

describe('the session is revoked while it runs', () => {
  async function revoked(): Promise<{ cloud: LocalCloud; device: Device; engine: Engine }> {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    // The engine's own id_token is due after a second: a revocation at the provider shows at the next
    // renewal, not an hour later.
    cloud.control.patch({ idTokenSeconds: 61 });
    const engine = await device.serve();
    await untilInSync(device);
    cloud.control.revokeAllSignIns();
    cloud.control.endSessions();
    await device.write('held.txt', 'written while signed out');
    await waitFor(async () => (await statusOf(device)).accounts[0]?.state === 'needs-sign-in', {
      what: 'the engine to need the user',
    });
    cloud.control.patch({ idTokenSeconds: 3600 });
    return { cloud, device, engine };
  }

  async function login(device: Device): Promise<CliEnd> {
    const child = startCli(['login', '--home', device.home, '--json']);
    const ended = endOf(child);
    const address = await signInAddress(child);
    const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
    await (await fetch(await followSignIn(address, personOf(device.cloud, 'alice'), redirect))).text();
    return ended;
  }

  test('a revoked session asks for a sign-in, sends nothing to the provider and STS meanwhile, and resumes after "login"', async () => {
    const { cloud, device } = await revoked();
    const seen = await statusOf(device);
    expect(seen).toMatchObject({ code: 3, overall: 'attention', problems: [] });
    expect(seen.accounts).toMatchObject([
      { error: { code: 'needs-sign-in', fields: { reason: 'refresh-rejected' } } },
    ]);
    expect(seen.pairs).toMatchObject([{ state: 'signed-out', guards: [] }]);

    const before = asked(cloud);
    // Also when it has reasons to ask: time, changes, and an impatient user.
    for (let round = 0; round < 5; round += 1) {
      await device.write(`round-${String(round)}.txt`, 'changed meanwhile');
      await device.cli(['check']);
      await pause(1500);
      expect((await statusOf(device)).accounts).toMatchObject([{ state: 'needs-sign-in' }]);
    }
    expect(asked(cloud)).toEqual(before);

    const ended = await login(device);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    await untilInSync(device);
    expect(asked(cloud)).toEqual({ tokens: before.tokens + 1, sts: before.sts + 1 });
    expect((await statusOf(device)).pairs).toMatchObject([{ counts: { files: 6 } }]);
  });

  describe('on the page', skipUnless(missing === null, missing ?? ''), () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser.close();
    });

    test('a revoked session shows exactly one sign-in button on the page', async () => {
      const { cloud, device, engine } = await revoked();
      const context = await browser.newContext({ reducedMotion: 'reduce' });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(engine.url);
      const help = page.getByRole('button', { name: /sign in/i });
      await help.first().waitFor();
      expect(await help.count()).toBe(1);
      expect(await page.locator('button.button-primary').count()).toBeLessThanOrEqual(1);

      await help.click();
      await signInAtProvider(browser, await engine.openedUrl(), personOf(cloud.description, 'alice'));
      await page
        .getByRole('heading', { level: 1, name: 'Everything is in sync' })
        .waitFor({ timeout: 60_000 });
      expect(await help.count()).toBe(0);
      expect((await statusOf(device)).overall).toBe('in-sync');
    });
  });
});
