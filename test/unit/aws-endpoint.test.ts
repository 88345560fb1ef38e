// FIPS and dual-stack endpoints, held equal to the rules of the AWS SDK.
import { CognitoIdentityClient, GetIdCommand } from '@aws-sdk/client-cognito-identity';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { endpointUrl } from '../../main/adapters/sts/asking.ts';
import { isServiceHost } from '../../main/core/access/endpoints.ts';
import { awsEndpointUrl, isAwsSignInHost, s3EndpointOf } from '../../main/core/net/aws-endpoint.ts';
import type { AwsService } from '../../main/core/net/aws-endpoint.ts';

type Form = { readonly useFips: boolean; readonly useDualStack: boolean };

/** The host that the SDK's own endpoint rules choose; its request goes nowhere. */
async function hostOfSdk(service: AwsService, region: string, form: Form): Promise<string> {
  const seen = Promise.withResolvers<string>();
  const options = {
    region,
    useFipsEndpoint: form.useFips,
    useDualstackEndpoint: form.useDualStack,
    maxAttempts: 1,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    requestHandler: {
      handle: ({ hostname }: { hostname: string }) => {
        seen.resolve(hostname);
        return Promise.reject(new Error('goes nowhere'));
      },
    },
  };
  const send: Partial<Record<AwsService, () => Promise<unknown>>> = {
    s3: () => new S3Client(options).send(new ListBucketsCommand({})),
    sts: () => new STSClient(options).send(new GetCallerIdentityCommand({})),
    'cognito-identity': () =>
      new CognitoIdentityClient(options).send(new GetIdCommand({ IdentityPoolId: 'x' })),
  };
  await expect(send[service]?.()).rejects.toThrow('goes nowhere');
  return await seen.promise;
}

const services: readonly AwsService[] = ['s3', 'sts', 'cognito-identity'];
const forms: readonly Form[] = [false, true].flatMap((useFips) =>
  [false, true].map((useDualStack) => ({ useFips, useDualStack })),
);
const cases = ['us-east-1', 'us-west-2', 'us-gov-west-1', 'eu-central-1', 'cn-north-1'].flatMap((region) =>
  forms
    .filter(({ useFips }) => !useFips || region.startsWith('us-'))
    .flatMap((form) => services.map((service) => [service, region, form] as const)),
);

test.each(cases)('%s in %s with %j is the endpoint of the SDK', async (service, region, form) => {
  const url = new URL(awsEndpointUrl(service, region, form));
  expect(url.hostname).toBe(await hostOfSdk(service, region, form));
  expect(url.protocol).toBe('https:');
});

test.each(cases)('%s in %s with %j counts as a host of AWS that may get a token', (service, region, form) => {
  expect(isServiceHost(service, new URL(awsEndpointUrl(service, region, form)).hostname)).toBe(true);
});

test('an account reaches S3 and STS in the form it asks for, and its own endpoint as written', () => {
  const form = { useFips: true, useDualStack: true };
  const account = { region: 'us-east-1', s3Endpoint: null, ...form };
  expect(s3EndpointOf(account)).toBe('https://s3-fips.dualstack.us-east-1.amazonaws.com');
  expect(s3EndpointOf({ ...account, s3Endpoint: 'https://store.example' })).toBe('https://store.example');
  const sts = { service: 'sts', region: 'us-east-1', endpoint: null, development: false, form } as const;
  expect(endpointUrl(sts)).toBe('https://sts-fips.us-east-1.api.aws');
});

test.each([
  ...['portal.sso.eu-central-1.amazonaws.com', 'oidc.eu-central-1.amazonaws.com'],
  ...['oidc-fips.us-gov-west-1.amazonaws.com', 'portal.sso.cn-north-1.amazonaws.com.cn'],
  ...['oidc.eu-central-1.api.aws', 'signin.eu-central-1.api.aws', 'eu-central-1.signin.aws.amazon.com'],
  ...['us-gov-west-1.signin.amazonaws-us-gov.com', 'eu-central-1.oauth.signin.aws'],
])('%s is the sign-in of AWS', (host) => {
  expect(isAwsSignInHost(host)).toBe(true);
});

test.each([
  ...['a1.execute-api.eu-central-1.amazonaws.com', 'oidc.s3.eu-central-1.amazonaws.com'],
  ...['portal.sso.s3.amazonaws.com', 'x.oidc.eu-central-1.amazonaws.com', 'files.s3.amazonaws.com'],
  ...['oidc.eu-central-1.amazonaws.com.', 'oidc.eu-central-1.amazonaws.com.evil.example', 'amazonaws.com'],
  ...['evil-signin.aws.amazon.com', 'oidc.eks.eu-central-1.amazonaws.com'],
])('%s is not', (host) => {
  expect(isAwsSignInHost(host)).toBe(false);
});
