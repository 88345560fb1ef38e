// Control socket: what is said to its caller, and when it is too late for that.
import { expect, onTestFinished, test } from 'vitest';
import { askEngine, startControlSocket } from '../../main/control/socket.ts';
import type { ExtraRequest } from '../../main/control/socket.ts';
import { createFakeBackend } from '../fakes/fake-backend.ts';
import { tempFolder } from '../support/temp.ts';

test('what is said after the answer is dropped', async () => {
  const home = await tempFolder('home');
  const late = Promise.withResolvers<undefined>();
  const request: ExtraRequest = (_input, say) => {
    say('in time');
    const talk = async (): Promise<void> => {
      // Past the answer, and before its response is closed.
      for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
      say('too late');
    };
    talk().then(() => {
      late.resolve(undefined);
    }, late.reject);
    return Promise.resolve({ ok: true, value: 'done' });
  };
  const server = await startControlSocket(home, createFakeBackend(), { request });
  onTestFinished(server.close);
  const said: unknown[] = [];
  const question = {
    name: 'request',
    input: null,
    onSaid: (fact: unknown) => {
      said.push(fact);
      return Promise.resolve();
    },
  };
  expect(await askEngine(home, question, new AbortController().signal)).toEqual({ ok: true, value: 'done' });
  await late.promise;
  expect(said).toEqual(['in time']);
});
