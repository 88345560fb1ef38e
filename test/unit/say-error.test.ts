// Errors on the terminal: one line, and with --verbose where they came from.
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeIo, sayError } from '../../main/cli/io.ts';
import { runAdminTemplate } from '../../main/cli/verbs/admin.ts';

/** What goes to both streams while `step` runs. */
async function printed(step: (io: ReturnType<typeof makeIo>) => unknown): Promise<string> {
  let all = '';
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
      all += String(text);
      return true;
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
  }
  await step(makeIo({ home: '', json: false, verbose: false }));
  return all;
}

const obeyed = /[^\P{C}\n]/u;

test('nothing that is said or printed holds what a terminal obeys, lines apart', async () => {
  const foreign = 'WARNING: users/a\u202e/\u001b]0;x\u0007 \u009b31m\u2028end';
  const all = await printed((io) => {
    io.say(`${foreign}\n  ${foreign}`);
    io.print({ foreign }, `${foreign}\n${foreign}`);
  });
  expect(all).not.toMatch(obeyed);
  expect(all.split('\n')).toHaveLength(5);
});

test('a template on a terminal keeps such characters, escaped', async () => {
  const clientId = 'app\u009b31m\u00ad';
  const all = await printed((io) =>
    runAdminTemplate(io, {
      ...{ issuer: 'https://login.example.com/', clientId, accountId: '123456789012', bucket: 'files' },
      ...{ region: 'eu-central-1', exchange: 'web-identity', format: 'json', roleName: 'driftless' },
      ...{ subject: ['alice'], tenant: [], noncurrentDays: 90, sessionHours: 1, teamFolder: [] },
    }),
  );
  expect(all).not.toMatch(obeyed);
  const document: unknown = JSON.parse(all.slice(all.indexOf('{')));
  expect(document).toMatchObject({ provider: { clientIds: [clientId] } });
});

test('the place of an error is printed without what a terminal obeys', () => {
  const said: string[] = [];
  const io = {
    ...{ home: '', isJson: false, isVerbose: true, isTerminal: true, progress: null },
    print: () => undefined,
    say: (message: string) => void said.push(message),
  };
  const error = new Error('a name \u001b]0;x\u0007 \u009b31m');
  expect(sayError(io, error, null)).toBe(1);
  expect(said).toHaveLength(2);
  expect(said[1]?.split('\n').length).toBeGreaterThan(2);
  expect(said.join('').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
