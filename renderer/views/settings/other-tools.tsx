// Credentials for other programs on this computer: allowed or not, and a profile in the AWS config file.
import type { AccountView, AppSettings } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Switch } from '../fields.tsx';
import { Button } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type ToolsProps = {
  readonly page: Page;
  readonly settings: AppSettings;
  readonly accounts: readonly AccountView[];
};

export function OtherTools({ page, settings, accounts }: ToolsProps) {
  const { words } = useWording();
  const shown = accounts.filter(({ programs }) => programs !== 'not-needed');
  const { commandLine } = settings;
  if (shown.length === 0) return null;
  return (
    <section className="card" aria-labelledby="tools-title">
      <h2 id="tools-title">{words.text('tools.title')}</h2>
      <p className="muted">{words.text('tools.text')}</p>
      {shown.map((account) =>
        account.programs === 'forbidden' ? (
          <p key={account.id}>{words.text('tools.forbidden', { account: account.label })}</p>
        ) : (
          <div key={account.id} className="account-setting">
            <Switch
              id={`tools-${account.id}`}
              label="tools.allow"
              fields={{ account: account.label }}
              isOn={account.programs === 'on'}
              onChange={(isOn) => void page.send('allowPrograms', { accountId: account.id, isOn }, true)}
            />
            {account.programs === 'on' && commandLine?.state === 'installed' && (
              <Button
                label="tools.setUp"
                about={account.label}
                onPress={() => {
                  page.dispatch({
                    kind: 'dialogOpened',
                    dialog: { kind: 'aws-profile', accountId: account.id },
                  });
                }}
              />
            )}
          </div>
        ),
      )}
      {commandLine?.state === 'absent' && shown.some(({ programs }) => programs === 'on') && (
        <p className="muted">{words.text('tools.needsCommandLine')}</p>
      )}
    </section>
  );
}
