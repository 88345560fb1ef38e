// Account setup from a connection profile: review in full, then accept or reject.
import type { SyncError } from '../../core/model/errors.ts';
import { hostOf } from '../../core/net/url.ts';
import { sharedPlace } from '../../core/access/isolation.ts';
import { foreignReceivers } from '../../core/access/profile.ts';
import type { Profile, ProfileSource, Reason } from '../../core/access/profile.ts';
import type { AccountDialogs } from './account-commands.ts';
import { failed } from '../../../preload/lean/limits.ts';
import type { Coded, Input, Output, ProposalView, Result, SetupView } from '../../../preload/contract.ts';
import { attempt } from '../errors.ts';
import { ownProfile } from './own-account.ts';
import { factsOf } from './profile-view.ts';

export type ProfileText = { readonly source: ProfileSource; readonly text: string };

/** A profile, and this machine's verdict on it. */
export type Assessment = {
  readonly profile: Profile;
  readonly problems: readonly Reason[];
  readonly hostsToType: readonly string[];
  /** Identical existing account, or null. */
  readonly knownAs: string | null;
  /** The user's own folder is synced already, and team folders are left: only those are added. */
  readonly isOwnThere: boolean;
  /** Those of the profile that are not synced yet. */
  readonly teamFolders: readonly string[];
};

export type TeamFolder = { readonly prefix: string; readonly folder: string };

/** Content of the confirmation dialog in the main process, which a compromised page cannot answer. */
export type ConnectionQuestion = {
  readonly issuerHost: string;
  /** Tells apart the organisations that one host serves; empty where the issuer is the whole host. */
  readonly issuerPath: string;
  readonly awsAccount: string | null;
  readonly bucket: string;
  /** Of the user's own folder; null where only team folders are added. */
  readonly folder: string | null;
  /** Where that folder is in the bucket if its prefix names no user, so that others share it; null for a folder of the user's own. */
  readonly sharedAt: string | null;
  readonly teamFolders: readonly TeamFolder[];
  /** Non-AWS hosts that receive the sign-in, and those that receive the files, regardless of the profile's source. */
  readonly tokenReceivers: readonly string[];
  readonly fileReceivers: readonly string[];
};

/** A change of a folder's place in the bucket, as main's own dialog shows it. */
type PlaceQuestion = { readonly folder: string; readonly from: string; readonly to: string };

export type SetupDialogs = AccountDialogs & {
  /** Null if the user chose none. */
  readonly chooseFolder: (startAt: string) => Promise<string | null>;
  readonly confirmConnection: (question: ConnectionQuestion) => Promise<boolean>;
  readonly confirmPlace: (question: PlaceQuestion) => Promise<boolean>;
};

export type NewConnection = {
  readonly profile: Profile;
  readonly knownAs: string | null;
  readonly folder: string | null;
  readonly teamFolders: readonly TeamFolder[];
};

export type SetupParts = {
  /**
   * Null on loopback, where the page's own fields are used: for the first account only, and only if the command line named the
   * folders to choose from (security rule 17).
   */
  readonly dialogs: SetupDialogs | null;
  readonly folderRoots: readonly string[];
  readonly accountIds: () => readonly string[];
  /** Parses and validates; fetches and writes nothing. Throws SyncError profile-invalid, config-invalid. */
  readonly assess: (given: ProfileText, signal: AbortSignal) => Promise<Assessment>;
  /** The text that `assess` reads a profile from. */
  readonly textOf: (profile: Profile) => string;
  /** One that overlaps neither what is synced nor any of `beside`. */
  readonly suggestFolder: (beside: readonly string[], signal: AbortSignal) => Promise<string>;
  /** Writes account and pairs to the settings, all or none, and starts them. Throws SyncError folder-refused, config-invalid. */
  readonly connect: (
    connection: NewConnection,
    signal: AbortSignal,
  ) => Promise<{ readonly accountId: string; readonly pairIds: readonly string[] }>;
};

export type Setup = {
  view(): SetupView;
  onChange(listener: () => void): () => void;
  propose(given: ProfileText, signal: AbortSignal): Promise<Result<null>>;
  /** Proposes the profile of an AWS account of the user's own. */
  proposeOwn(typed: Input<'proposeOwnAccount'>, signal: AbortSignal): Promise<Result<null>>;
  /** Handles a link from another program. The sender gets no answer; the user sees the proposal or the reason for its refusal. */
  offerLink(link: string, signal: AbortSignal): Promise<void>;
  /** Shows a refusal for input that is not a readable link. */
  refuseLink(): void;
  chooseFolder(input: Input<'chooseFolder'>): Promise<Result<boolean>>;
  accept(input: Input<'acceptProfile'>, signal: AbortSignal): Promise<Result<Output<'acceptProfile'>>>;
  reject(input: Input<'rejectProfile'>): Result<null>;
  dismissRefusal(): Result<null>;
};

