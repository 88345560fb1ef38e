// Commands about an account's settings: certificates, and credentials for other programs.
import type { AccountRuntime } from '../account/runtime.ts';
import { isSyncError } from '../../core/model/errors.ts';
import { failed } from '../../../preload/lean/limits.ts';
import type { AwsProfile, Commands, Result } from '../../../preload/contract.ts';
import { attempt } from '../errors.ts';

export type CertificateQuestion = {
  readonly account: string;
  readonly certificates: Certificates['certificates'];
};
export type ProfileQuestion = { readonly file: string; readonly lines: string };

/** Dialogs of main, which no page can answer. */
export type AccountDialogs = {
  /** Null if the user chose none. */
  readonly chooseCertificates: () => Promise<string | null>;
  readonly confirmCertificates: (question: CertificateQuestion) => Promise<boolean>;
  readonly confirmAwsProfile: (question: ProfileQuestion) => Promise<boolean>;
};

export type AccountEditor = {
  /** Writes the setting, and lets it hold. Throws SyncError config-invalid. */
  allowPrograms(accountId: string, isOn: boolean, signal: AbortSignal): Promise<void>;
  /** Reads the certificates of a file. Throws SyncError config-invalid. */
  readAuthorities(file: string, signal: AbortSignal): Promise<Certificates>;
  /** Keeps a copy beside the settings, and trusts it: the file itself may go. */
  trust(accountId: string, certificates: Certificates, signal: AbortSignal): Promise<void>;
  distrust(accountId: string, signal: AbortSignal): Promise<void>;
  /** Null where no command line is installed that the profile could name. */
  readonly awsProfiles: {
    show(account: AccountRuntime, profile: string): Promise<AwsProfile>;
    /** Throws SyncError aws-profile-taken. */
    add(account: AccountRuntime, profile: string): Promise<void>;
    remove(account: AccountRuntime, profile: string): Promise<boolean>;
  } | null;
};

export type Certificates = {
  readonly pem: readonly string[];
  readonly certificates: readonly { readonly name: string; /** SHA-256. */ readonly fingerprint: string }[];
};

export type AccountParts = {
  /** Null on loopback, whose page cannot open a dialog of main. */
  readonly dialogs: AccountDialogs | null;
  readonly editor: AccountEditor;
};

type AccountCommands = Pick<
  Commands,
  | 'allowPrograms'
  | 'showAwsProfile'
  | 'addAwsProfile'
  | 'removeAwsProfile'
  | 'chooseAuthorities'
  | 'forgetAuthorities'
>;

export function accountCommands(
  { dialogs, editor }: AccountParts,
  findAccount: (id: string) => AccountRuntime | undefined,
): AccountCommands {
  type Profiles = Exclude<AccountEditor['awsProfiles'], null>;
  const withProfiles = <V>(
    accountId: string,
    work: (profiles: Profiles, account: AccountRuntime, ask: AccountDialogs) => Promise<Result<V>>,
  ): Promise<Result<V>> => {
    const account = findAccount(accountId);
    const { awsProfiles } = editor;
    if (account === undefined) return Promise.resolve(failed('unknown-account'));
    if (dialogs === null) return Promise.resolve(failed('not-on-this-machine'));
    if (awsProfiles === null) return Promise.resolve(failed('command-line-missing'));
    return attempt(() => work(awsProfiles, account, dialogs));
  };
  return {
    allowPrograms: ({ accountId, isOn }, signal) => {
      const account = findAccount(accountId);
      if (account === undefined) return Promise.resolve(failed('unknown-account'));
      const { programs } = account.view();
      if (programs === 'not-needed') return Promise.resolve(failed('not-supported'));
      if (programs === 'forbidden' && isOn) return Promise.resolve(failed('credentials-forbidden'));
      return attempt(async () => {
        await editor.allowPrograms(accountId, isOn, signal);
        return { ok: true, value: null };
      });
    },
    showAwsProfile: ({ accountId, profile }) =>
      withProfiles(accountId, async (profiles, account) => ({
        ok: true,
        value: await profiles.show(account, profile),
      })),
    addAwsProfile: ({ accountId, profile }) =>
      withProfiles(accountId, async (profiles, account, ask) => {
        const { file, lines, state } = await profiles.show(account, profile);
        if (state === 'taken') return failed('aws-profile-taken');
        if (!(await ask.confirmAwsProfile({ file, lines }))) return { ok: true, value: false };
        await profiles.add(account, profile);
        return { ok: true, value: true };
      }),
    removeAwsProfile: ({ accountId, profile }) =>
      withProfiles(accountId, async (profiles, account) => ({
        ok: true,
        value: await profiles.remove(account, profile),
      })),
    chooseAuthorities: async ({ accountId }, signal) => {
      const account = findAccount(accountId);
      if (account === undefined) return failed('unknown-account');
      if (dialogs === null) return failed('not-on-this-machine');
      const file = await dialogs.chooseCertificates();
      if (file === null) return { ok: true, value: false };
      return attempt(
        async () => {
          const authorities = await editor.readAuthorities(file, signal);
          const { certificates } = authorities;
          const question = { account: account.view().label, certificates };
          if (!(await dialogs.confirmCertificates(question))) return { ok: true, value: false };
          await editor.trust(accountId, authorities, signal);
          return { ok: true, value: true };
        },
        (error) =>
          isSyncError(error) && error.fields['field'] === 'caFile'
            ? failed('certificates-unreadable')
            : failed(error.code, error.fields),
      );
    },
    forgetAuthorities: ({ accountId }, signal) => {
      if (findAccount(accountId) === undefined) return Promise.resolve(failed('unknown-account'));
      return attempt(async () => {
        await editor.distrust(accountId, signal);
        return { ok: true, value: null };
      });
    },
  };
}
