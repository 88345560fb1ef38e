// AWS partitions: the separate clouds for China and the US government, and their names.

export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov';

export function partitionOf(region: string): Partition {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Clouds of AWS with names of their own that no template knows: European sovereign, and isolated ones. */
export function isUnknownPartition(region: string): boolean {
  return /^eusc-|^[a-z]{2}-iso[a-z]*-/.test(region);
}

/**
 * Audience of a SAML response to AWS (`SAML:aud`).
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export const samlAudiences: Readonly<Record<Partition, string>> = {
  aws: 'https://signin.aws.amazon.com/saml',
  'aws-cn': 'https://signin.amazonaws.cn/saml',
  'aws-us-gov': 'https://signin.amazonaws-us-gov.com/saml',
};

/** Hosts of the management console, after the region's own label. */
export const consoleHosts: Readonly<Record<Partition, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};
