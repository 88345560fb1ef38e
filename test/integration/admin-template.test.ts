// Template policies enforced on the local cloud: two users under each kind of exchange.
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithSAMLCommand, AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { revokePolicy } from '../../main/core/admin/policies.ts';
import { jsonTemplate, makeTemplate } from '../../main/core/admin/template.ts';
import { signIn } from '../local-cloud/browserless.ts';
import { s3Client, stsClient } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { outcomeOf, tryBucketRights, tryOtherPrefix, useOwnPrefix } from '../support/isolation-matrix.ts';
import { plainAnswers } from '../support/template-answers.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

type Person = { readonly name: string; readonly sub: string; readonly token: string };
type Keys = {
  readonly AccessKeyId?: string;
  readonly SecretAccessKey?: string;
  readonly SessionToken?: string;
};

let folder: TempFolder;
let cloud: LocalCloud;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  folder = await makeTempFolder('templates');
  cloud = await startLocalCloud({ directory: folder.path });
  await cloud.control.setVersioning(cloud.description.bucket, 'enabled');
  [alice, bob] = [await signInAs('alice'), await signInAs('bob')];
});

beforeEach(() => {
  cloud.control.reset();
});

afterAll(async () => {
  await cloud.stop();
  await folder.remove();
});

async function signInAs(name: string): Promise<Person> {
  const { issuer, clientId, users } = cloud.description;
  const user = users.find((one) => one.name === name);
  if (user === undefined) throw new Error(`no user ${name}`);
  const tokens = await signIn(issuer, clientId, user);
  return { name, sub: user.sub, token: tokens.id_token };
}

function answers(changes: Partial<TemplateAnswers>): TemplateAnswers {
  const { issuer, clientId, bucket, accountId, region } = cloud.description;
  return {
    ...plainAnswers,
    issuer,
    clientId,
    bucket,
    accountId,
    region,
    isLoopbackAllowed: true,
    ...changes,
  };
}

/** Creates the template's roles in the local cloud, and its bucket policy, exactly as in the document. */
function install(given: TemplateAnswers): ReturnType<typeof jsonTemplate> {
  expect(makeTemplate(given, 'json')).toMatchObject({ kind: 'template' });
  const template = jsonTemplate(given);
  for (const role of template.roles) {
    cloud.control.putRole({
      name: role.roleName,
      trust: role.trustPolicy,
      policies: [role.permissionPolicy],
      maxSessionSeconds: template.maxSessionDuration,
    });
  }
  cloud.control.putBucketPolicy(given.bucket, template.bucketPolicy);
  return template;
}

function clientOf(keys: Keys | undefined): S3Client {
  return s3Client(cloud.description, {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  });
}

async function webIdentity(roleArn: string, token: string, DurationSeconds = 3600): Promise<S3Client> {
  const { Credentials } = await stsClient(cloud.description).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'template-test',
      WebIdentityToken: token,
      DurationSeconds,
    }),
  );
  return clientOf(Credentials as Keys);
}

async function samlAssertion(token: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:ietf:params:oauth:token-type:saml2',
  });
  const answer: unknown = await (
    await fetch(cloud.description.saml.assertionUrl, { method: 'POST', body })
  ).json();
  return z.object({ access_token: z.string() }).parse(answer).access_token;
}

async function cognito(person: Person): Promise<{ readonly s3: S3Client; readonly identityId: string }> {
  const { endpoint, identityPoolId, loginKey } = cloud.description.cognito;
  const ask = async (verb: string, input: unknown): Promise<unknown> =>
    (
      await fetch(endpoint, {
        method: 'POST',
        headers: {
          'x-amz-target': `AWSCognitoIdentityService.${verb}`,
          'content-type': 'application/x-amz-json-1.1',
        },
        body: JSON.stringify(input),
      })
    ).json();
  const Logins = { [loginKey]: person.token };
  const { IdentityId } = z
    .object({ IdentityId: z.string() })
    .parse(await ask('GetId', { IdentityPoolId: identityPoolId, Logins }));
  const { Credentials } = z
    .object({
      Credentials: z.object({ AccessKeyId: z.string(), SecretKey: z.string(), SessionToken: z.string() }),
    })
    .parse(await ask('GetCredentialsForIdentity', { IdentityId, Logins }));
  return { s3: clientOf({ ...Credentials, SecretAccessKey: Credentials.SecretKey }), identityId: IdentityId };
}

