// Pages of a listing read plainly: as the SDK reads them, or not at all.
import { Readable } from 'node:stream';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modifiedMsOf } from '../../main/adapters/s3/object-info.ts';
import { readPlainListing } from '../../main/adapters/s3/plain-listing.ts';
import type { PlainListing } from '../../main/adapters/s3/plain-listing.ts';
import { runs } from '../sizes.ts';

/** What the SDK makes of these bytes, in our shape. */
async function readByTheSdk(xml: string) {
  const requestHandler = {
    handle: () =>
      Promise.resolve({
        response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(xml)]) },
      }),
  };
  const client = new S3Client({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    // Only `handle` is called; the answer's class is one of a package that is none of ours.
    requestHandler: requestHandler as never,
    maxAttempts: 1,
  });
  const output = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
  return {
    entries: (output.Contents ?? []).map((entry) => ({
      key: entry.Key,
      etag: entry.ETag,
      sizeBytes: entry.Size,
      modifiedMs: modifiedMsOf(entry),
    })),
    isEncoded: output.EncodingType === 'url',
    next: output.IsTruncated === true ? output.NextContinuationToken : null,
  };
}

const plainEntry = { key: 'a/b%20c+d', etag: '"9a0364b9e99bb480dd25e1f0284c8555-3"', sizeBytes: 12 };
const newYear = Date.UTC(2024, 0, 1, 1, 2, 3);

/** As AWS, Ceph, MinIO (Go) and the bench's own store write it. */
const dialects: readonly (readonly [string, string, PlainListing])[] = [
  [
    'AWS',
    `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix></Prefix><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><KeyCount>1</KeyCount><MaxKeys>1</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Contents><Key>a/b%20c+d</Key><LastModified>2024-01-01T01:02:03.000Z</LastModified><ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555-3&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>12</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>`,
    {
      entries: [{ ...plainEntry, modifiedMs: newYear }],
      isEncoded: true,
      next: '1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=',
    },
  ],
  [
    'Ceph',
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix/><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>a/b%20c+d</Key><LastModified>2024-01-01T01:02:03.456Z</LastModified><ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555-3&quot;</ETag><Size>12</Size><StorageClass>STANDARD</StorageClass><Owner><ID>u$er</ID><DisplayName>A name</DisplayName></Owner><Type>Normal</Type></Contents><Marker></Marker></ListBucketResult>`,
    { entries: [{ ...plainEntry, modifiedMs: newYear + 456 }], isEncoded: true, next: null },
  ],
  [
    'Go',
    `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name>
  <KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>
  <Contents>
    <Key>a/b%20c+d</Key><LastModified>2024-01-01T01:02:03Z</LastModified>
    <ETag>&#34;9a0364b9e99bb480dd25e1f0284c8555-3&#34;</ETag><Size>12</Size>
  </Contents>
</ListBucketResult>
`,
    { entries: [{ ...plainEntry, modifiedMs: newYear }], isEncoded: false, next: null },
  ],
  [
    'a bucket without objects',
    '<ListBucketResult><Prefix></Prefix><IsTruncated>false</IsTruncated></ListBucketResult>',
    { entries: [], isEncoded: false, next: null },
  ],
];

test.each(dialects)('the page of %s is read plainly, as the SDK reads it', async (_name, xml, listing) => {
  expect(readPlainListing(Buffer.from(xml))).toEqual(listing);
  expect(await readByTheSdk(xml)).toEqual(listing);
});

const whole = `<Key>k</Key><LastModified>2024-01-01T01:02:03.000Z</LastModified><ETag>e</ETag><Size>1</Size>`;
const inPage = (contents: string, rest = '<IsTruncated>false</IsTruncated>'): string =>
  `<ListBucketResult>${rest}${contents}</ListBucketResult>`;

test.each([
  ['a comment', inPage(`<Contents>${whole}<!-- --></Contents>`)],
  ['an attribute', inPage(`<Contents a="b">${whole}</Contents>`)],
  ['CDATA', inPage(`<Contents>${whole.replace('>k<', '><![CDATA[k]]><')}</Contents>`)],
  ['another entity', inPage(`<Contents>${whole.replace('>k<', '>a&amp;b<')}</Contents>`)],
  ['a key with a space', inPage(`<Contents>${whole.replace('>k<', '> k <')}</Contents>`)],
  ['a key beyond ASCII', inPage(`<Contents>${whole.replace('>k<', '>ü<')}</Contents>`)],
  ['an empty key', inPage(`<Contents>${whole.replace('>k<', '><')}</Contents>`)],
  ['two keys', inPage(`<Contents>${whole}<Key>l</Key></Contents>`)],
  ['no size', inPage(`<Contents>${whole.replace(/<Size>.*/u, '')}</Contents>`)],
  ['an odd time', inPage(`<Contents>${whole.replace('2024-01-01T', '2024-13-01T')}</Contents>`)],
  ['a carriage return', inPage(`\r<Contents>${whole}</Contents>`)],
  ['no word of its end', inPage(`<Contents>${whole}</Contents>`, '')],
  ['no token for the rest', inPage(`<Contents>${whole}</Contents>`, '<IsTruncated>true</IsTruncated>')],
  ['a document type', `<!DOCTYPE a>${inPage('')}`],
  ['something after it', `${inPage('')}<a/>`],
  ['no end', inPage(`<Contents>${whole}</Contents>`).slice(0, -5)],
  ['an end in an entry', inPage(`<Contents>${whole}</Contents>`).slice(0, 120)],
  ['another root', '<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>'],
  ['levels without end', inPage(`${'<a>'.repeat(9)}${'</a>'.repeat(9)}`)],
  ['nothing', ''],
])('a page with %s is left to the SDK', (_name, xml) => {
  expect(readPlainListing(Buffer.from(xml))).toBeNull();
});

const piece = fc.constantFrom(
  ...[
    '<Contents>',
    '</Contents>',
    '<Key>',
    '</Key>',
    '<Key/>',
    '<ETag>',
    '</ETag>',
    '&quot;',
    '&#34;',
    '&amp;',
  ],
  ...[
    '<Size>',
    '</Size>',
    '1',
    '00',
    ' ',
    '\n',
    '\t',
    'k',
    'ü',
    '%20',
    '+',
    '>',
    '<',
    '</',
    '/>',
    ']]>',
    '"',
  ],
  ...['<LastModified>', '2024-01-01T01:02:03.000Z', '2024-02-31T01:02:03Z', '</LastModified>', '<!---->'],
  ...['<Owner>', '<ID>', '</ID>', '</Owner>', '<IsTruncated>', 'true', 'false', '</IsTruncated>', '&lt;', ''],
  ...['<NextContinuationToken>', '</NextContinuationToken>', '<EncodingType>', 'url', '</EncodingType>'],
);

/** A sound page with some of its text replaced by something else. */
const changed = fc
  .tuple(
    fc.constantFrom(...dialects.map(([, xml]) => xml), inPage(`<Contents>${whole}</Contents>`.repeat(2))),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), piece), { maxLength: 3 }),
  )
  .map(([xml, changes]) =>
    changes.reduce((text, [at, length, put]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + length);
    }, xml),
  );

test('what is read plainly is what the SDK reads', async () => {
  await fc.assert(
    fc.asyncProperty(changed, async (xml) => {
      const listing = readPlainListing(Buffer.from(xml));
      if (listing !== null) expect(await readByTheSdk(xml)).toEqual(listing);
    }),
    { numRuns: runs(400) },
  );
});
