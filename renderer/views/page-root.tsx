// Root of the page: layout for every state.
import { useEffect, useLayoutEffect } from 'react';
import type { ReactElement } from 'react';
import type { Bridge, SetupView, Snapshot } from '../../preload/contract.ts';
import { usePage } from '../state/use-page.ts';
import type { Page } from '../state/use-page.ts';
import { AccountNotices } from './account-notices.tsx';
import { AccountCallouts } from './accounts.tsx';
import { ActivityView } from './activity/activity-view.tsx';
import { AnswerLine } from './answer-line.tsx';
import { Dialog } from './dialog.tsx';
import { GuardDialog } from './guard-dialog.tsx';
import { Icon, Mark } from './icons.tsx';
import { FilesView } from './files/files-view.tsx';
import { VersionsDialog } from './files/versions-dialog.tsx';
import { AddFolderDialog } from './folders/add-folder.tsx';
import { ChooseFoldersDialog } from './folders/choose-folders.tsx';
import { FolderSettingsDialog } from './folders/folder-settings.tsx';
import { PlanDialog } from './folders/plan-dialog.tsx';
import { AwsProfileDialog } from './settings/aws-profile-dialog.tsx';
import { LicencesDialog } from './settings/licences-dialog.tsx';
import { RemoveFolderDialog } from './folders/remove-folder.tsx';
import { TrashDialog } from './trash/trash-dialog.tsx';
import { Navigation } from './navigation.tsx';
import { OverviewView } from './overview-view.tsx';
import { usePageTitle } from './folders/page-title.ts';
import { ActionButton } from './parts.tsx';
import { ConflictDialog } from './problems/conflict-dialog.tsx';
import { conflictTotal } from './problems/conflict-list.tsx';
import { FolderPlaceDialog } from './setup/folder-place.tsx';
import { IgnoreProblemDialog } from './problems/ignore-problem.tsx';
import { ProblemsView } from './problems/problem-list.tsx';
import { Proposal } from './setup/proposal.tsx';
import { SettingsView } from './settings/settings-view.tsx';
import { OtherWays } from './setup/other-ways.tsx';
import { SetupSources } from './setup/setup-sources.tsx';
import { Welcome } from './setup/welcome.tsx';
import { WordingProvider, useWording } from './wording.tsx';

export function PageRoot({ bridge }: { readonly bridge: Bridge }) {
  const page = usePage(bridge);
  const { dispatch } = page;
  useEffect(
    () =>
      bridge.watchView?.((view) => {
        dispatch({ kind: 'viewOpened', view });
      }),
    [bridge, dispatch],
  );
  return (
    <WordingProvider
      locale={page.state.snapshot?.app.locale ?? null}
      language={page.state.snapshot?.settings.language ?? null}
    >
      <Theme theme={page.state.snapshot?.settings.theme ?? 'system'} />
      <Connected page={page} />
    </WordingProvider>
  );
}

/** Marks the document with the chosen theme; without a choice the style sheet asks the system. */
function Theme({ theme }: { readonly theme: Snapshot['settings']['theme'] }) {
  useLayoutEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return null;
}

function Connected({ page }: { readonly page: Page }) {
  const { snapshot, connection } = page.state;
  if (connection === 'ended') return <Ended />;
  if (snapshot === null) return <Connecting />;
  return <Content page={page} snapshot={snapshot} />;
}

function Content({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  usePageTitle(snapshot);
  const isLost = page.state.connection === 'lost';
  const { setup } = snapshot;
  const dialog = openDialog(page, snapshot);
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
        <OutdatedNotice snapshot={snapshot} />
        <LinkRefusal page={page} setup={setup} />
        {setup.proposal === null ? (
          <Everyday page={page} snapshot={snapshot} />
        ) : (
          <Proposal key={setup.proposal.id} page={page} setup={setup} proposal={setup.proposal} />
        )}
      </main>
      {!answersInline(snapshot) && <AnswerLine page={page} isBehind={dialog !== null} />}
      {dialog}
    </div>
  );
}

/** During setup the result is shown inline: at the end of the page it would cover the fields. */
function answersInline({ accounts, setup }: Snapshot): boolean {
  return setup.proposal !== null || (accounts.length === 0 && setup.isOpen);
}

