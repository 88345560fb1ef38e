#!/bin/sh
# @aws-sdk/client-s3 3.1169.0: ListObjectsV2 answered with 200 and an empty body, or with a page of HTML, gives a result without any
# field, which reads as an empty bucket. One LastModified without a zone rejects the whole page of the listing. HeadObject reads the
# RFC 850 date "Monday, 01-Jan-24 00:00:00 GMT" as 1924, where RFC 9110 (5.6.7) goes back a century only beyond 50 years ahead.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true, "type": "module" }\n' > package.json
npm install --silent --no-audit --no-fund @aws-sdk/client-s3@3.1169.0
cat > see.js <<'JS'
import { createServer } from 'node:http';
import { HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
let body = '';
const server = createServer((_request, response) => {
  response.writeHead(200, { etag: '"e"', 'last-modified': 'Monday, 01-Jan-24 00:00:00 GMT' }).end(body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const client = new S3Client({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: 'eu-central-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
});
const list = async (text) => {
  body = text;
  try {
    const { $metadata, ...fields } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    return JSON.stringify(fields);
  } catch (error) {
    return error.message.split('\n')[0];
  }
};
console.log(`empty body: ${await list('')}`);
console.log(`html: ${await list('<html><body>Please sign in</body></html>')}`);
const entry = '<Contents><Key>a</Key><LastModified>2024-01-01T00:00:00</LastModified></Contents>';
console.log(`no zone: ${await list(`<ListBucketResult>${entry}</ListBucketResult>`)}`);
const { LastModified } = await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'a' }));
console.log(`rfc 850: ${LastModified.toISOString()}`);
server.close();
server.closeAllConnections();
JS
node see.js > seen
cat seen
grep -q '^empty body: {}$' seen
grep -q '^html: {}$' seen
grep -q '^no zone: Invalid RFC3339 timestamp' seen
grep -q '^rfc 850: 1924-01-01' seen
echo 'as found: no listing reads as an empty one, one date costs a page, and 24 is 1924'
