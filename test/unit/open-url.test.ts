// URLs that may be opened in a browser, passed as a single argument.
import { expect, test } from 'vitest';
import { checkUrl } from '../../main/core/net/url.ts';
import { browserCommand, openUrl } from '../../main/adapters/system/programs/open-url.ts';
import { windowsProgram } from '../../main/core/windows-program.ts';

const refused = [
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:text/html,x',
  'ftp://example.com/',
  'vbscript:x',
  'ms-msdt:/id',
  'http://example.com/',
  'http://localhost/',
  'http://127.0.0.1.example.com/',
  'http://127.0.0.1@example.com/',
  'https://user:pass@example.com/',
  'https://user@example.com/',
  '//example.com',
  'example.com',
  '',
  '--help',
  ' https://example.com/',
  'https://example.com/\n[default]\ncredential_process = sh',
  'https://example.com/\u001b[2J',
  `https://example.com/${'a'.repeat(9000)}`,
];
test.each(refused)('the address %s is refused', (text) => {
  expect(() => checkUrl(text, 'it', { development: true })).toThrow(
    expect.objectContaining({ code: 'url-refused' }),
  );
});

test.each([
  ['https://login.example.com/authorize?x=1', false],
  ['http://127.0.0.1:8080/', true],
  ['http://[::1]:8080/', true],
  ['http://2130706433/', true],
])('the address %s is accepted (development %s)', (text, development) => {
  expect(checkUrl(text, 'it', { development }).href).toMatch(/^https?:/);
});

test('loopback http needs the development flag', () => {
  expect(() => checkUrl('http://127.0.0.1/', 'it', { development: false })).toThrow(
    expect.objectContaining({ code: 'url-refused' }),
  );
});

test('the serialised URL is launched, so no part of it can be read as a second argument', async () => {
  const launched: string[] = [];
  await openUrl(new URL('https://example.com/a b?q="x"\t&calc'), { development: false }, (href) => {
    launched.push(href);
    return Promise.resolve();
  });
  expect(launched).toEqual(['https://example.com/a%20b?q=%22x%22&calc']);
  await expect(
    openUrl(new URL('file:///etc/passwd'), { development: true }, () =>
      Promise.reject(new Error('launched')),
    ),
  ).rejects.toMatchObject({ code: 'url-refused' });
});

test('on Windows the opener is the one of the system, never a file of that name in the current folder', () => {
  const [program] = browserCommand('win32', { SystemRoot: 'D:\\Windows' });
  expect(program).toBe('D:\\Windows\\System32\\rundll32.exe');
  for (const root of [undefined, '', 'Windows', '.'])
    expect(windowsProgram('schtasks', { SystemRoot: root })).toBe('C:\\Windows\\System32\\schtasks.exe');
  expect(windowsProgram('schtasks', { SystemRoot: 'C:\\' })).toBe('C:\\System32\\schtasks.exe');
  expect(browserCommand('linux', {})).toEqual(['xdg-open']);
});
