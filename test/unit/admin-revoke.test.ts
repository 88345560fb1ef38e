// What `admin revoke` prints: the end of one user's sessions, and of those of the team folders.
import { expect, test } from 'vitest';
import { runAdminRevoke } from '../../main/cli/verbs/admin.ts';
import type { RevokeOptions } from '../../main/cli/verbs/admin.ts';

async function revoked(more: Partial<RevokeOptions> = {}) {
  const said: string[] = [];
  let words = '';
  await runAdminRevoke(
    {
      ...{ home: '', isJson: false, isVerbose: false, isTerminal: false, progress: null },
      print: (_value, text) => (words = text),
      say: (message) => said.push(message),
    },
    {
      ...{ issuer: 'https://login.example.com/', exchange: 'web-identity', sub: 'alice' },
      ...{ before: '2026-11-23T12:00:00Z', ...more },
    },
  );
  return { said: said.join('\n'), policy: JSON.parse(words) as unknown };
}

const Condition = { DateLessThan: { 'aws:TokenIssueTime': '2026-11-23T12:00:00.000Z' } };

test('the sessions of one user are ended by the subject, and the sessions of team folders are named as another matter', async () => {
  const { said, policy } = await revoked();
  const StringEquals = { 'login.example.com/:sub': 'alice' };
  expect(policy).toMatchObject({
    Statement: [{ Effect: 'Deny', Condition: { StringEquals, ...Condition } }],
  });
  expect(said).toContain('--team-folders');
  expect(said).toContain('credentialsSession');
});

test('those of the team folders are ended for all users, by the role of the location', async () => {
  const { said, policy } = await revoked({ teamFolders: true });
  expect(policy).toEqual({
    Version: '2012-10-17',
    Statement: [
      { ...{ Sid: 'EndSessionsOfTeamFolders', Effect: 'Deny', Action: '*', Resource: '*' }, Condition },
    ],
  });
  expect(said).toContain('-grants');
});
