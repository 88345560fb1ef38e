// Conformance subject: the S3 adapter on the local cloud, with exchanged credentials.
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Paces } from '../../main/adapters/limits/pace.ts';
import type { AwsCredentials, Credentials } from '../../main/ports/credentials.port.ts';
import { signIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { s3Subject } from './s3-subject.ts';
import type { S3Subject } from './s3-subject.ts';
import { makeTempFolder } from './temp.ts';

export type TradedCredentials = Credentials & {
  /** How often the token was traded. */
  readonly trades: () => number;
  /** What is in use now. */
  readonly now: () => Promise<AwsCredentials>;
};

/** Trades the token again whenever the store refused what it has; no renewal ahead of time, so that expiry is felt. */
export function tradedCredentials(cloud: CloudDescription, idToken: string): TradedCredentials {
  let current: Promise<AwsCredentials> | null = null;
  let trades = 0;
  const trade = async (): Promise<AwsCredentials> => {
    trades += 1;
    const sts = new STSClient({
      endpoint: cloud.sts,
      region: cloud.region,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    });
    const answer = await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: cloud.roleArn,
        RoleSessionName: `test-${String(trades)}`,
        WebIdentityToken: idToken,
      }),
    );
    sts.destroy();
    const given = answer.Credentials;
    if (given?.AccessKeyId === undefined) throw new Error('STS gave no credentials');
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey ?? '',
      sessionToken: given.SessionToken ?? '',
      expiresAtMs: given.Expiration?.getTime() ?? 0,
      clockOffsetMs: 0,
    };
  };
  const now = () => (current ??= trade());
  let refused: Promise<unknown> = Promise.resolve();
  return {
    now,
    trades: () => trades,
    get: async () => {
      await refused;
      return await now();
    },
    principal: () => Promise.reject(new Error('not asked for in these tests')),
    renew: () => (current = trade()),
    invalidate: (accessKeyId) => {
      const held = current;
      refused = Promise.resolve(held).then((credentials) => {
        if (credentials?.accessKeyId === accessKeyId && current === held) current = null;
      });
    },
    retryNow: () => undefined,
    forget: () => ({ issuedUntilMs: null }),
  };
}

export type CloudSubject = {
  readonly cloud: LocalCloud;
  readonly alice: S3Subject & { readonly prefix: string; readonly credentials: TradedCredentials };
  readonly bob: S3Subject & { readonly prefix: string };
  readonly close: () => Promise<void>;
};

export async function startCloudSubject(
  options: { readonly paces?: readonly Paces[] } = {},
): Promise<CloudSubject> {
  const folder = await makeTempFolder('cloud');
  const cloud = await startLocalCloud({ directory: folder.path });
  const { description } = cloud;
  const enter = async (name: string) => {
    const user = personOf(description, name);
    const tokens = await signIn(description.issuer, description.clientId, user);
    const credentials = tradedCredentials(description, tokens.id_token);
    const place = { endpoint: description.s3, region: description.region, bucket: description.bucket };
    return { ...s3Subject(place, credentials, options.paces), credentials, prefix: `users/${user.sub}/` };
  };
  const alice = await enter('alice');
  const bob = await enter('bob');
  return {
    cloud,
    alice,
    bob,
    close: async () => {
      alice.close();
      bob.close();
      await cloud.stop();
      await folder.remove();
    },
  };
}
