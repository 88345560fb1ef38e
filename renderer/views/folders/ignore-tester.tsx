// Tester of the ignore rules: a name, and the rule that leaves it out.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { Output, PairView, Result } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Field } from '../fields.tsx';
import { useWording } from '../wording.tsx';

type Verdict = { readonly name: string; readonly result: Result<Output<'testIgnore'>> };

/** Asks main by the rules in use: those of the folder's own file are there and not on this page. */
export function IgnoreTester({ page, pair }: { readonly page: Page; readonly pair: PairView }) {
  const { words } = useWording();
  const [name, setName] = useState('');
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  async function ask(): Promise<void> {
    setVerdict({ name, result: await page.ask('testIgnore', { pairId: pair.id, name }) });
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (name !== '') void ask(); // never rejects: ask() answers with a result
  }
  return (
    <form className="form ignore-tester" onSubmit={submit}>
      <Field
        id="ignore-name"
        label={words.text('ignore.test')}
        hint={words.text('ignore.test.text')}
        value={name}
        isCode
        onChange={setName}
      />
      <div className="field-row">
        <button type="submit" className="button">
          {words.text('ignore.test.action')}
        </button>
      </div>
      <p role="status">{verdict !== null && <VerdictText verdict={verdict} />}</p>
    </form>
  );
}

function VerdictText({ verdict: { name, result } }: { readonly verdict: Verdict }) {
  const { words } = useWording();
  if (!result.ok) {
    const isName = result.error.code === 'bad-request' || result.error.code === 'name-untestable';
    return isName
      ? words.text('error.name-untestable')
      : words.coded('error', result.error.code, result.error.fields);
  }
  const { isSynced, rule, source, folder } = result.value;
  if (rule === null || source === null) return words.text('ignore.synced', { name });
  const from = words.text(`ignore.source.${source}`);
  if (isSynced) return words.text('ignore.kept', { name, rule, from });
  if (folder === null) return words.text('ignore.out', { name, rule, from });
  return words.text('ignore.outBelow', { name, rule, from, folder });
}
