// Welcome page without a sign-in: introduction and sign-in button.
import type { Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { AccessEnds, AccountError, DeviceCode, SignInButton, SignInLink } from '../accounts.tsx';
import { AnswerLine } from '../answer-line.tsx';
import { Mark } from '../icons.tsx';
import { OtherWays } from './other-ways.tsx';
import { SetupSources } from './setup-sources.tsx';
import { useWording } from '../wording.tsx';

export function Welcome({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  return (
    <section className="welcome">
      <Mark />
      <h1>{words.text('welcome.title')}</h1>
      {snapshot.accounts.length === 0 ? (
        <NoAccount page={page} snapshot={snapshot} />
      ) : (
        <p className="lead">{words.text('welcome.text')}</p>
      )}
      {snapshot.accounts.map((account) => (
        <div key={account.id} className="welcome-account">
          {account.state === 'signing-in' && account.deviceCode === null && (
            <p className="loading">{words.text('account.signing-in')}</p>
          )}
          <SignInLink account={account} />
          <DeviceCode account={account} />
          <SignInButton page={page} account={account} />
          <AccountError account={account} />
          <AccessEnds account={account} />
        </div>
      ))}
    </section>
  );
}

function NoAccount({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  if (!snapshot.setup.isOpen) return <p className="lead">{words.text('welcome.noAccount.closed')}</p>;
  return (
    <div className="card setup">
      <h2>{words.text('setup.title')}</h2>
      <p className="muted">{words.text('setup.text')}</p>
      <SetupSources page={page} />
      <OtherWays page={page} snapshot={snapshot} />
      <AnswerLine page={page} isInline />
    </div>
  );
}
