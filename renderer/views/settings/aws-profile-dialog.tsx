// Dialog for a profile in the AWS config file: its lines, adding and removing them.
import { useEffect, useState } from 'react';
import type { AccountView, AwsProfile, Coded } from '../../../preload/contract.ts';
import { awsProfileName } from '../../../preload/account-schemas.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { Field } from '../fields.tsx';
import { Button, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type Shown = { readonly profile: string; readonly view: AwsProfile | null; readonly error: Coded | null };

export function AwsProfileDialog({ page, account }: { readonly page: Page; readonly account: AccountView }) {
  const { words } = useWording();
  const [profile, setProfile] = useState('driftless');
  const [shown, setShown] = useState<Shown | null>(null);
  const [changes, setChanges] = useState(0);
  const [isLeft, setLeft] = useState(false);
  const isName = awsProfileName.safeParse(profile).success;
  const input = { accountId: account.id, profile };
  const { ask } = page;
  useEffect(() => {
    if (!isName) return;
    let isWanted = true;
    async function look(): Promise<void> {
      const result = await ask('showAwsProfile', { accountId: account.id, profile });
      if (!isWanted) return;
      setShown(
        result.ok
          ? { profile, view: result.value, error: null }
          : { profile, view: null, error: result.error },
      );
    }
    void look(); // never rejects: ask() answers with a result
    return () => {
      isWanted = false;
    };
  }, [ask, account.id, profile, isName, changes]);
  const current = isName && shown?.profile === profile ? shown : null;
  async function change(name: 'addAwsProfile' | 'removeAwsProfile'): Promise<void> {
    const result = await page.send(name, input, true);
    setLeft(name === 'removeAwsProfile' && result.ok && !result.value);
    setChanges((count) => count + 1);
  }
  const view = current?.view ?? null;
  const error = current?.error ?? null;
  const state = view?.state;
  return (
    <Dialog
      page={page}
      title={words.text('awsProfile.title')}
      subtitle={<Name>{account.label}</Name>}
      actions={
        <>
          {state === 'absent' && (
            <Button label="awsProfile.add" kind="primary" onPress={() => void change('addAwsProfile')} />
          )}
          {state === 'there' && (
            <Button label="awsProfile.remove" onPress={() => void change('removeAwsProfile')} />
          )}
          <CloseButton page={page} label="action.close" />
        </>
      }
    >
      <Field
        id="aws-profile"
        label={words.text('awsProfile.name')}
        hint={words.text('awsProfile.hint')}
        problem={isName ? undefined : words.text('awsProfile.wrong')}
        value={profile}
        onChange={(typed) => {
          setProfile(typed);
          setLeft(false);
        }}
      />
      <div role="status">
        {state !== undefined && <p>{words.text(`awsProfile.${state}`)}</p>}
        {isLeft && <p className="error-text">{words.text('awsProfile.left')}</p>}
        {error !== null && <p className="error-text">{words.coded('error', error.code, error.fields)}</p>}
      </div>
      {view !== null && state !== 'taken' && (
        <div>
          <h3 id="aws-lines" className="label">
            <Name>{view.file}</Name>
          </h3>
          <div
            className="preview preview-text way-template"
            role="region"
            tabIndex={0}
            aria-labelledby="aws-lines"
          >
            <pre dir="ltr">{view.lines.trimEnd()}</pre>
          </div>
        </div>
      )}
    </Dialog>
  );
}
