// Quick-create links of `driftless admin template --launch`.
import { expect, test } from 'vitest';
import type { CliIo } from '../../main/cli/io.ts';
import { runAdminTemplate } from '../../main/cli/verbs/admin.ts';
import type { TemplateOptions } from '../../main/cli/verbs/admin.ts';

const options: TemplateOptions = {
  issuer: 'https://login.example.com/',
  clientId: 'driftless-desktop',
  accountId: '123456789012',
  bucket: 'company-files',
  region: 'eu-central-1',
  exchange: 'web-identity',
  format: 'cloudformation',
  subject: [],
  tenant: [],
  everyoneAtIssuer: true,
  roleName: 'driftless',
  noncurrentDays: 90,
  sessionHours: 1,
  teamFolder: [],
};

async function said(more: Partial<TemplateOptions>): Promise<readonly string[]> {
  const lines: string[] = [];
  const io = { say: (line: string) => void lines.push(line), print: () => undefined } as unknown as CliIo; // all that is used
  await runAdminTemplate(io, { ...options, ...more });
  return lines.filter((line) => line.startsWith('launch: ')).map((line) => line.slice('launch: '.length));
}

test.each([
  ['eu-central-1', 'eu-central-1.console.aws.amazon.com'],
  ['cn-north-1', 'cn-north-1.console.amazonaws.cn'],
  ['us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
])('the link for %s opens the template in its console', async (region, host) => {
  const template = 'https://company-templates.s3.amazonaws.com/driftless.json';
  const [link = ''] = await said({ region, launch: template });
  const url = new URL(link);
  expect(url.host).toBe(host);
  expect(url.searchParams.get('region')).toBe(region);
  const [path, query] = url.hash.split('?');
  expect(path).toBe('#/stacks/create/review');
  expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
    templateURL: template,
    stackName: 'driftless',
  });
});

test.each([
  'https://company-templates.s3.eu-central-1.amazonaws.com/t.json',
  'https://s3.eu-central-1.amazonaws.com/company.templates/t.json',
  'https://company-templates.s3.dualstack.eu-central-1.amazonaws.com/t.json',
  'https://s3-us-west-2.amazonaws.com/company-templates/t.json',
  'https://company-templates.s3.cn-north-1.amazonaws.com.cn/t.json',
])('%s is an address of a file in S3', async (launch) => {
  expect(await said({ launch })).toHaveLength(1);
});

test('without --launch no link is printed', async () => {
  expect(await said({})).toEqual([]);
});

test.each([
  [{ launch: 'http://example.com/t.json' }, '--launch takes the https:// URL'],
  [{ launch: 'driftless.json' }, '--launch takes the https:// URL'],
  [{ launch: 'https://example.com/t.json' }, 'such as https://BUCKET.s3.REGION.amazonaws.com/FILE'],
  [{ launch: 'https://s3.amazonaws.com.example.com/t.json' }, 'of the template in S3'],
  [{ launch: 'https://files3.amazonaws.com/t.json' }, 'of the template in S3'],
  [
    { launch: 'https://company-templates.s3.amazonaws.com/t.json', format: 'json' },
    '--launch is for --format cloudformation',
  ],
])('%j is refused with what to do', async (more, message) => {
  await expect(async () => said(more)).rejects.toThrow(message);
});
