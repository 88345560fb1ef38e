// Dialog for a folder's settings: direction, ignore rules, limits, place in the bucket.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { Coded, FolderSettings, Input, PairView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, CloseButton, Dialog } from '../dialog.tsx';
import { TextArea } from '../fields.tsx';
import { Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { ModeSelect, modes } from './add-folder.tsx';
import { FolderPlace } from '../setup/folder-place.tsx';
import { IgnoreTester } from './ignore-tester.tsx';
import { LimitFields, limitChange, limitText } from './limit-fields.tsx';
import { openSettings } from './open-dialogs.ts';

const formId = 'folder-settings';

type SettingsProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly settings: FolderSettings | null;
  readonly failure: Coded | undefined;
};

export function FolderSettingsDialog({ page, pair, settings, failure }: SettingsProps) {
  const { words } = useWording();
  return (
    <Dialog
      title={words.text('folder.settings.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={
        <>
          {settings !== null && (
            <button type="submit" form={formId} className="button button-primary">
              {words.text('action.save')}
            </button>
          )}
          <CloseButton page={page} label="action.cancel" />
        </>
      }
    >
      <Awaited
        isThere={settings !== null}
        failure={failure}
        loading="app.loading"
        onRetry={() => void openSettings(page, pair.id)}
      />
      {settings !== null && <Form page={page} pair={pair} settings={settings} />}
      {settings !== null && <FolderPlace page={page} pair={pair} place={settings.place} />}
      {settings !== null && <IgnoreTester page={page} pair={pair} />}
    </Dialog>
  );
}

function Form({
  page,
  pair,
  settings,
}: Omit<SettingsProps, 'failure'> & { readonly settings: FolderSettings }) {
  const { words } = useWording();
  const [mode, setMode] = useState<string>(settings.mode);
  const [ignore, setIgnore] = useState(settings.ignore.join('\n'));
  const [upload, setUpload] = useState<string | null>(null);
  const [download, setDownload] = useState<string | null>(null);
  async function save(): Promise<void> {
    const rules = linesOf(ignore, settings.ignore);
    const chosen = modes.find((one) => one === mode) ?? settings.mode;
    const change: Omit<Input<'changeFolder'>, 'pairId'> = {
      ...(chosen === settings.mode ? {} : { mode: chosen }),
      ...(isSame(rules, settings.ignore) ? {} : { ignore: rules }),
      ...limitChange('uploadLimit', upload, settings.uploadLimit),
      ...limitChange('downloadLimit', download, settings.downloadLimit),
    };
    const isChanged = Object.keys(change).length > 0;
    if (!isChanged || (await page.send('changeFolder', { pairId: pair.id, ...change })).ok)
      page.dispatch({ kind: 'dialogClosed' });
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    void save(); // never rejects: send() answers with a result
  }
  return (
    <form id={formId} className="form" onSubmit={submit}>
      <ModeSelect value={mode} onChange={setMode} />
      <TextArea
        id="folder-ignore"
        label={words.text('folder.ignore')}
        hint={words.text('folder.ignore.text')}
        value={ignore}
        isCode
        onChange={setIgnore}
      />
      <LimitFields
        id="folder"
        upload={upload ?? limitText(settings.uploadLimit)}
        download={download ?? limitText(settings.downloadLimit)}
        onUpload={setUpload}
        onDownload={setDownload}
      />
      <p className="muted field-hint">{words.text('limits.text')}</p>
    </form>
  );
}

/** Rules of the field. A line that was there before stays to the letter: a space at its end may be part of the rule. */
function linesOf(text: string, before: readonly string[]): readonly string[] {
  return text
    .split('\n')
    .map((line) => (before.includes(line) ? line : line.trim()))
    .filter((line) => line !== '');
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
