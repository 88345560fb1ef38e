// Assembly of a socket response from its pieces, each scanned once.
import { expect, test } from 'vitest';
import { readAnswer } from '../../main/control/socket.ts';

async function* cut(text: string, everyBytes: number): AsyncIterable<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += everyBytes)
    yield await Promise.resolve(bytes.subarray(at, at + everyBytes));
}

test.each([1, 2, 3, 7, 1000])(
  'lines and characters that come in pieces of %i bytes are joined',
  async (every) => {
    const said: unknown[] = [];
    const answer = await readAnswer(cut('{"say":"grüß"}\n{"say":"😀"}\n{"ok":"žluť"}', every), (fact) => {
      said.push(fact);
      return Promise.resolve();
    });
    expect({ said, answer }).toEqual({ said: [{ say: 'grüß' }, { say: '😀' }], answer: { ok: 'žluť' } });
  },
);

test('a long response in small pieces takes linear time', async () => {
  const text = JSON.stringify({ ok: 'x'.repeat(8_000_000) });
  // Scanned again from the start with every piece, this would be over a hundred thousand million characters.
  expect(await readAnswer(cut(text, 256), undefined)).toEqual(JSON.parse(text));
});