type Side = { readonly s3: S3Client; readonly bucket: string; readonly prefix: string };

async function proveApart(one: Side, other: Side): Promise<void> {
  for (const side of [one, other]) {
    const own = await useOwnPrefix(side);
    expect(Object.entries(own).filter(([, outcome]) => outcome !== 'done')).toEqual([]);
  }
  const head = await one.s3.send(new HeadObjectCommand({ Bucket: one.bucket, Key: `${one.prefix}own.txt` }));
  const tried = await tryOtherPrefix(other, { ...one, versionId: head.VersionId });
  expect(Object.keys(tried)).toHaveLength(15);
  expect(Object.entries(tried).filter(([, outcome]) => outcome !== '403')).toEqual([]);
  const rights = await tryBucketRights(one, head.VersionId);
  expect(Object.keys(rights)).toHaveLength(14);
  expect(Object.entries(rights).filter(([, outcome]) => outcome !== '403')).toEqual([]);
}

function side(s3: S3Client, subject: string): Side {
  return { s3, bucket: cloud.description.bucket, prefix: `users/${subject}/` };
}

describe("the template's role isolates two users", () => {
  test('two users are isolated by web identity', async () => {
    const [role] = install(answers({ roleName: 'by-web-identity' })).roles;
    const arn = role?.roleArn ?? '';
    await proveApart(
      side(await webIdentity(arn, alice.token), alice.sub),
      side(await webIdentity(arn, bob.token), bob.sub),
    );
  });

  test('two users are isolated by SAML', async () => {
    const { principalArn, roleArn } = cloud.description.saml;
    install(answers({ exchange: 'saml', principalArn, roleName: roleArn.split('/').at(-1) ?? '' }));
    const given = async (person: Person): Promise<S3Client> => {
      const { Credentials } = await stsClient(cloud.description).send(
        new AssumeRoleWithSAMLCommand({
          RoleArn: roleArn,
          PrincipalArn: principalArn,
          SAMLAssertion: await samlAssertion(person.token),
        }),
      );
      return clientOf(Credentials as Keys);
    };
    await proveApart(side(await given(alice), alice.sub), side(await given(bob), bob.sub));
  });

  test('two users are isolated by a delegation endpoint', async () => {
    const { url, principalArn } = cloud.description.delegation;
    const [role] = install(
      answers({ exchange: 'delegation', principalArn, roleName: 'by-delegation' }),
    ).roles;
    const given = async (person: Person): Promise<S3Client> => {
      const body = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        id_token: person.token,
        client_id: cloud.description.clientId,
        api_type: 'aws',
        role: role?.roleArn ?? '',
        principal: principalArn,
      });
      const answer: unknown = await (await fetch(url, { method: 'POST', body })).json();
      const shape = z.object({
        AccessKeyId: z.string(),
        SecretAccessKey: z.string(),
        SessionToken: z.string(),
      });
      return clientOf(z.object({ Credentials: shape }).parse(answer).Credentials);
    };
    await proveApart(side(await given(alice), alice.sub), side(await given(bob), bob.sub));
  });

  test('two users are isolated by a Cognito identity pool', async () => {
    const { identityPoolId, roleArn } = cloud.description.cognito;
    install(answers({ exchange: 'cognito', identityPoolId, roleName: roleArn.split('/').at(-1) ?? '' }));
    const [one, other] = [await cognito(alice), await cognito(bob)];
    await proveApart(side(one.s3, one.identityId), side(other.s3, other.identityId));
  });

  test('two users are isolated by one role per user where a store has no variables', async () => {
    const template = install(
      answers({ exchange: 'per-user-role', subjects: [alice.sub, bob.sub], roleName: 'one-each' }),
    );
    const arnOf = (person: Person): string =>
      template.roles.find(({ subject }) => subject === person.sub)?.roleArn ?? '';
    await proveApart(
      side(await webIdentity(arnOf(alice), alice.token), alice.sub),
      side(await webIdentity(arnOf(bob), bob.token), bob.sub),
    );
    await expect(webIdentity(arnOf(alice), bob.token)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('two users are isolated by a session tag that the provider sets', async () => {
    const [role] = install(answers({ roleName: 'by-tag', prefix: 'teams/{tag:team}/' })).roles;
    const tagged = async (person: Person, team: string): Promise<S3Client> =>
      webIdentity(
        role?.roleArn ?? '',
        await cloud.signToken({
          sub: person.sub,
          'https://aws.amazon.com/tags': { principal_tags: { team: [team] } },
        }),
      );
    const at = (s3: S3Client, team: string): Side => ({ ...side(s3, ''), prefix: `teams/${team}/` });
    await proveApart(at(await tagged(alice, 'red'), 'red'), at(await tagged(bob, 'blue'), 'blue'));
    const untagged = await webIdentity(role?.roleArn ?? '', alice.token);
    const { bucket } = cloud.description;
    expect(
      await outcomeOf(untagged.send(new PutObjectCommand({ Bucket: bucket, Key: 'teams//x', Body: 'x' }))),
    ).toBe('403');
  });
});

describe('the trust policy', () => {
  test('the trust policy refuses another audience and unlisted subjects', async () => {
    const [role] = install(answers({ roleName: 'only-alice', subjects: [alice.sub] })).roles;
    const arn = role?.roleArn ?? '';
    await expect(webIdentity(arn, bob.token)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(
      webIdentity(arn, await cloud.signToken({ sub: alice.sub, aud: 'other-app' })),
    ).rejects.toThrow();
    await expect(webIdentity(arn, alice.token)).resolves.toBeDefined();
  });

  test('the trust policy of another client id refuses this one’s tokens', async () => {
    cloud.control.putOidcProvider(cloud.description.issuer, [cloud.description.clientId, 'other-app']);
    const [role] = install(answers({ roleName: 'other-app', clientId: 'other-app' })).roles;
    await expect(webIdentity(role?.roleArn ?? '', alice.token)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('the trust policy gives sessions of an hour at most', async () => {
    const [role] = install(answers({ roleName: 'one-hour' })).roles;
    await expect(webIdentity(role?.roleArn ?? '', alice.token, 3601)).rejects.toThrow(/MaxSessionDuration/);
  });
});

test('the bucket policy refuses plain http', async () => {
  const [role] = install(answers({ roleName: 'tls' })).roles;
  const s3 = await webIdentity(role?.roleArn ?? '', alice.token);
  const put = (): Promise<string> =>
    outcomeOf(
      s3.send(
        new PutObjectCommand({ Bucket: cloud.description.bucket, Key: `users/${alice.sub}/tls`, Body: 'x' }),
      ),
    );
  const secure = await put();
  cloud.control.patch({ secureTransport: false });
  expect([secure, await put()]).toEqual(['done', '403']);
});

test('the revocation ends the sessions of one user only', async () => {
  const given = answers({ roleName: 'revoked' });
  const [role] = install(given).roles;
  if (role === undefined) throw new Error('the template has no role');
  const [hers, his] = [
    await webIdentity(role.roleArn, alice.token),
    await webIdentity(role.roleArn, bob.token),
  ];
  const put = (s3: S3Client, sub: string): Promise<string> =>
    outcomeOf(s3.send(new PutObjectCommand({ Bucket: given.bucket, Key: `users/${sub}/r.txt`, Body: 'x' })));
  const before = [await put(hers, alice.sub), await put(his, bob.sub)];
  const key = `${given.issuer.replace('http://', '')}:sub`;
  const policy = revokePolicy(key, alice.sub, new Date(Date.now() + 1000).toISOString());
  cloud.control.putRole({
    name: role.roleName,
    trust: role.trustPolicy,
    policies: [role.permissionPolicy, policy],
  });
  expect({ before, after: [await put(hers, alice.sub), await put(his, bob.sub)] }).toEqual({
    before: ['done', 'done'],
    after: ['403', 'done'],
  });
});
