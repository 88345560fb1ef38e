// Review of a connection profile: destinations of sign-in and files; accept or decline.
import { useEffect, useRef, useState } from 'react';
import type { SubmitEvent } from 'react';
import type { ProposalView, SetupView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { requestKey } from '../../state/use-page.ts';
import { AnswerLine } from '../answer-line.tsx';
import { Field } from '../fields.tsx';
import { openFirstPlans } from '../folders/open-dialogs.ts';
import { Icon } from '../icons.tsx';
import { ActionButton, Name } from '../parts.tsx';
import { ProposalFacts } from './proposal-facts.tsx';
import { ProposalSummary } from './proposal-summary.tsx';
import { useWording } from '../wording.tsx';

type ProposalProps = { readonly page: Page; readonly setup: SetupView; readonly proposal: ProposalView };

export function Proposal({ page, setup, proposal }: ProposalProps) {
  const { words } = useWording();
  const title = useRef<HTMLHeadingElement>(null);
  // The profile may have arrived by a link while the user was elsewhere on the page.
  useEffect(() => title.current?.focus(), [proposal.id]);
  const isRefused = proposal.problems.length > 0;
  return (
    <section className="card proposal" aria-labelledby="proposal-title">
      <header>
        <h1 id="proposal-title" ref={title} tabIndex={-1}>
          {words.text(isRefused ? 'proposal.refusedTitle' : 'proposal.title', {
            issuer: proposal.issuerHost,
          })}
        </h1>
        <p className="muted">
          {words.text(isRefused ? 'proposal.refusedText' : `proposal.from.${proposal.source}`)}
        </p>
      </header>
      {isRefused && <Problems problems={proposal.problems} />}
      {proposal.knownAs !== null && (
        <p className="callout callout-note">{words.text('proposal.known', { account: proposal.knownAs })}</p>
      )}
      {proposal.needsServer && (
        <p className="callout callout-attention">
          <Icon name="alert" /> <span>{words.text('proposal.needsServer')}</span>
        </p>
      )}
      {!isRefused && <ProposalSummary proposal={proposal} />}
      {proposal.sharedAt !== null && (
        <p className="callout callout-attention">
          <Icon name="alert" /> <span>{words.text('proposal.shared', { place: proposal.sharedAt })}</span>
        </p>
      )}
      {/* Open where something in it needs a second look. */}
      <details className="way" open={isRefused || proposal.needsServer || proposal.hostsToType.length > 0}>
        <summary>{words.text('proposal.details')}</summary>
        <div className="way-body">
          <ProposalFacts proposal={proposal} />
        </div>
      </details>
      {isRefused ? (
        <>
          <AnswerLine page={page} isInline />
          <div className="button-row">
            <RejectButton page={page} proposal={proposal} label="action.close" kind="primary" />
          </div>
        </>
      ) : (
        <AcceptForm page={page} setup={setup} proposal={proposal} />
      )}
    </section>
  );
}

function Problems({ problems }: Pick<ProposalView, 'problems'>) {
  const { words } = useWording();
  return (
    <div className="callout callout-bad" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{words.text('proposal.refused')}</strong>
        <ul className="bullets">
          {problems.map(({ code, fields }) => (
            <li key={`${code} ${JSON.stringify(fields)}`}>{words.text(`reason.${code}`, fields)}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function RejectButton(props: {
  readonly page: Page;
  readonly proposal: ProposalView;
  readonly label: string;
  readonly kind?: 'primary' | 'plain';
}) {
  const { page, proposal, label, kind = 'plain' } = props;
  const input = { proposalId: proposal.id };
  return <ActionButton page={page} name="rejectProfile" input={input} label={label} kind={kind} />;
}

function AcceptForm({ page, setup, proposal }: ProposalProps) {
  const { words } = useWording();
  const [folder, setFolder] = useState(proposal.folder ?? '');
  const [teamFolders, setTeamFolders] = useState(proposal.teamFolders.map((one) => one.folder));
  const [awsAccount, setAwsAccount] = useState('');
  const [hosts, setHosts] = useState<readonly string[]>(proposal.hostsToType.map(() => ''));
  const known = page.state.snapshot?.accounts.find(({ id }) => id === proposal.knownAs);
  const isSignedIn = known?.state === 'signed-in' || known?.state === 'offline';
  const isTyping = setup.folderBy === 'typing';
  const asksAccount = isTyping && proposal.knownAs === null && proposal.awsAccount !== null;
  const input = {
    proposalId: proposal.id,
    folder: isTyping && proposal.folder !== null ? folder : null,
    ...(isTyping && proposal.teamFolders.length > 0 ? { teamFolders } : {}),
    awsAccount,
    hosts,
  };
  const isBusy = page.state.busy.includes(requestKey('acceptProfile', input));
  async function accept(): Promise<void> {
    const result = await page.send('acceptProfile', input, true);
    if (!result.ok || result.value === null) return;
    const { accountId, pairIds } = result.value;
    // The account shows how it goes, and its own button begins again; the folders' cards then have the preview.
    if (!isSignedIn && !(await page.send('signIn', { accountId })).ok) return;
    await openFirstPlans(page, pairIds);
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (!isBusy) void accept(); // never rejects: send() answers with a result
  }
  return (
    <form className="proposal-form" onSubmit={submit}>
      {proposal.folder !== null && (
        <FolderChoice
          {...{ page, setup, proposal }}
          id="folder"
          label={words.text('proposal.folder')}
          shown={proposal.folder}
          teamFolder={null}
          folder={folder}
          onFolder={setFolder}
        />
      )}
      {proposal.teamFolders.map(({ prefix, folder: shown }, index) => (
        <FolderChoice
          key={prefix}
          {...{ page, setup, proposal }}
          id={`team-folder-${String(index)}`}
          label={words.text('proposal.teamFolder', { prefix })}
          shown={shown}
          teamFolder={prefix}
          folder={teamFolders[index] ?? shown}
          onFolder={(text) => {
            setTeamFolders(teamFolders.map((old, at) => (at === index ? text : old)));
          }}
        />
      ))}
      {proposal.hostsToType.map((host, index) => (
        <Field
          key={host}
          id={`host-${String(index)}`}
          label={words.text('proposal.typeHost', { host })}
          hint={words.text('proposal.typeHost.hint')}
          value={hosts[index] ?? ''}
          isRequired
          isCode
          onChange={(text) => {
            setHosts(hosts.map((old, at) => (at === index ? text : old)));
          }}
        />
      ))}
      {asksAccount && (
        <Field
          id="aws-account"
          label={words.text('proposal.typeAccount')}
          hint={words.text('proposal.typeAccount.hint')}
          value={awsAccount}
          isRequired
          isCode
          onChange={setAwsAccount}
        />
      )}
      {!isSignedIn && (
        <p className="muted">{words.text(isTyping ? 'proposal.next' : 'proposal.nextDialog')}</p>
      )}
      <p className="muted">{words.text('proposal.preview')}</p>
      <AnswerLine page={page} isInline />
      <div className="button-row">
        <button type="submit" className="button button-primary" aria-disabled={isBusy}>
          {words.text(isSignedIn ? 'proposal.addFolder' : 'proposal.accept')}
        </button>
        <RejectButton page={page} proposal={proposal} label="proposal.reject" />
      </div>
    </form>
  );
}

type FolderProps = ProposalProps & {
  readonly id: string;
  readonly label: string;
  /** Where main has it now. */
  readonly shown: string;
  /** Prefix of a team folder; null for the user's own. */
  readonly teamFolder: string | null;
  readonly folder: string;
  readonly onFolder: (folder: string) => void;
};

function FolderChoice(props: FolderProps) {
  const { page, setup, proposal, id, label, shown, teamFolder, folder, onFolder } = props;
  const { words } = useWording();
  const hint = words.text('proposal.folder.hint');
  if (setup.folderBy === 'typing')
    return (
      <Field
        id={id}
        label={label}
        hint={`${hint} ${words.text('proposal.folder.roots', { roots: setup.folderRoots.join(', ') })}`}
        value={folder}
        isRequired
        isCode
        onChange={onFolder}
      />
    );
  return (
    <div className="field-block" role="group" aria-labelledby={`${id}-label`}>
      <p className="label" id={`${id}-label`}>
        {label}
      </p>
      <div className="field-row">
        <p className="field field-fixed">
          <Name>{shown}</Name>
        </p>
        <ActionButton
          page={page}
          name="chooseFolder"
          input={{ proposalId: proposal.id, ...(teamFolder === null ? {} : { teamFolder }) }}
          label="proposal.chooseFolder"
          isSilent
        />
      </div>
      <p className="muted field-hint">{hint}</p>
    </div>
  );
}
