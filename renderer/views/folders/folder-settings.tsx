// Dialog for a folder's settings: direction, ignore rules, limits.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { FolderSettings, PairView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { TextArea } from '../fields.tsx';
import { Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { ModeSelect, modes } from './add-folder.tsx';
import { LimitFields, bytesOf, kiloText } from './limit-fields.tsx';

const formId = 'folder-settings';

type SettingsProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly settings: FolderSettings | null;
};

export function FolderSettingsDialog({ page, pair, settings }: SettingsProps) {
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
      {settings === null ? (
        <p className="loading">{words.text('app.loading')}</p>
      ) : (
        <Form page={page} pair={pair} settings={settings} />
      )}
    </Dialog>
  );
}

function Form({ page, pair, settings }: SettingsProps & { readonly settings: FolderSettings }) {
  const { words } = useWording();
  const [mode, setMode] = useState<string>(settings.mode);
  const [ignore, setIgnore] = useState(settings.ignore.join('\n'));
  const [upload, setUpload] = useState(kiloText(settings.uploadLimit));
  const [download, setDownload] = useState(kiloText(settings.downloadLimit));
  async function save(): Promise<void> {
    const result = await page.send('changeFolder', {
      pairId: pair.id,
      mode: modes.find((one) => one === mode) ?? settings.mode,
      ignore: linesOf(ignore),
      uploadLimit: bytesOf(upload),
      downloadLimit: bytesOf(download),
    });
    if (result.ok) page.dispatch({ kind: 'dialogClosed' });
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
        onChange={setIgnore}
      />
      <LimitFields
        id="folder"
        upload={upload}
        download={download}
        onUpload={setUpload}
        onDownload={setDownload}
      />
      <p className="muted field-hint">{words.text('limits.text')}</p>
    </form>
  );
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
