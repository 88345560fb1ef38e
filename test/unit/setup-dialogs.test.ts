// Dialogs of the main process: all that is asked about is shown, declined by default, and saved where the user says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { expect, test } from 'vitest';
import { createSaveText, createSetupDialogs } from '../../main/shell/setup-dialogs.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import type { Language } from '../../preload/locales/catalogues.ts';
import { tempFolder } from '../support/temp.ts';

function dialogs(button: number | null, language: Language = 'en') {
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
    currentWords: () => wordsIn(language),
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

test('a change of place shows both, says that nothing is deleted, and is declined by default', async () => {
  const question = { folder: '/home/a/Docs', from: 'files/a/docs\n', to: 'files/a/archive' };
  const declining = dialogs(null);
  expect(await declining.made.confirmPlace(question)).toBe(false);
  expect(declining.asked[0]).toMatchObject({
    message: 'Sync /home/a/Docs with another place in the bucket?',
    defaultId: 0,
    cancelId: 0,
  });
  expect(declining.asked[0]?.detail?.split('\n')).toEqual([
    'Until now: files/a/docs\\u000A',
    'From now on: files/a/archive',
    '',
    'Nothing is deleted, here or in the bucket. You see what would be synced before it begins.',
  ]);
  expect(await dialogs(1).made.confirmPlace(question)).toBe(true);
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

test('no name in the question about a connection can forge a line of it', async () => {
  const { asked, made } = dialogs(null, 'de');
  await made.confirmConnection({
    ...{ issuerHost: 'login.example.com', issuerPath: '/staff\n', awsAccount: null },
    ...{ bucket: 'files', folder: '/srv/a\nb' },
    teamFolders: [{ prefix: 'teams/blue/', folder: '/srv/blue\nc' }],
    ...{ sharedAt: 'files/plans\n/', tokenReceivers: ['sts.example.com'], fileReceivers: [] },
  });
  expect(asked[0]?.message).toBe('Mit login.example.com/staff\\u000A verbinden?');
  expect(asked[0]?.detail?.split('\n')).toEqual([
    'Ordner auf diesem Computer: /srv/a\\u000Ab',
    'Die Dateien kommen in den Bucket: files',
    'Nicht nur für Sie: Wer Zugriff auf files/plans\\u000A/ hat, sieht und ändert sie auch',
    'Im AWS-Konto: keines (dieser Speicher kennt keine Konten)',
    'Ihre Anmeldung wird gesendet an: sts.example.com',
    'Teamordner teams/blue/, auf diesem Computer: /srv/blue\\u000Ac',
    '',
    'Stimmen Sie nur zu, wenn Ihr Administrator Ihnen all das genannt hat.',
  ]);
});

test('a report for support is saved where the user says, and nowhere else', async () => {
  const file = join(await tempFolder(), 'report.json');
  const saveBy = (canceled: boolean) =>
    createSaveText({
      dialog: { showSaveDialog: () => Promise.resolve({ canceled, filePath: canceled ? '' : file }) },
      currentWindow: () => ({}) as BrowserWindow,
    });
  expect(await saveBy(false)('report.json', 'text')).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('text');
  expect(await saveBy(true)('report.json', 'other')).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('text');
});