/** `isTyped`: made of what the user typed, and judged like a file. */
type Given = ProfileText & { readonly isTyped?: true };
type Proposal = Omit<Assessment, 'teamFolders'> & {
  readonly id: string;
  readonly given: Given;
  readonly folder: string | null;
  readonly teamFolders: readonly TeamFolder[];
};
type State = {
  readonly parts: SetupParts;
  readonly listeners: Set<() => void>;
  proposal: Proposal | null;
  refusal: Coded | null;
  /** Number of the proposal, so that approval of one never counts for another. */
  count: number;
  isBusy: boolean;
};

const ok: Result<null> = { ok: true, value: null };

export function makeSetup(parts: SetupParts): Setup {
  const state: State = {
    parts,
    listeners: new Set(),
    proposal: null,
    refusal: null,
    count: 0,
    isBusy: false,
  };
  return {
    view: () => viewOf(state),
    onChange: (listener) => {
      state.listeners.add(listener);
      return () => void state.listeners.delete(listener);
    },
    propose: (given, signal) => propose(state, given, signal),
    proposeOwn: (typed, signal) => {
      const profile = ownProfile(typed);
      if (profile === null) return Promise.resolve(failed('own-incomplete'));
      return propose(state, { source: 'file', text: parts.textOf(profile), isTyped: true }, signal);
    },
    offerLink: async (link, signal) => {
      const result = await propose(state, { source: 'link', text: link }, signal);
      if (!result.ok) change(state, { refusal: result.error });
    },
    refuseLink: () => {
      change(state, { refusal: { code: 'link-refused', fields: {} } });
    },
    chooseFolder: (input) => chooseFolder(state, input),
    accept: (input, signal) => accept(state, input, signal),
    reject: ({ proposalId }) => {
      if (state.isBusy || proposalOf(state, proposalId) === null) return failed('proposal-gone');
      change(state, { proposal: null });
      return ok;
    },
    dismissRefusal: () => {
      change(state, { refusal: null });
      return ok;
    },
  };
}

function change(state: State, to: Partial<Pick<State, 'proposal' | 'refusal'>>): void {
  Object.assign(state, to);
  for (const listener of state.listeners) listener();
}

function isOpen({ parts }: State): boolean {
  const { dialogs, folderRoots, accountIds } = parts;
  return dialogs !== null || (folderRoots.length > 0 && accountIds().length === 0);
}

function proposalOf({ proposal }: State, id: string): Proposal | null {
  return proposal?.id === id ? proposal : null;
}

async function propose(state: State, given: Given, signal: AbortSignal): Promise<Result<null>> {
  if (!isOpen(state)) return failed('setup-closed');
  return attempt(async () => {
    const assessed = await state.parts.assess(given, signal);
    const folder = assessed.isOwnThere ? null : await state.parts.suggestFolder([], signal);
    const teamFolders: TeamFolder[] = [];
    for (const prefix of assessed.teamFolders) {
      const beside = [...(folder === null ? [] : [folder]), ...teamFolders.map((one) => one.folder)];
      teamFolders.push({ prefix, folder: await state.parts.suggestFolder(beside, signal) });
    }
    // Do not replace a proposal while it is under review.
    if (state.proposal !== null) return failed('proposal-waiting');
    state.count += 1;
    const proposal = { ...assessed, teamFolders, given, folder, id: `proposal-${String(state.count)}` };
    change(state, { proposal, refusal: null });
    return ok;
  }, failureOf);
}

async function chooseFolder(
  state: State,
  { proposalId, teamFolder }: Input<'chooseFolder'>,
): Promise<Result<boolean>> {
  const { dialogs } = state.parts;
  const before = proposalOf(state, proposalId);
  if (dialogs === null) return failed('not-supported');
  if (before === null) return failed('proposal-gone');
  const shown =
    teamFolder === undefined
      ? before.folder
      : (before.teamFolders.find(({ prefix }) => prefix === teamFolder)?.folder ?? null);
  if (shown === null) return failed('proposal-gone');
  const folder = await dialogs.chooseFolder(shown);
  const now = proposalOf(state, proposalId);
  if (now === null || state.isBusy) return failed('proposal-gone');
  if (folder === null) return { ok: true, value: false };
  const teamFolders = now.teamFolders.map((one) => (one.prefix === teamFolder ? { ...one, folder } : one));
  change(state, { proposal: teamFolder === undefined ? { ...now, folder } : { ...now, teamFolders } });
  return { ok: true, value: true };
}

async function accept(
  state: State,
  input: Input<'acceptProfile'>,
  signal: AbortSignal,
): Promise<Result<Output<'acceptProfile'>>> {
  const proposal = proposalOf(state, input.proposalId);
  if (proposal === null || state.isBusy) return failed('proposal-gone');
  state.isBusy = true;
  try {
    return await attempt(() => connect(state, { proposal, input }, signal), failureOf);
  } finally {
    state.isBusy = false;
  }
}

