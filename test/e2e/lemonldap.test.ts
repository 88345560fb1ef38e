// A user of LemonLDAP::NG, a third-party OpenID provider: sign-in, exchange, sync, and a refresh that brings an id_token.
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { providerName } from '../local-cloud/iam.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { endOf, runCli, signInAddress, startCli } from '../support/driftless-cli.ts';
import { lemonldapIsMissing, startLemonldap } from '../support/lemonldap.ts';
import type { Lemonldap } from '../support/lemonldap.ts';
import { makePerson } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { freePorts } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = lemonldapIsMissing();

describe('a user of LemonLDAP::NG', skipUnless(missing === null, missing ?? ''), () => {
  let provider: Lemonldap;
  let folder: TempFolder;
  let cloud: LocalCloud;
  let person: Person;
  let redirectUri: string;

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    // It compares redirect addresses with their port, so one is chosen and written into the configuration.
    redirectUri = `http://127.0.0.1:${String(port)}/callback`;
    folder = await makeTempFolder('lemonldap-cloud');
    [provider, cloud] = await Promise.all([
      startLemonldap([redirectUri]),
      startLocalCloud({ directory: folder.path }),
    ]);
    const { issuer, clientId } = provider;
    const { description } = cloud;
    person = await makePerson({
      account: {
        issuer,
        clientId,
        identity: { kind: 'browser', redirectUri },
        exchange: {
          kind: 'web-identity',
          roleArn: trust(issuer, clientId),
          stsEndpoint: description.sts,
          durationSeconds: 900,
        },
        region: description.region,
        s3Endpoint: description.s3,
      },
      bucket: description.bucket,
    });
  });
  afterAll(async () => {
    await Promise.all([provider.stop(), cloud.stop(), person.close()]);
    await folder.remove();
  });

  /** The cloud's role for users of this issuer; its ARN. */
  function trust(issuer: string, clientId: string): string {
    const { control, description } = cloud;
    // Its issuer is on loopback, which AWS does not take.
    control.patch({ strictAws: false });
    control.putOidcProvider(issuer, [clientId]);
    const name = providerName(issuer);
    return control.putRole({
      name: 'lemonldap',
      maxSessionSeconds: 3600,
      trust: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: `arn:aws:iam::${description.accountId}:oidc-provider/${name}` },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: { StringEquals: { [`${name}:aud`]: clientId } },
          },
        ],
      },
      policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }],
    });
  }

  async function keys(): Promise<readonly string[]> {
    const { s3: endpoint, region, admin: credentials, bucket } = cloud.description;
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'users/dwho/' }));
    s3.destroy();
    return (listed.Contents ?? []).map(({ Key = '' }) => Key).filter((key) => !key.includes('.driftless/'));
  }

  async function accountState(): Promise<string | undefined> {
    const ended = await runCli(['status', '--json', '--home', person.home]);
    const status = JSON.parse(ended.stdout) as { running: boolean; accounts?: { state: string }[] };
    // Without an engine the command answers by itself.
    return status.running ? status.accounts?.[0]?.state : undefined;
  }

  test('a running engine signs in by its login form, trades the token and syncs', async () => {
    person.write('Notes/today.md', 'of a user of LemonLDAP::NG');
    const engine = startCli(['serve', '--home', person.home]);
    const stopped = endOf(engine);
    try {
      await waitFor(async () => (await accountState()) === 'new', {
        what: 'the engine to need the user',
      });
      const child = startCli(['login', '--home', person.home, '--json']);
      const ended = endOf(child);
      const callback = await provider.signIn(await signInAddress(child));
      expect(callback.startsWith(redirectUri)).toBe(true);
      await (await fetch(callback)).text();
      const login = await ended;
      expect(login, login.stderr).toMatchObject({ code: 0 });
      expect(JSON.parse(login.stdout)).toMatchObject({ ok: true, byEngine: true, sub: provider.user.name });
      await waitFor(async () => (await keys()).includes('users/dwho/Notes/today.md'), {
        what: 'the file in the bucket',
      });
    } finally {
      engine.kill('SIGTERM');
      await stopped;
    }
  });

  test('its refresh brings an id_token: another process syncs without a sign-in', async () => {
    person.write('later.txt', 'written after the engine ended');
    const later = await person.sync();
    expect(later, later.stderr).toMatchObject({ code: 0, counts: { upload: 1 }, error: null });
    expect(await keys()).toEqual(['users/dwho/Notes/today.md', 'users/dwho/later.txt']);
  });

  test('a client that requires PKCE gives no code to a request without it', async () => {
    const bare = new URL(`${provider.issuer}oauth2/authorize`);
    const { clientId } = provider;
    bare.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'a-state',
    }).toString();
    const back = new URL(await provider.signIn(bare.href));
    expect(back.searchParams.get('code')).toBeNull();
    expect(back.searchParams.get('error')).toBe('invalid_request');
  });
});
