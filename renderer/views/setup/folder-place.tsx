// Place of a folder in the bucket, and the dialog that changes it.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { FolderSettings, PairView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { Field } from '../fields.tsx';
import { Button, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openFirstPlan } from '../folders/open-dialogs.ts';

type PlaceProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly place: FolderSettings['place'];
};

/** Part of the folder's settings. */
export function FolderPlace({ page, pair, place }: PlaceProps) {
  const { words } = useWording();
  return (
    <section className="form" aria-labelledby="folder-place">
      <h3 id="folder-place">{words.text('place.heading')}</h3>
      <div className="account-setting">
        <Name>{place === null ? pair.remoteLabel : `${place.above}${place.name}`}</Name>
        {place === null ? (
          <span className="muted">{words.text('place.fixed')}</span>
        ) : (
          <Button
            label="place.change"
            onPress={() => {
              page.dispatch({
                kind: 'dialogOpened',
                dialog: { kind: 'move-place', pairId: pair.id, place },
              });
            }}
          />
        )}
      </div>
    </section>
  );
}

const formId = 'move-place';

/** Says what happens to what, and ends in the preview of the first sync at the new place. */
export function FolderPlaceDialog({ page, pair, place }: PlaceProps & { readonly place: object }) {
  const { words } = useWording();
  const [name, setName] = useState(place.name);
  const wanted = name.trim().replace(/^\/+|\/+$/gu, '');
  async function move(): Promise<void> {
    const result = await page.send('movePlace', { pairId: pair.id, name: wanted }, true);
    if (result.ok && result.value !== null) await openFirstPlan(page, result.value.pairId);
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (wanted === place.name) page.dispatch({ kind: 'dialogClosed' });
    else void move(); // never rejects: send() answers with a result
  }
  return (
    <Dialog
      title={words.text('place.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={
        <>
          <button type="submit" form={formId} className="button button-primary">
            {words.text('place.confirm')}
          </button>
          <CloseButton page={page} label="action.cancel" />
        </>
      }
    >
      <form id={formId} className="form" onSubmit={submit}>
        <Field
          id="place-name"
          label={words.text('place.name')}
          hint={words.text('place.name.text', { above: place.above })}
          value={name}
          isCode
          onChange={setName}
        />
      </form>
      <p>{words.text('place.keeps', { from: `${place.above}${place.name}` })}</p>
      <p>{words.text('place.begins')}</p>
      <p className="muted">{words.text('place.others')}</p>
    </Dialog>
  );
}
