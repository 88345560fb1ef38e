// The local cloud's other exchanges: GetCallerIdentity, delegation, SAML and Cognito.
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { signIn } from '../local-cloud/browserless.ts';
import { personOf, s3Client, signInUser, stsClient } from '../local-cloud/client-kit.ts';
import type { TestCredentials } from '../local-cloud/client-kit.ts';
import { cloudForFile, outcome, postForm } from '../support/cloud-kit.ts';

const cloud = await cloudForFile();
const { description: described } = cloud;
const { id_token: aliceToken } = await signIn(
  described.issuer,
  described.clientId,
  personOf(described, 'alice'),
);

describe('GetCallerIdentity', () => {
  test('GetCallerIdentity knows the caller by signature and refuses a wrong secret or token', async () => {
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

  test("delegation gives credentials for the user's own prefix only", async () => {
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
      .parse(await (await postForm(url, fields)).json());
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    } = answer.Credentials;
    const forged = await postForm(url, { ...fields, id_token: await cloud.signToken({ aud: 'x' }) });

    expect(
      await canList({ accessKeyId, secretAccessKey, sessionToken }, personOf(described, 'alice').sub),
    ).toBe('done');
    expect(
      await canList({ accessKeyId, secretAccessKey, sessionToken }, personOf(described, 'bob').sub),
    ).toBe('403 AccessDenied');
    expect(forged.status).toBe(401);
  });

  async function assertionFor(token: string): Promise<string> {
    const answer = await postForm(described.saml.assertionUrl, {
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

    expect(answer).toMatchObject({ Subject: personOf(described, 'alice').sub, SubjectType: 'persistent' });
    expect(await canList(credentials, personOf(described, 'alice').sub)).toBe('done');
    expect(await canList(credentials, personOf(described, 'bob').sub)).toBe('403 AccessDenied');
  });

  test('SAML refuses an assertion that was changed, wrapped, stripped or is old', async () => {
    const genuine = Buffer.from(await assertionFor(aliceToken), 'base64').toString('utf8');
    const send = (xml: string): Promise<string> =>
      outcome(stsClient(described).send(withSaml(Buffer.from(xml).toString('base64'))));
    const assertion = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(genuine)?.[0] ?? '';
    const evil = assertion
      .replace(/<ds:Signature[\s\S]*<\/ds:Signature>|<Signature[\s\S]*<\/Signature>/, '')
      .replaceAll(personOf(described, 'alice').sub, personOf(described, 'bob').sub)
      .replace(/ID="[^"]+"/, 'ID="_evil"');
    const wrapped = genuine.replace(assertion, `${evil}${assertion}`);
    const whole = await stsClient(described)
      .send(withSaml(Buffer.from(wrapped).toString('base64')))
      .catch(() => undefined);

    expect(evil).not.toContain('Signature');
    expect(
      await send(genuine.replaceAll(personOf(described, 'alice').sub, personOf(described, 'bob').sub)),
    ).toBe('400 InvalidIdentityTokenException');
    expect(await send(genuine.replace(assertion, evil))).toBe('400 InvalidIdentityTokenException');
    // An unsigned assertion beside the genuine one gains nothing: the subject stays the signed one.
    expect(whole?.Subject ?? personOf(described, 'alice').sub).toBe(personOf(described, 'alice').sub);
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

    expect(await canList(credentials, IdentityId ?? '')).toBe('done');
    expect(await canList(credentials, personOf(described, 'alice').sub)).toBe('403 AccessDenied');
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
