// Operations on buckets: list, create, delete, head, location, versioning, policy.
import { XMLParser } from 'fast-xml-parser';
import { AwsError } from './aws-error.ts';
import { element, readBody } from './http-kit.ts';
import type { S3Request } from './s3-context.ts';

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function listBuckets(s3: S3Request): void {
  s3.demand('s3:ListAllMyBuckets', { key: null });
  const buckets = [...s3.store.buckets.values()].map(
    (bucket) =>
      `<Bucket>${element('Name', bucket.name)}${element('CreationDate', new Date(bucket.createdMs).toISOString())}</Bucket>`,
  );
  s3.sendXml(
    200,
    `<ListAllMyBucketsResult xmlns="${S3_NAMESPACE}"><Owner><ID>${s3.parts.iam.accountId}</ID></Owner><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`,
  );
}

export async function createBucket(s3: S3Request): Promise<void> {
  s3.demand('s3:CreateBucket', { key: null });
  await readBody(s3.request);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(s3.bucket))
    throw new AwsError('InvalidBucketName', 400, 'The specified bucket is not valid.');
  if (s3.store.buckets.has(s3.bucket))
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      409,
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  await s3.store.createBucket(s3.bucket, s3.parts.now());
  s3.sendEmpty(200, { location: `/${s3.bucket}` });
}

export async function deleteBucket(s3: S3Request): Promise<void> {
  s3.demand('s3:DeleteBucket', { key: null });
  if (s3.store.bucket(s3.bucket).keys.size > 0)
    throw new AwsError('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty');
  await s3.store.deleteBucket(s3.bucket);
  s3.sendEmpty(204);
}

export function headBucket(s3: S3Request): void {
  s3.demand('s3:ListBucket', { key: null });
  s3.store.bucket(s3.bucket);
  s3.sendEmpty(200, { 'x-amz-bucket-region': s3.parts.region });
}

export function getBucketLocation(s3: S3Request): void {
  s3.demand('s3:GetBucketLocation', { key: null });
  s3.store.bucket(s3.bucket);
  s3.sendXml(
    200,
    `<LocationConstraint xmlns="${S3_NAMESPACE}">${s3.parts.region === 'us-east-1' ? '' : s3.parts.region}</LocationConstraint>`,
  );
}

export function getBucketVersioning(s3: S3Request): void {
  s3.demand('s3:GetBucketVersioning', { key: null });
  const { versioning } = s3.store.bucket(s3.bucket);
  const status =
    versioning === 'off' ? '' : element('Status', versioning === 'enabled' ? 'Enabled' : 'Suspended');
  s3.sendXml(200, `<VersioningConfiguration xmlns="${S3_NAMESPACE}">${status}</VersioningConfiguration>`);
}

export async function putBucketVersioning(s3: S3Request): Promise<void> {
  s3.demand('s3:PutBucketVersioning', { key: null });
  s3.store.bucket(s3.bucket);
  const status = /<Status>(Enabled|Suspended)<\/Status>/.exec(
    (await readBody(s3.request)).toString('utf8'),
  )?.[1];
  if (status === undefined)
    throw new AwsError(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  await s3.store.setVersioning(s3.bucket, status === 'Enabled' ? 'enabled' : 'suspended');
  s3.sendEmpty(200);
}

export function getBucketPolicy(s3: S3Request): void {
  s3.demand('s3:GetBucketPolicy', { key: null });
  s3.store.bucket(s3.bucket);
  const policy = s3.parts.iam.bucketPolicies.get(s3.bucket);
  if (policy === undefined)
    throw new AwsError('NoSuchBucketPolicy', 404, 'The bucket policy does not exist', {
      BucketName: s3.bucket,
    });
  const body = Buffer.from(JSON.stringify(policy));
  s3.response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  s3.response.end(body);
}

/** Parses an XML request body whose listed elements repeat. */
export async function readXml(
  s3: S3Request,
  root: string,
  repeated: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = (await readBody(s3.request, 4 << 20)).toString('utf8');
  const malformed = new AwsError(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
  if (/<!DOCTYPE/i.test(text)) throw malformed;
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    isArray: (name) => name === repeated,
    numberParseOptions: { hex: false, leadingZeros: false },
    // oxlint-disable-next-line typescript/no-deprecated -- without it references such as `&#13;` stay as they are
    htmlEntities: true,
  });
  let value: unknown;
  try {
    value = parser.parse(text);
  } catch {
    throw malformed;
  }
  const found: unknown =
    typeof value === 'object' && value !== null && root in value
      ? (value as Readonly<Record<string, unknown>>)[root]
      : undefined;
  if (typeof found !== 'object' || found === null) throw malformed;
  return found as Readonly<Record<string, unknown>>;
}
