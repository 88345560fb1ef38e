// What `serve` says on a terminal: words, and a line for each change.
import { expect, test } from 'vitest';
import { startLines, stateLine } from '../../main/cli/service/serve-words.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import { account, content, documents, guard } from '../ui/scenes.ts';

const words = wordsIn('en');
const at = 1_790_000_000_000;

test('the start names folders, page and log, and how to get another link', () => {
  const lines = startLines({
    snapshot: content(at, { pairs: [{ ...documents, folderLabel: '/home/alice/new\nline' }] }),
    url: 'http://127.0.0.1:1/#code',
    log: '/state/driftless.log',
    homeOption: ' --home /h',
  });
  expect(lines.join('\n')).toContain('company-files / users / alice');
  expect(lines.some((line) => line.includes('\n'))).toBe(false);
  expect(lines).toContain('The page:  http://127.0.0.1:1/#code');
  expect(lines.join('\n')).toContain('"driftless status --page-url --home /h"');
  expect(lines).toContain('The log:   /state/driftless.log');
});

test('without folders and page it says so', () => {
  const facts = { snapshot: content(at, { pairs: [] }), url: null, log: null, homeOption: '' };
  const lines = startLines(facts);
  expect(lines[0]).toBe('No folder is being synced yet.');
  expect(lines.join('\n')).not.toMatch(/page|log:/u);
});

test('without folders it says how to begin', () => {
  const toBegin = (change: Parameters<typeof content>[1]) =>
    startLines({
      snapshot: content(at, { pairs: [], ...change }),
      url: null,
      log: null,
      homeOption: ' --home /h',
    })[1];
  const { setup } = content(at);
  expect(toBegin({ accounts: [] })).toContain('"driftless profile accept LINK --home /h"');
  expect(toBegin({ accounts: [account] })).toMatch(/^To begin: {2}"driftless pair add --home \/h"/u);
  expect(toBegin({ accounts: [], setup: { ...setup, isOpen: true } })).toContain('the page takes');
});

test('a line says the state and what is to be done', () => {
  const line = (change: Parameters<typeof content>[1]) => stateLine(content(at, change), words, '');
  expect(line({ pairs: [documents] })).toBe('Everything is in sync');
  expect(line({ overall: 'attention', pairs: [{ ...documents, guards: [guard] }] })).toBe(
    'Needs your attention; a question waits: "driftless status"',
  );
  expect(line({ overall: 'incomplete', pairs: [{ ...documents, problemCount: 2 }] })).toBe(
    'Some files are not synced; 2 problems: "driftless status"',
  );
  const accounts = [{ ...account, state: 'new' as const }];
  expect(line({ overall: 'signed-out', accounts, pairs: [documents] })).toContain('"driftless login"');
});
