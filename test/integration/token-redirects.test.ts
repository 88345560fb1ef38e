// Endpoints that redirect a bearer token to another port or host: never followed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExchange } from '../../main/adapters/sts/select-exchange.ts';
import type { ExchangeConfig } from '../../main/core/config/config.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import type { IdToken } from '../../main/ports/identity.port.ts';
import { startFakeProvider } from '../fakes/fake-oidc-provider.ts';
import type { FakeProvider } from '../fakes/fake-oidc-provider.ts';
import { identityKit, never, noDevice, testAccount } from '../support/identity-kit.ts';

type Endpoint = { readonly url: string; readonly heard: string[]; readonly close: () => Promise<void> };

let trap: Endpoint;
let lure: Endpoint;
let lureStatus = 307;

/** Gives every request the same response and records what it received. */
async function listen(answer: () => { status: number; location: string | null }): Promise<Endpoint> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push(`${request.method ?? ''} ${request.url ?? ''} ${Buffer.concat(chunks).toString()}`);
      const { status, location } = answer();
      response.writeHead(status, location === null ? {} : { location });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

beforeEach(async () => {
  trap = await listen(() => ({ status: 200, location: null }));
  lure = await listen(() => ({ status: lureStatus, location: trap.url }));
});
afterEach(async () => {
  await Promise.all([trap.close(), lure.close()]);
});

const statuses = [301, 302, 303, 307, 308];
const roleArn = 'arn:aws:iam::123456789012:role/driftless';
const principalArn = 'arn:aws:iam::123456789012:saml-provider/idp';
const token: IdToken = {
  jwt: 'header.payload.signature',
  subject: 'alice',
  issuer: 'https://login.example.com/',
  expiresAtMs: Date.now() + 3_600_000,
  displayName: null,
  tags: {},
};

describe.each(statuses)('a redirect with status %i to another port is not followed', (status) => {
  beforeEach(() => {
    lureStatus = status;
  });

  const exchanges: readonly (readonly [string, () => ExchangeConfig])[] = [
    ['STS', () => ({ kind: 'web-identity', roleArn, stsEndpoint: lure.url, durationSeconds: 3600 })],
    [
      'a delegation endpoint',
      () => ({ kind: 'delegation', url: lure.url, roleArn, principalArn, stsEndpoint: trap.url }),
    ],
    [
      'an assertion endpoint',
      () => ({
        ...{ kind: 'saml', assertionUrl: lure.url, roleArn, principalArn, stsEndpoint: trap.url },
        durationSeconds: 3600,
      }),
    ],
    [
      'Cognito',
      () => ({
        ...{ kind: 'cognito', loginKey: 'login.example.com', endpoint: lure.url },
        identityPoolId: 'eu-central-1:8a1b6f2e-4c3d-4e5f-9a7b-0c1d2e3f4a5b',
      }),
    ],
  ];
  test.each(exchanges)('a redirect by %s carries no token along', async (_name, exchange) => {
    const account = testAccount(token.issuer, 'app', { exchange: exchange() });
    const trade = createExchange(account, {
      clock: {
        nowMs: () => Date.now(),
        monotonicMs: () => performance.now(),
        sleep: () => Promise.resolve(),
      },
      http: plainHttp,
      fetch: (url, init) => fetch(url, init),
    });
    await expect(trade(token, never())).rejects.toMatchObject({ name: 'SyncError', scope: 'account' });
    expect(lure.heard).toHaveLength(1);
    expect(trap.heard).toEqual([]);
  });

  const endpoints: readonly (readonly [string, (provider: FakeProvider) => string])[] = [
    [
      'token endpoint',
      (provider) => {
        provider.bend.metadata = (metadata) => ({ ...metadata, token_endpoint: lure.url });
        return provider.issuer;
      },
    ],
    [
      'key set',
      (provider) => {
        provider.bend.metadata = (metadata) => ({ ...metadata, jwks_uri: lure.url });
        return provider.issuer;
      },
    ],
    ['discovery document', () => lure.url.replace(/\/$/, '')],
  ];
  test.each(endpoints)("a redirect by the provider's %s ends the sign-in", async (_name, prepare) => {
    const provider = await startFakeProvider();
    const kit = await identityKit({ issuer: prepare(provider), clientId: provider.clientId });
    try {
      const signIn = kit.identity.signIn(
        {
          openUrl: (url) => {
            void provider.follow(url).then((page) => page.text());
            return Promise.resolve();
          },
          onDeviceCode: noDevice,
        },
        never(),
      );
      await expect(signIn).rejects.toMatchObject({ name: 'SyncError' });
      expect(lure.heard.length).toBeGreaterThan(0);
      expect(trap.heard).toEqual([]);
      expect(kit.identity.state().kind).toBe('signed-out');
    } finally {
      await kit.close();
      await provider.close();
    }
  });
});