function Everyday({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const isWelcome = isNobodySignedIn(snapshot);
  if (isWelcome && snapshot.pairs.length === 0) {
    return (
      <>
        <Welcome page={page} snapshot={snapshot} />
        <AccountNotices accounts={snapshot.accounts} />
      </>
    );
  }
  const { view } = page.state;
  return (
    <div className="app">
      <Navigation page={page} snapshot={snapshot} />
      <div className="view" id="view" role="tabpanel" aria-labelledby={`tab-${view}`}>
        {isWelcome && view === 'overview' ? (
          <Welcome page={page} snapshot={snapshot} />
        ) : (
          <AccountCallouts page={page} accounts={snapshot.accounts} />
        )}
        <View page={page} snapshot={snapshot} isWelcome={isWelcome} />
      </div>
    </div>
  );
}

type ViewProps = { readonly page: Page; readonly snapshot: Snapshot; readonly isWelcome: boolean };

function View({ page, snapshot, isWelcome }: ViewProps) {
  switch (page.state.view) {
    case 'overview':
      return <OverviewView page={page} snapshot={snapshot} isWelcome={isWelcome} />;
    case 'files':
      return <FilesView page={page} snapshot={snapshot} />;
    case 'activity':
      return <ActivityView page={page} snapshot={snapshot} />;
    case 'problems':
      return <ProblemsView page={page} snapshot={snapshot} />;
    case 'settings':
      return <SettingsView page={page} snapshot={snapshot} />;
  }
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

function ConnectDialog({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const close = () => {
    page.dispatch({ kind: 'dialogClosed' });
  };
  return (
    <Dialog title={words.text('setup.title')} subtitle={words.text('setup.text')} page={page}>
      <SetupSources page={page} onProposed={close} />
      <OtherWays page={page} snapshot={snapshot} onProposed={close} />
    </Dialog>
  );
}

function isNobodySignedIn({ accounts }: Snapshot): boolean {
  return accounts.every(({ state }) => state === 'new' || state === 'signed-out' || state === 'signing-in');
}

/** Open dialog; null also where its subject no longer exists. */
function openDialog(page: Page, snapshot: Snapshot): ReactElement | null {
  const { dialog } = page.state;
  // A proposal under review comes first; the dialog returns after it.
  if (dialog === null || snapshot.setup.proposal !== null) return null;
  if (dialog.kind === 'connect')
    return snapshot.setup.isOpen ? <ConnectDialog page={page} snapshot={snapshot} /> : null;
  if (dialog.kind === 'add-folder') return <AddFolderDialog page={page} snapshot={snapshot} />;
  if (dialog.kind === 'licences') return <LicencesDialog page={page} app={snapshot.app} />;
  if (dialog.kind === 'aws-profile') {
    const account = snapshot.accounts.find(({ id }) => id === dialog.accountId);
    return account === undefined ? null : <AwsProfileDialog page={page} account={account} />;
  }
  const pair = snapshot.pairs.find((candidate) => candidate.id === dialog.pairId);
  if (pair === undefined) return null;
  switch (dialog.kind) {
    case 'plan':
      return (
        <PlanDialog
          // One of its own for each folder of a row, so that the focus is at its beginning again.
          key={pair.id}
          page={page}
          pair={pair}
          plan={dialog.plan}
          isFirst={dialog.isFirst ?? false}
          others={dialog.others}
          failure={dialog.failure}
        />
      );
    case 'folder-settings':
      return (
        <FolderSettingsDialog page={page} pair={pair} settings={dialog.settings} failure={dialog.failure} />
      );
    case 'versions': {
      const { kind: _kind, pairId: _pairId, failure, ...file } = dialog;
      return <VersionsDialog page={page} pair={pair} {...file} failure={failure} />;
    }
    case 'conflict': {
      const { conflict, previews, failure } = dialog;
      const isSent = snapshot.conflicts.some(({ id }) => id === conflict.id);
      // Of more than are sent, one that is not among them may still be open; main says so if it is not.
      if (!isSent && conflictTotal(snapshot) <= snapshot.conflicts.length) return null;
      return <ConflictDialog page={page} conflict={conflict} previews={previews} failure={failure} />;
    }
    case 'ignore-problem':
      return <IgnoreProblemDialog page={page} pair={pair} problem={dialog.problem} />;
    case 'choose-folders':
      return <ChooseFoldersDialog page={page} pair={pair} />;
    case 'move-place':
      return <FolderPlaceDialog page={page} pair={pair} place={dialog.place} />;
    case 'remove-folder':
      return <RemoveFolderDialog page={page} pair={pair} />;
    case 'trash':
      return (
        <TrashDialog
          page={page}
          pair={pair}
          text={dialog.text}
          list={dialog.list}
          newest={snapshot.activity.find(({ pairId }) => pairId === pair.id)?.id ?? null}
          failure={dialog.failure}
        />
      );
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

/** Newer version by the signed release manifest; shown until this one is replaced. */
function OutdatedNotice({ snapshot }: { readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const { newerVersion: newest, app } = snapshot;
  if (newest === null) return null;
  return (
    <div className="callout callout-note" data-notice="outdated">
      <div>
        <p>
          <strong>{words.text('app.outdated.title')}</strong>
        </p>
        <p>{words.text('app.outdated.text', { newest, version: app.version })}</p>
      </div>
    </div>
  );
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
