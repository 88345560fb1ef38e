// Loading of the public-suffix list only for a judgement that needs it.
import { expect, test } from 'vitest';
import { judgeByDomain } from '../../main/adapters/config/registrable-domain.ts';

test('judges once where no domain is asked for, and again with the list where one is', async () => {
  let judged = 0;
  const plain = await judgeByDomain(() => (judged += 1));
  expect(plain).toBe(1);
  const domain = await judgeByDomain((registrableDomain) => {
    judged += 1;
    return registrableDomain('files.team.example.co.uk');
  });
  expect(domain).toBe('example.co.uk');
  expect(judged).toBe(3);
});
