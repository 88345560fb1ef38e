// Regional endpoints of AWS services, in FIPS and dual-stack form on request.

export type AwsService = 's3' | 's3-control' | 'sts' | 'cognito-identity';

/** Form of AWS's own endpoints that an account uses; neither by default. */
export type EndpointForm = {
  /** FIPS 140 validated endpoints, which AWS has in the US, Canada and GovCloud. */
  readonly useFips?: boolean;
  /** Endpoints that answer over IPv6 as well as IPv4. */
  readonly useDualStack?: boolean;
};

/**
 * URL without a trailing slash, such as `https://s3.eu-central-1.amazonaws.com`. Spelled here rather than resolved
 * by the SDK, so that no setting of the environment takes part; a test holds it equal to the SDK's own rules.
 */
export function awsEndpointUrl(service: AwsService, region: string, form: EndpointForm = {}): string {
  const isDual = form.useDualStack === true;
  const isStore = service === 's3' || service === 's3-control';
  const isChina = region.startsWith('cn-');
  const isGov = region.startsWith('us-gov-');
  // Plain STS in GovCloud is validated, and has no name of its own for it.
  const hasFipsName = form.useFips === true && !(service === 'sts' && isGov && !isDual);
  const name = `${service}${hasFipsName ? '-fips' : ''}${isStore && isDual ? '.dualstack' : ''}`;
  // S3 says it in the name instead, and Cognito's plain name outside China and GovCloud answers over both.
  const isInName = isStore || (service === 'cognito-identity' && !isChina && !isGov);
  if (isDual && !isInName)
    return `https://${name}.${region}.${isChina ? 'api.amazonwebservices.com.cn' : 'api.aws'}`;
  return `https://${name}.${region}.amazonaws.com${isChina ? '.cn' : ''}`;
}

/** S3 as an account reaches it: its own endpoint, or AWS's in the form it asks for. */
export function s3EndpointOf(
  account: EndpointForm & { readonly s3Endpoint: string | null; readonly region: string },
): string {
  return account.s3Endpoint ?? awsEndpointUrl('s3', account.region, account);
}

/** S3 Control of one AWS account, which is the first label of its host. */
export function s3ControlUrl(accountId: string, region: string, form: EndpointForm = {}): string {
  return awsEndpointUrl('s3-control', region, form).replace('https://', `https://${accountId}.`);
}

const regionName = '[a-z]{2,4}(?:-[a-z]+)+-\\d{1,2}';
const wholeRegionName = new RegExp(`^${regionName}$`, 'u');

/** True for a name as AWS gives its regions, such as `eu-central-1`, in any partition. */
export function isRegionName(name: string): boolean {
  return wholeRegionName.test(name);
}

const signInHosts = [
  `^(?:portal\\.sso|oidc|signin)(?:-fips)?\\.${regionName}\\.(?:amazonaws\\.com(?:\\.cn)?|api\\.aws|api\\.amazonwebservices\\.com\\.cn)$`,
  `^(?:${regionName}\\.)?signin(?:-fips)?\\.(?:aws\\.amazon\\.com|amazonaws\\.cn|amazonaws-us-gov\\.com)$`,
  `^${regionName}\\.oauth\\.signin\\.aws$`,
].map((pattern) => new RegExp(pattern, 'u'));

/** True for Identity Center and AWS's sign-in service; other hosts under the same suffixes are customers' buckets and APIs. */
export function isAwsSignInHost(hostname: string): boolean {
  return signInHosts.some((host) => host.test(hostname));
}
