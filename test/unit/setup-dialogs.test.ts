// Dialogs of the main process about certificates and AWS settings: all that is asked about, declined by default.
import type { BrowserWindow } from 'electron';
import { expect, test } from 'vitest';
import { createSetupDialogs } from '../../main/shell/setup-dialogs.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';

function dialogs(button: number | null) {
  const asked: Electron.MessageBoxOptions[] = [];
  const made = createSetupDialogs({
    dialog: {
      showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: ['/never'] }),
      showMessageBox: (...given: readonly unknown[]) => {
        const options = given.at(-1) as Electron.MessageBoxOptions;
        asked.push(options);
        return Promise.resolve({ response: button ?? options.cancelId ?? 0, checkboxChecked: false });
      },
    },
    currentWindow: () => ({}) as BrowserWindow,
    currentWords: () => wordsIn('en'),
  });
  return { asked, made };
}

test('certificates are named in the question with their fingerprints, as many as a box can hold, and none can forge a line', async () => {
  const { asked, made } = dialogs(null);
  expect(await made.chooseCertificates()).toBeNull();
  const certificates = Array.from({ length: 8 }, (_, index) => ({
    ...{ name: `Root ${String(index)}\n`, fingerprint: `AB:0${String(index)}` },
  }));
  certificates[0] = { name: 'R'.repeat(4000), fingerprint: 'AB:CD' };
  expect(await made.confirmCertificates({ account: 'Work', certificates })).toBe(false);
  expect(asked[0]).toMatchObject({
    message: 'Trust these certificates for Work?',
    defaultId: 0,
    cancelId: 0,
  });
  const [long, ...others] = asked[0]?.detail?.split('\n').slice(0, 8) ?? [];
  expect(long).toMatch(/^R+…R+ \(SHA-256 AB:CD\)$/);
  expect(long?.length).toBeLessThan(200);
  expect(others).toEqual([
    ...Array.from({ length: 5 }, (_, at) => `Root ${String(at + 1)}\\u000A (SHA-256 AB:0${String(at + 1)})`),
    'and 2 more',
    '',
  ]);
});

test('the lines for AWS settings are shown as they would be written', async () => {
  const lines = '[profile drift]\ncredential_process = /bin/driftless\n';
  const question = { file: '/home/a/.aws/config', lines };
  const declining = dialogs(null);
  expect(await declining.made.confirmAwsProfile(question)).toBe(false);
  expect(declining.asked[0]).toMatchObject({
    message: 'Add these lines to /home/a/.aws/config?',
    defaultId: 0,
  });
  expect(declining.asked[0]?.detail).toBe(`${lines}\nDriftless can remove them again.`);
  expect(await dialogs(1).made.confirmAwsProfile(question)).toBe(true);
});

test('many and long team folders leave in sight who gets the sign-in and whose account it is', async () => {
  const { asked, made } = dialogs(null);
  const teamFolders = Array.from({ length: 20 }, (_, index) => ({
    prefix: `${String(index)}${'/very-long'.repeat(50)}/`,
    folder: `/home/a/Driftless ${String(index)}`,
  }));
  const receivers = { tokenReceivers: ['sts.example.org'], fileReceivers: ['s3.example.org'] };
  const issuer = { issuerHost: 'login.example.com', issuerPath: `/staff${'/x'.repeat(200)}/end` };
  const place = { ...issuer, awsAccount: null, bucket: 'files', folder: '/home/a/b' };
  const sharedAt = `files/${'very-long/'.repeat(50)}`;
  expect(await made.confirmConnection({ ...place, ...receivers, sharedAt, teamFolders })).toBe(false);
  expect(asked[0]?.message).toMatch(/^Connect to login\.example\.com\/staff[/x]+…[/x]+\/end\?$/u);
  expect(asked[0]?.message.length).toBeLessThan(120);
  const lines = asked[0]?.detail?.split('\n') ?? [];
  expect(lines.slice(0, 6)).toEqual([
    'Folder on this computer: /home/a/b',
    'The files go to the bucket: files',
    expect.stringMatching(/^Not yours alone: everyone with access to files\/very-long.*….*long\/ sees/u),
    'Of the AWS account: none (this store has no accounts)',
    'Your sign-in is sent to: sts.example.org',
    'Your files go to: s3.example.org',
  ]);
  expect(lines.slice(17, 19)).toEqual([
    expect.stringMatching(
      /^Team folder 11\/very-long.*….*very-long\/, on this computer: \/home\/a\/Driftless 11$/u,
    ),
    'and 8 more team folders, which the window shows',
  ]);
  expect(lines).toHaveLength(21);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(200);
});
