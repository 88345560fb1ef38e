// Changes of one account's settings while it runs: certificates, and credentials for other programs.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  awsConfigPath,
  installStanza,
  readStanza,
  removeStanza,
} from '../../adapters/config/aws-config-file.ts';
import type { Fields } from '../../adapters/config/document.ts';
import { writeWhole } from '../../adapters/config/write-whole.ts';
import { onDisk } from '../../adapters/disk/errors.ts';
import { readAuthorities } from '../../adapters/http/certificates.ts';
import type { AccountRuntime } from '../../app/account/runtime.ts';
import type { AccountEditor } from '../../app/setup/account-commands.ts';
import { awsStanza, stanzaOf } from '../../core/config/aws-config.ts';
import type { AwsStanza } from '../../core/config/aws-config.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { LiveSettings } from './settings.ts';

type EditParts = {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly live: LiveSettings;
  /** The installed command line, by which other tools get credentials; null where there is none. */
  readonly program: () => string | null;
};

export function composeAccountEdits({ home, env, live, program }: EditParts): AccountEditor {
  const copyOf = (accountId: string): string => join(home, 'certificates', `${accountId}.pem`);
  return {
    allowPrograms: (id, isOn, signal) =>
      live.changeAccount(id, { fields: { credentialsEnabled: isOn ? true : undefined } }, signal),
    readAuthorities,
    trust: (id, { pem }, signal) => {
      const fields = async (): Promise<Fields> => {
        await onDisk('keep the certificates', () => writeWhole(copyOf(id), `${pem.join('\n')}\n`));
        return { caFile: copyOf(id) };
      };
      return live.changeAccount(id, { fields }, signal);
    },
    distrust: (id, signal) => {
      const after = (): Promise<void> =>
        onDisk('remove the certificates', () => rm(copyOf(id), { force: true }));
      return live.changeAccount(id, { fields: { caFile: undefined }, after }, signal);
    },
    get awsProfiles() {
      const named = program();
      return named === null ? null : profilesBy(named, { home, env });
    },
  };
}

function profilesBy(
  program: string,
  { home, env }: Pick<EditParts, 'home' | 'env'>,
): AccountEditor['awsProfiles'] {
  const file = awsConfigPath(env);
  const stanza = ({ config }: AccountRuntime, profile: string): AwsStanza => {
    try {
      return stanzaOf(config, { profile, program: [program], home });
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const { message } = cause;
      throw new SyncError({ code: 'path-unquotable', retry: 'slow', scope: 'account', message, cause });
    }
  };
  return {
    show: async (account, profile) => {
      const wanted = stanza(account, profile);
      const state = await onDisk('read the AWS config', () => readStanza(file, wanted));
      return { file, lines: awsStanza(wanted), state };
    },
    add: async (account, profile) => {
      const wanted = stanza(account, profile);
      await onDisk('write the AWS config', () => installStanza(file, wanted));
    },
    remove: (account, profile) => {
      const wanted = stanza(account, profile);
      return onDisk('write the AWS config', () => removeStanza(file, wanted));
    },
  };
}
