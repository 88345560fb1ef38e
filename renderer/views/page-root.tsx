// Root of the page: layout for every state.
import type { Bridge, SetupView, Snapshot } from '../../preload/contract.ts';
import { usePage } from '../state/use-page.ts';
import type { Page } from '../state/use-page.ts';
import { AccountNotices } from './account-notices.tsx';
import { AccountCallouts, AccountList } from './accounts.tsx';
import { ActivityList } from './activity-list.tsx';
import { AnswerLine } from './answer-line.tsx';
import { Dialog } from './dialog.tsx';
import { GuardDialog } from './guard-dialog.tsx';
import { Icon, Mark } from './icons.tsx';
import { Overview } from './overview.tsx';
import { PairList } from './pair-list.tsx';
import { ActionButton } from './parts.tsx';
import { PlanDialog } from './plan-dialog.tsx';
import { ProblemList } from './problem-list.tsx';
import { Proposal } from './proposal.tsx';
import { SetupSources } from './setup-sources.tsx';
import { TrashDialog } from './trash-dialog.tsx';
import { Welcome } from './welcome.tsx';
import { WordingProvider, useWording } from './wording.tsx';

export function PageRoot({ bridge }: { readonly bridge: Bridge }) {
  const page = usePage(bridge);
  return (
    <WordingProvider locale={page.state.snapshot?.app.locale ?? null}>
      <Connected page={page} />
    </WordingProvider>
  );
}

function Connected({ page }: { readonly page: Page }) {
  const { snapshot, connection } = page.state;
  if (connection === 'ended') return <Ended />;
  if (snapshot === null) return <Connecting />;
  return <Content page={page} snapshot={snapshot} />;
}

function Content({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const isLost = page.state.connection === 'lost';
  const { setup } = snapshot;
  return (
    <div className="page" data-overall={snapshot.overall} data-stale={isLost}>
      <header className="top">
        <Mark />
        <span className="wordmark">{words.text('app.name')}</span>
        <p className="visually-hidden" role="status">
          {isLost ? words.text('connection.lost') : words.text(`overall.${snapshot.overall}`)}
        </p>
      </header>
      <main className="main">
        {isLost && <p className="callout callout-attention">{words.text('connection.lost')}</p>}
        <DevelopmentBanner snapshot={snapshot} />
        <LinkRefusal page={page} setup={setup} />
        {setup.proposal === null ? (
          <Everyday page={page} snapshot={snapshot} />
        ) : (
          <Proposal key={setup.proposal.id} page={page} setup={setup} proposal={setup.proposal} />
        )}
      </main>
      <footer className="foot muted">{words.text('app.version', { version: snapshot.app.version })}</footer>
      {!answersInline(snapshot) && <AnswerLine page={page} />}
      <OpenDialog page={page} snapshot={snapshot} />
    </div>
  );
}

/** During setup the result is shown inline: at the end of the page it would cover the fields. */
function answersInline({ accounts, setup }: Snapshot): boolean {
  return setup.proposal !== null || (accounts.length === 0 && setup.isOpen);
}

function Everyday({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const isWelcome = isNobodySignedIn(snapshot);
  return (
    <>
      {isWelcome ? <Welcome page={page} snapshot={snapshot} /> : <Overview page={page} snapshot={snapshot} />}
      {!isWelcome && <AccountCallouts page={page} accounts={snapshot.accounts} />}
      <AccountNotices accounts={snapshot.accounts} />
      {!(isWelcome && snapshot.pairs.length === 0) && (
        <div className="columns">
          <div className="column-wide">
            <PairList page={page} snapshot={snapshot} />
          </div>
          <div className="column-narrow">
            <ProblemList snapshot={snapshot} />
            <ActivityList snapshot={snapshot} />
            {!isWelcome && (
              <AccountList page={page} accounts={snapshot.accounts} canAdd={snapshot.setup.isOpen} />
            )}
          </div>
        </div>
      )}
    </>
  );
}

/** Refused link from another program, in one line, because the user did not ask for it. */
function LinkRefusal({ page, setup }: { readonly page: Page; readonly setup: SetupView }) {
  const { words } = useWording();
  if (setup.refusal === null) return null;
  return (
    <section className="callout callout-attention callout-action">
      <p>
        <strong>{words.text('setup.linkRefused')}</strong>{' '}
        {words.coded('error', setup.refusal.code, setup.refusal.fields)}
      </p>
      <ActionButton page={page} name="dismissRefusal" input={{}} label="action.dismiss" isSilent />
    </section>
  );
}

function ConnectDialog({ page }: { readonly page: Page }) {
  const { words } = useWording();
  const close = () => {
    page.dispatch({ kind: 'dialogClosed' });
  };
  return (
    <Dialog title={words.text('setup.title')} subtitle={words.text('setup.text')} page={page}>
      <SetupSources page={page} onProposed={close} />
    </Dialog>
  );
}

function isNobodySignedIn({ accounts }: Snapshot): boolean {
  return accounts.every(({ state }) => state === 'new' || state === 'signed-out' || state === 'signing-in');
}

/** Hides a dialog whose subject no longer exists. */
function OpenDialog({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { dialog } = page.state;
  // A proposal under review comes first; the dialog returns after it.
  if (dialog === null || snapshot.setup.proposal !== null) return null;
  if (dialog.kind === 'connect') return snapshot.setup.isOpen ? <ConnectDialog page={page} /> : null;
  const pair = snapshot.pairs.find((candidate) => candidate.id === dialog.pairId);
  if (pair === undefined) return null;
  switch (dialog.kind) {
    case 'plan':
      return <PlanDialog page={page} pair={pair} plan={dialog.plan} />;
    case 'trash':
      return <TrashDialog page={page} pair={pair} entries={dialog.entries} />;
    case 'guard': {
      const guard = pair.guards.find((candidate) => candidate.id === dialog.guardId);
      return guard === undefined ? null : <GuardDialog page={page} pair={pair} guard={guard} />;
    }
  }
}

function DevelopmentBanner({ snapshot }: { readonly snapshot: Snapshot }) {
  const { words } = useWording();
  return snapshot.accounts
    .filter((account) => account.development)
    .map((account) => (
      <p key={account.id} className="callout callout-note">
        {words.text('app.development', { account: account.label })}
      </p>
    ));
}

function Connecting() {
  const { words } = useWording();
  return (
    <main className="alone">
      <Mark />
      <h1 className="visually-hidden">{words.text('app.name')}</h1>
      <p className="loading" role="status">
        {words.text('app.connecting')}
      </p>
    </main>
  );
}

function Ended() {
  const { words } = useWording();
  return (
    <main className="alone">
      <Icon name="offline" />
      <h1>{words.text('connection.ended.title')}</h1>
      <p role="status">{words.text('connection.ended.text')}</p>
    </main>
  );
}
