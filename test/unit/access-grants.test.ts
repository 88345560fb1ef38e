// Answers of S3 Access Grants as text: what is read, and what is refused.
import { describe, expect, test } from 'vitest';
import {
  grantProblem,
  grantTarget,
  isGranted,
  readGrantAnswer,
  readGrantError,
} from '../../main/core/access/grants.ts';
import { isServiceHost } from '../../main/core/access/endpoints.ts';
import { awsEndpointUrl, s3ControlUrl } from '../../main/core/net/aws-endpoint.ts';

const nowMs = Date.parse('2026-11-29T12:00:00Z');
const wanted = {
  ...{ bucket: 'company-files', prefix: 'teams/blue/' },
  ...{ accountId: '123456789012', durationSeconds: 3600, nowMs },
};
const target = 's3://company-files/teams/blue/*';

/** As AWS documents it. */
function answerXml(changes: Readonly<Record<string, string>> = {}): string {
  const given: Readonly<Record<string, string>> = {
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: 'secret/key+',
    SessionToken: 'token==',
    Expiration: '2026-11-29T13:00:00Z',
    MatchedGrantTarget: target,
    GranteeType: 'IAM',
    GranteeIdentifier: 'arn:aws:iam::123456789012:role/driftless',
    ...changes,
  };
  const at = (name: string): string => `<${name}>${given[name] ?? ''}</${name}>`;
  const keys = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map(at).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<GetDataAccessResult xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Credentials>${keys}</Credentials>
${at('MatchedGrantTarget')}<Grantee>${at('GranteeType')}${at('GranteeIdentifier')}</Grantee></GetDataAccessResult>`;
}

test('an answer as AWS documents it is read whole and accepted', () => {
  const answer = readGrantAnswer(answerXml());
  expect(answer).toEqual({
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'secret/key+',
    sessionToken: 'token==',
    expiration: '2026-11-29T13:00:00Z',
    matchedGrantTarget: target,
    grantee: 'arn:aws:iam::123456789012:role/driftless',
  });
  expect(answer === null ? 'unread' : grantProblem(answer, wanted)).toBeNull();
});

test("a second star, as AWS's example has it, is the same folder and is accepted", () => {
  const answer = readGrantAnswer(answerXml({ MatchedGrantTarget: `${target}*` }));
  expect(answer === null ? 'unread' : grantProblem(answer, wanted)).toBeNull();
});

test('signs that XML writes as entities are read as themselves', () => {
  const xml = answerXml({ MatchedGrantTarget: 's3://company-files/R&amp;D &#x3c;1&gt;&#39;/*' });
  expect(readGrantAnswer(xml)?.matchedGrantTarget).toBe("s3://company-files/R&D <1>'/*");
});

test('a grant to a user or group of a directory has no role to compare', () => {
  const xml = answerXml({ GranteeType: 'DIRECTORY_GROUP', GranteeIdentifier: 'a1b2c3d4-5678' });
  const answer = readGrantAnswer(xml);
  expect(answer?.grantee).toBeNull();
  expect(answer === null ? 'unread' : grantProblem(answer, wanted)).toBeNull();
});

test.each([
  ['nothing', ''],
  ['a web page', '<!doctype html><html></html>'],
  ['another answer', '<GetAccessGrantResult></GetAccessGrantResult>'],
  ['a document type', answerXml().replace('<GetDataAccessResult', '<!DOCTYPE x><GetDataAccessResult')],
  [
    'a comment that hides an element',
    answerXml().replace('<MatchedGrantTarget>', '<!-- --><MatchedGrantTarget>'),
  ],
  ['a section', answerXml({ AccessKeyId: '<![CDATA[ASIA]]>' })],
  ['two targets', answerXml() + `<MatchedGrantTarget>${target}</MatchedGrantTarget>`],
  ['a nested target', answerXml({ MatchedGrantTarget: '<MatchedGrantTarget>x</MatchedGrantTarget>' })],
  ['an element within a value', answerXml({ SessionToken: 'a<b/>c' })],
  ['no secret key', answerXml().replace(/<SecretAccessKey>.*?<\/SecretAccessKey>/u, '')],
  ['an empty token', answerXml({ SessionToken: '' })],
  ['an entity of its own', answerXml({ MatchedGrantTarget: 's3://company-files/&evil;/*' })],
  ['an open entity', answerXml({ MatchedGrantTarget: 's3://company-files/a&b' })],
  ['a character beyond Unicode', answerXml({ AccessKeyId: '&#x110000;' })],
])('an answer that is %s is not read', (_name, xml) => {
  expect(readGrantAnswer(xml)).toBeNull();
});

test.each([
  ['another folder', { MatchedGrantTarget: 's3://company-files/teams/red/*' }, /teams\/red/],
  ['a wider grant', { MatchedGrantTarget: 's3://company-files/teams/*' }, /in place of s3:/],
  ['what only begins like it', { MatchedGrantTarget: 's3://company-files/teams/blue*' }, /in place of/],
  ['three stars', { MatchedGrantTarget: `${target}**` }, /in place of/],
  ['two stars after a wider folder', { MatchedGrantTarget: 's3://company-files/teams/**' }, /in place of/],
  ['two stars without the slash', { MatchedGrantTarget: 's3://company-files/teams/blue**' }, /in place of/],
  ['no star', { MatchedGrantTarget: 's3://company-files/teams/blue/' }, /in place of/],
  ['a narrower one', { MatchedGrantTarget: 's3://company-files/teams/blue/x/*' }, /in place of/],
  ['another bucket', { MatchedGrantTarget: 's3://company-file/teams/blue/*' }, /in place of/],
  ['the whole bucket', { MatchedGrantTarget: 's3://company-files/*' }, /in place of/],
  [
    'a role of another account',
    { GranteeIdentifier: 'arn:aws:iam::210987654321:role/driftless' },
    /another AWS account/,
  ],
  [
    'a role of another account, its type in small letters',
    { GranteeType: 'iam', GranteeIdentifier: 'arn:aws:iam::999999999999:role/x' },
    /another AWS account/,
  ],
  ['a grantee that is no ARN', { GranteeIdentifier: 'driftless' }, /another AWS account/],
  ['an expiry in the past', { Expiration: '2026-11-29T12:00:00Z' }, /have ended/],
  ['more time than was asked for', { Expiration: '2026-11-29T13:01:01Z' }, /longer than was asked/],
  ['an expiry that is no time', { Expiration: 'soon' }, /unreadable expiry/],
])('an answer is refused that names %s', (_name, changes, reason) => {
  const answer = readGrantAnswer(answerXml(changes));
  expect(answer).not.toBeNull();
  expect(answer === null ? null : grantProblem(answer, wanted)).toMatch(reason);
});

test('code and message of a refusal are read, and a page without them is unknown', () => {
  const xml =
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>You do not have READ</Message></Error></ErrorResponse>';
  expect(readGrantError(xml)).toEqual({ name: 'AccessDenied', message: 'You do not have READ' });
  expect(readGrantError('<html>')).toEqual({ name: 'Unknown', message: '' });
});

describe('which folders have a session of their own', () => {
  test.each([
    ['access-grants', 'teams/blue/', true],
    ['access-grants', 'users/{sub}/', false],
    ['access-grants', 'users/{tag:team}/files/', false],
    ['web-identity', 'teams/blue/', false],
  ] as const)('with %s and the prefix %s: %s', (kind, prefix, expected) => {
    expect(isGranted({ kind }, { prefix })).toBe(expected);
  });

  test('the target is the folder with all below it', () => {
    expect(grantTarget(wanted)).toBe(target);
  });
});

describe('the host of S3 Control', () => {
  // From the endpoint rules of the SDKs (s3control, endpoint-rule-set-1.json).
  test.each([
    ['eu-central-1', {}, '123456789012.s3-control.eu-central-1.amazonaws.com'],
    ['us-east-1', { useFips: true }, '123456789012.s3-control-fips.us-east-1.amazonaws.com'],
    ['eu-west-1', { useDualStack: true }, '123456789012.s3-control.dualstack.eu-west-1.amazonaws.com'],
    [
      'us-gov-west-1',
      { useFips: true, useDualStack: true },
      '123456789012.s3-control-fips.dualstack.us-gov-west-1.amazonaws.com',
    ],
    ['cn-north-1', {}, '123456789012.s3-control.cn-north-1.amazonaws.com.cn'],
  ])('in %s with %j is %s', (region, form, host) => {
    const url = new URL(s3ControlUrl('123456789012', region, form));
    expect(url.hostname).toBe(host);
    expect(isServiceHost('s3-control', host)).toBe(true);
  });

  test.each([
    's3-control.eu-central-1.amazonaws.com',
    'evil.s3-control.eu-central-1.amazonaws.com',
    '123456789012.s3-control.evil.amazonaws.com',
    '123456789012.s3-control.eu-central-1.amazonaws.com.evil.example',
    '123456789012.s3.eu-central-1.amazonaws.com',
    'x.123456789012.s3-control.eu-central-1.amazonaws.com',
  ])('is not %s', (host) => {
    expect(isServiceHost('s3-control', host)).toBe(false);
  });

  test('begins with the account and is otherwise that of the service', () => {
    expect(awsEndpointUrl('s3-control', 'eu-central-1')).toBe(
      'https://s3-control.eu-central-1.amazonaws.com',
    );
  });
});
