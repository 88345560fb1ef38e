// The local cloud's other exchanges: GetCallerIdentity, delegation, SAML and Cognito give what is right and refuse the rest.
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { signIn } from '../local-cloud/browserless.ts';
import { s3Client, signInUser, stsClient } from '../local-cloud/client-kit.ts';
import type { TestCredentials } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

let folder: TempFolder;
let cloud: LocalCloud;
let described: CloudDescription;
let aliceToken: string;

beforeAll(async () => {
  folder = await makeTempFolder('local-cloud');
  cloud = await startLocalCloud({ directory: folder.path });
  described = cloud.description;
  aliceToken = (await signIn(described.issuer, described.clientId, person('alice'))).id_token;
});

afterAll(async () => {
  await cloud.stop();
  await folder.remove();
});

function person(name: string): CloudDescription['users'][number] {
  const user = described.users.find((candidate) => candidate.name === name);
  if (user === undefined) throw new Error(`no user ${name}`);
  return user;
}

/** The error name and status that the SDK saw, or `accepted`. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    const status =
      error instanceof Error && '$metadata' in error
        ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode
        : undefined;
    return `${String(status)} ${error instanceof Error ? error.name : 'unknown'}`;
  }
}

function post(url: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
}

describe('GetCallerIdentity', () => {
  test('knows the caller by signature and refuses a wrong secret or token', async () => {
    const [alice, bob] = await Promise.all([signInUser(described, 'alice'), signInUser(described, 'bob')]);
    const ask = (credentials: TestCredentials): Promise<string> =>
      outcome(stsClient(described, credentials).send(new GetCallerIdentityCommand({})));
    const { Arn } = await stsClient(described, alice.credentials).send(new GetCallerIdentityCommand({}));

    expect(Arn).toBe(`arn:aws:sts::${described.accountId}:assumed-role/driftless/test-session`);
    expect(await ask({ ...alice.credentials, secretAccessKey: 'wrong' })).toBe('403 SignatureDoesNotMatch');
    expect(await ask({ ...alice.credentials, sessionToken: bob.credentials.sessionToken ?? '' })).toBe(
      '403 InvalidClientTokenId',
    );
    expect(await ask({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' })).toBe(
      '403 InvalidClientTokenId',
    );
  });
});

describe('the other exchanges', () => {
  async function canList(credentials: TestCredentials, sub: string): Promise<string> {
    return outcome(
      s3Client(described, credentials).send(
        new ListObjectsV2Command({ Bucket: described.bucket, Prefix: `users/${sub}/` }),
      ),
    );
  }

  test('delegation gives credentials for the own prefix only', async () => {
    const { url, roleArn, principalArn } = described.delegation;
    const fields = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      id_token: aliceToken,
      client_id: described.clientId,
      target: described.clientId,
      api_type: 'aws',
      role: roleArn,
      principal: principalArn,
    };
    const answer = z
      .object({
        Credentials: z.object({
          AccessKeyId: z.string(),
          SecretAccessKey: z.string(),
          SessionToken: z.string(),
          Expiration: z.string(),
        }),
      })
      .parse(await (await post(url, fields)).json());
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    } = answer.Credentials;
    const forged = await post(url, { ...fields, id_token: await cloud.signToken({ aud: 'x' }) });

    expect(await canList({ accessKeyId, secretAccessKey, sessionToken }, person('alice').sub)).toBe(
      'accepted',
    );
    expect(await canList({ accessKeyId, secretAccessKey, sessionToken }, person('bob').sub)).toBe(
      '403 AccessDenied',
    );
    expect(forged.status).toBe(401);
  });

  async function assertionFor(token: string): Promise<string> {
    const answer = await post(described.saml.assertionUrl, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:saml2',
    });
    return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
  }

  const withSaml = (assertion: string): AssumeRoleWithSAMLCommand =>
    new AssumeRoleWithSAMLCommand({
      RoleArn: described.saml.roleArn,
      PrincipalArn: described.saml.principalArn,
      SAMLAssertion: assertion,
    });

  test('SAML gives credentials for the subject of the assertion', async () => {
    const answer = await stsClient(described).send(withSaml(await assertionFor(aliceToken)));
    const credentials = {
      accessKeyId: answer.Credentials?.AccessKeyId ?? '',
      secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
      sessionToken: answer.Credentials?.SessionToken ?? '',
    };

    expect(answer).toMatchObject({ Subject: person('alice').sub, SubjectType: 'persistent' });
    expect(await canList(credentials, person('alice').sub)).toBe('accepted');
    expect(await canList(credentials, person('bob').sub)).toBe('403 AccessDenied');
  });

  test('SAML refuses an assertion that was changed, wrapped, stripped or is old', async () => {
    const genuine = Buffer.from(await assertionFor(aliceToken), 'base64').toString('utf8');
    const send = (xml: string): Promise<string> =>
      outcome(stsClient(described).send(withSaml(Buffer.from(xml).toString('base64'))));
    const assertion = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(genuine)?.[0] ?? '';
    const evil = assertion
      .replace(/<ds:Signature[\s\S]*<\/ds:Signature>|<Signature[\s\S]*<\/Signature>/, '')
      .replaceAll(person('alice').sub, person('bob').sub)
      .replace(/ID="[^"]+"/, 'ID="_evil"');
    const wrapped = genuine.replace(assertion, `${evil}${assertion}`);
    const whole = await stsClient(described)
      .send(withSaml(Buffer.from(wrapped).toString('base64')))
      .catch(() => undefined);

    expect(evil).not.toContain('Signature');
    expect(await send(genuine.replaceAll(person('alice').sub, person('bob').sub))).toBe(
      '400 InvalidIdentityTokenException',
    );
    expect(await send(genuine.replace(assertion, evil))).toBe('400 InvalidIdentityTokenException');
    // An unsigned assertion beside the genuine one gains nothing: the subject stays the signed one.
    expect(whole?.Subject ?? person('alice').sub).toBe(person('alice').sub);
    cloud.control.patch({ clockSkewMs: 600_000 });
    expect(await send(genuine)).toBe('400 ExpiredTokenException');
    cloud.control.reset();
  });

  test('Cognito gives an identity and its credentials in the enhanced flow, and nothing to guests', async () => {
    const { endpoint, identityPoolId, loginKey } = described.cognito;
    const client = new CognitoIdentityClient({
      endpoint,
      region: described.region,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
      maxAttempts: 1,
    });
    const Logins = { [loginKey]: aliceToken };
    const { IdentityId } = await client.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins }));
    const { Credentials } = await client.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };

    expect(await canList(credentials, IdentityId ?? '')).toBe('accepted');
    expect(await canList(credentials, person('alice').sub)).toBe('403 AccessDenied');
    expect(Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now());
    expect(await outcome(client.send(new GetIdCommand({ IdentityPoolId: identityPoolId })))).toBe(
      '400 NotAuthorizedException',
    );
    expect(
      await outcome(
        client.send(
          new GetCredentialsForIdentityCommand({
            IdentityId,
            Logins: { [loginKey]: await cloud.signToken({ sub: 'other' }) },
          }),
        ),
      ),
    ).toBe('400 NotAuthorizedException');
  });
});