async function connect(
  state: State,
  { proposal, input }: { readonly proposal: Proposal; readonly input: Input<'acceptProfile'> },
  signal: AbortSignal,
): Promise<Result<Output<'acceptProfile'>>> {
  // Settings or managed policy may have changed since the proposal was shown.
  const assessed = await state.parts.assess(proposal.given, signal);
  const folder = assessed.isOwnThere ? null : (input.folder ?? proposal.folder);
  const teamFolders = proposal.teamFolders.map((one, index) => ({
    ...one,
    folder: input.teamFolders?.[index] ?? one.folder,
  }));
  const refused = refusalOf(state, { ...proposal, ...assessed, teamFolders }, input);
  if (refused !== null) return { ok: false, error: refused };
  // What was shown is what is connected: another team folder since then wants another look.
  if (assessed.teamFolders.join('\n') !== teamFolders.map(({ prefix }) => prefix).join('\n'))
    return failed('proposal-gone');
  const { dialogs } = state.parts;
  const question = questionOf(assessed, { folder, teamFolders });
  if (dialogs !== null && !(await dialogs.confirmConnection(question))) return { ok: true, value: null };
  const { profile, knownAs } = assessed;
  const connected = await state.parts.connect({ profile, knownAs, folder, teamFolders }, signal);
  change(state, { proposal: null });
  return { ok: true, value: connected };
}

function refusalOf(state: State, proposal: Proposal, input: Input<'acceptProfile'>): Coded | null {
  const { problems, hostsToType, knownAs, profile } = proposal;
  const [reason] = problems;
  if (!isOpen(state)) return { code: 'setup-closed', fields: {} };
  if (reason !== undefined)
    return { code: 'profile-refused', fields: { ...reason.fields, why: reason.code } };
  const typed = input.hosts.map((host) => host.trim().toLowerCase());
  const host = hostsToType.find((wanted) => !typed.includes(wanted));
  if (host !== undefined) return { code: 'host-not-typed', fields: { host } };
  // The desktop confirms the account in a main-process dialog; on loopback, typing the digits takes its place (security rule 2).
  if (state.parts.dialogs !== null)
    return input.folder === null && input.teamFolders === undefined
      ? null
      : { code: 'not-supported', fields: {} };
  const isAsked = knownAs === null && profile.accountId !== null;
  return isAsked && input.awsAccount.replaceAll(/[\s-]/g, '') !== profile.accountId
    ? { code: 'account-not-typed', fields: {} }
    : null;
}

function questionOf(
  { profile }: Assessment,
  folders: Pick<ConnectionQuestion, 'folder' | 'teamFolders'>,
): ConnectionQuestion {
  const receivers = foreignReceivers(profile);
  return {
    issuerHost: hostOf(profile.issuer),
    issuerPath: URL.parse(profile.issuer)?.pathname.replace(/\/+$/u, '') ?? '',
    awsAccount: receivers.files.length === 0 ? profile.accountId : null,
    bucket: profile.bucket,
    ...folders,
    sharedAt: folders.folder === null ? null : sharedPlace(profile),
    tokenReceivers: receivers.token,
    fileReceivers: receivers.files,
  };
}

/** One line of detail for the user; the catalogue provides the surrounding text. */
export function failureOf(error: SyncError): { readonly ok: false; readonly error: Coded } {
  if (error.code === 'profile-invalid')
    return failed('profile-refused', {
      ...error.fields,
      reason: error.message.replace(/^profile: /, ''),
    });
  const { field, ...details } = error.fields;
  const { pairId, folder } = details;
  if (error.code !== 'config-invalid') return failed(error.code, error.fields);
  const reason = error.message.replace(/^config\.json: (?:pairs\[\d+\]\.folder )?/, '');
  if (typeof field === 'string' && field.endsWith('.prefix')) {
    const isNamed = typeof pairId === 'string' && typeof folder === 'string';
    return isNamed ? failed('place-held', { pairId, folder }) : failed('place-taken');
  }
  const isFolder = typeof field === 'string' && field.endsWith('.folder');
  return failed(isFolder ? 'folder-refused' : 'setup-refused', { reason, ...details });
}

function viewOf(state: State): SetupView {
  const { parts, proposal, refusal } = state;
  return {
    isOpen: isOpen(state),
    folderBy: parts.dialogs === null ? 'typing' : 'dialog',
    folderRoots: parts.folderRoots,
    proposal: proposal === null ? null : proposalView(proposal),
    refusal,
  };
}

function proposalView(proposal: Proposal): ProposalView {
  const { profile, problems, hostsToType, knownAs, folder, teamFolders, id, given } = proposal;
  return {
    id,
    source: given.isTyped === true ? 'form' : given.source,
    name: profile.id,
    issuerHost: hostOf(profile.issuer),
    facts: factsOf(profile),
    awsAccount: profile.accountId,
    bucket: profile.bucket,
    needsServer: profile.exchange.kind === 'delegation' || profile.exchange.kind === 'saml',
    problems,
    hostsToType,
    knownAs,
    folder,
    sharedAt: folder === null ? null : sharedPlace(profile),
    teamFolders,
  };
}
