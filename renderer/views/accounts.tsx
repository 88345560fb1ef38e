// Account cards: signed-in user, or the action that resolves the problem.
import type { AccountView } from '../../preload/contract.ts';
import type { Page } from '../state/use-page.ts';
import { Icon } from './icons.tsx';
import { ActionButton, Button, Name } from './parts.tsx';
import { useWording } from './wording.tsx';

type AccountsProps = { readonly page: Page; readonly accounts: readonly AccountView[] };
type AccountProps = { readonly page: Page; readonly account: AccountView };

/** One per account that is stopped. */
export function AccountCallouts({ page, accounts }: AccountsProps) {
  return accounts
    .filter((account) => account.state !== 'signed-in')
    .map((account) => <AccountCallout key={account.id} page={page} account={account} />);
}

function AccountCallout({ page, account }: AccountProps) {
  const { words } = useWording();
  const { state } = account;
  // Offline: what follows from it is said once, below.
  const textKey: Partial<Record<AccountView['state'], string>> = {
    'needs-sign-in': 'account.needs-sign-in.text',
    new: 'account.signedOut.text',
    'signed-out': 'account.signedOut.text',
  };
  return (
    <section
      className={`callout callout-action ${state === 'needs-sign-in' ? 'callout-attention' : 'callout-note'}`}
    >
      <div>
        <h2 className="callout-title">
          <Name>{account.label}</Name>: {words.text(`account.${state}`, { issuer: account.issuerHost })}
        </h2>
        {textKey[state] !== undefined && <p>{words.text(textKey[state])}</p>}
        {!isPlainEnd(account) && <AccountError account={account} />}
        <SignInLink account={account} />
        <DeviceCode account={account} />
        <AccessEnds account={account} />
      </div>
      <div className="button-row">
        <SignInButton page={page} account={account} />
        {state === 'needs-sign-in' && <AnotherAccountButton page={page} accountId={account.id} />}
      </div>
    </section>
  );
}

/** The sign-in ended, and the title says so already. */
function isPlainEnd({ state, error }: AccountView): boolean {
  return state === 'needs-sign-in' && (error?.code === 'token-expired' || error?.code === 'needs-sign-in');
}

/** Signs in as another user: the provider asks which account to use. */
export function AnotherAccountButton({
  page,
  accountId,
}: {
  readonly page: Page;
  readonly accountId: string;
}) {
  return (
    <ActionButton
      page={page}
      name="signIn"
      input={{ accountId, another: true }}
      label="action.signInAnother"
      kind="quiet"
    />
  );
}

/** Offline needs no button: it resumes by itself. */
export function SignInButton({ page, account }: AccountProps) {
  const input = { accountId: account.id };
  switch (account.state) {
    case 'new':
    case 'signed-out':
      return (
        <ActionButton
          page={page}
          name="signIn"
          input={input}
          label="action.signInWith"
          fields={{ issuer: account.issuerHost }}
          kind="primary"
        />
      );
    case 'needs-sign-in':
      return (
        <ActionButton
          page={page}
          name="signIn"
          input={input}
          label="action.signInAgain"
          about={account.label}
          kind="primary"
        />
      );
    case 'signing-in':
      return <ActionButton page={page} name="cancelSignIn" input={input} label="action.cancel" />;
    case 'signed-in':
    case 'offline':
      return null;
  }
}

export function AccountError({ account }: { readonly account: AccountView }) {
  const { words } = useWording();
  if (account.error === null) return null;
  return <p className="error-text">{words.coded('error', account.error.code, account.error.fields)}</p>;
}

/** After sign-out: credentials already issued cannot be revoked, so their expiry is shown. */
export function AccessEnds({ account }: { readonly account: AccountView }) {
  const { words, format, nowMs } = useWording();
  const { accessUntilMs, state } = account;
  if (state !== 'signed-out' || accessUntilMs === null || accessUntilMs <= nowMs) return null;
  return <p className="muted">{words.text('account.accessEnds', { time: format.clock(accessUntilMs) })}</p>;
}

export function DeviceCode({ account }: { readonly account: AccountView }) {
  const { words } = useWording();
  if (account.deviceCode === null) return null;
  return (
    <>
      <p>{words.text('account.deviceCode', { host: account.deviceCode.verificationUriHost })}</p>
      <p className="device-code">
        <Name>{account.deviceCode.userCode}</Name>
      </p>
    </>
  );
}

/** The page is in a browser that can open the sign-in, also where the machine of Driftless has none. */
export function SignInLink({ account }: { readonly account: AccountView }) {
  const { words } = useWording();
  const { signInUrl, issuerHost } = account;
  if (signInUrl === undefined) return null;
  return (
    <p>
      {words.text('account.signInLink')}{' '}
      <a href={signInUrl} target="_blank" rel="noopener noreferrer">
        {words.text('account.signInLink.open', { issuer: issuerHost })}
      </a>
    </p>
  );
}

/** @param canAdd another connection may be made on this page */
export function AccountList({ page, accounts, canAdd }: AccountsProps & { readonly canAdd: boolean }) {
  const { words } = useWording();
  return (
    <section className="card" aria-labelledby="accounts-title">
      <h2 id="accounts-title">{words.text('account.section')}</h2>
      <ul className="row-list">
        {accounts.map((account) => (
          <AccountRow key={account.id} page={page} account={account} />
        ))}
      </ul>
      {canAdd && (
        <Button
          label="setup.another"
          kind="quiet"
          onPress={() => {
            page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'connect' } });
          }}
        />
      )}
    </section>
  );
}

function AccountRow({ page, account }: AccountProps) {
  const { words } = useWording();
  const isSignedIn =
    account.state === 'signed-in' || account.state === 'offline' || account.state === 'needs-sign-in';
  const stateText =
    account.state !== 'signed-in'
      ? words.text(`account.${account.state}`, { issuer: account.issuerHost })
      : account.personName === null
        ? words.text('account.signedIn')
        : words.text('account.signedInAs', { person: account.personName });
  return (
    <li className="row">
      <Icon name="person" />
      <span className="row-main">
        <Name>{account.label}</Name>
        <span className="muted">
          {stateText}{' '}
          {account.state !== 'offline' && words.text('account.via', { issuer: account.issuerHost })}
        </span>
        {isSignedIn && (
          <span className="muted">
            {words.text(`isolation.${account.isolation.verdict}.calm`, { prefix: account.isolation.prefix })}
          </span>
        )}
      </span>
      {isSignedIn && (
        <ActionButton
          page={page}
          name="signOut"
          input={{ accountId: account.id }}
          label="action.signOut"
          about={account.label}
          kind="quiet"
        />
      )}
    </li>
  );
}
