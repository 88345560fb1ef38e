// Dialog that compares the two versions of a file, side by side.
import { useId } from 'react';
import type { ReactNode } from 'react';
import type { Coded, ConflictPreviews, ConflictView, FilePreview } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { LoadFailure } from '../load-failure.tsx';
import { ActionButton, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openConflict } from './open-conflict.ts';

type ConflictProps = {
  readonly page: Page;
  readonly conflict: ConflictView;
  /** Null until they have arrived. */
  readonly previews: ConflictPreviews | null;
  readonly failure: Coded | undefined;
};

export function ConflictDialog({ page, conflict, previews, failure }: ConflictProps) {
  const { words } = useWording();
  const { pairId, id: conflictId } = conflict;
  const close = () => {
    page.dispatch({ kind: 'dialogClosed' });
  };
  return (
    <Dialog
      title={words.text('conflict.title')}
      subtitle={<Name>{conflict.path}</Name>}
      page={page}
      isWide
      actions={
        <>
          <ActionButton
            page={page}
            name="resolveConflict"
            input={{ pairId, conflictId, keep: 'both' }}
            label="conflict.both"
            onDone={close}
          />
          <CloseButton page={page} label="conflict.later" />
        </>
      }
    >
      <div className="versions-grid">
        <Version page={page} conflict={conflict} keep="current" preview={previews?.current ?? null} />
        <Version page={page} conflict={conflict} keep="aside" preview={previews?.aside ?? null} />
      </div>
      {failure !== undefined && (
        <LoadFailure error={failure} onRetry={() => void openConflict(page, conflict)} />
      )}
      <p className="muted">{words.text('conflict.effect')}</p>
    </Dialog>
  );
}

type VersionProps = {
  readonly page: Page;
  readonly conflict: ConflictView;
  readonly keep: 'current' | 'aside';
  readonly preview: FilePreview | null;
};

function Version({ page, conflict, keep, preview }: VersionProps) {
  const { words, format } = useWording();
  const titleId = useId();
  const { current, aside, pairId, id: conflictId } = conflict;
  const version = conflict[keep];
  const isNewer = version.modifiedMs > (keep === 'current' ? aside : current).modifiedMs;
  const title = useTitle(conflict, keep);
  const name = keep === 'current' ? baseName(conflict.path) : conflict.copyName;
  return (
    <section className="version" aria-labelledby={titleId}>
      <h3 id={titleId}>{title}</h3>
      <dl className="version-facts">
        <Fact label="conflict.name">
          <Name>{name}</Name>
        </Fact>
        <Fact label="conflict.changed">
          <time dateTime={new Date(version.modifiedMs).toISOString()}>{format.full(version.modifiedMs)}</time>
          {isNewer && <span className="chip">{words.text('conflict.newer')}</span>}
        </Fact>
        <Fact label="conflict.size">{format.bytes(version.bytes)}</Fact>
      </dl>
      <Preview preview={preview} title={title} />
      <ActionButton
        page={page}
        name="resolveConflict"
        input={{ pairId, conflictId, keep }}
        label="conflict.keep"
        about={title}
        kind="primary"
        onDone={() => {
          page.dispatch({ kind: 'dialogClosed' });
        }}
      />
    </section>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const { words } = useWording();
  return (
    <div>
      <dt>{words.text(label)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function useTitle({ aside }: ConflictView, keep: 'current' | 'aside'): string {
  const { words } = useWording();
  if (keep === 'current') return words.text('conflict.current');
  return aside.device === null
    ? words.text('conflict.asideUnknown')
    : words.text('conflict.aside', { device: aside.device });
}

function Preview({ preview, title }: { readonly preview: FilePreview | null; readonly title: string }) {
  const { words } = useWording();
  const label = words.text('action.for', { action: words.text('conflict.preview'), name: title });
  if (preview === null) return <p className="preview preview-none loading">{words.text('app.loading')}</p>;
  switch (preview.kind) {
    case 'none':
      return <p className="preview preview-none muted">{words.text(`conflict.none.${preview.why}`)}</p>;
    case 'image':
      return <img className="preview preview-image" src={preview.source} alt={label} />;
    case 'text':
      return (
        <div className="preview preview-text" role="region" tabIndex={0} aria-label={label}>
          <pre dir="auto">{preview.text}</pre>
          {preview.isCut && <p className="muted">{words.text('conflict.cut')}</p>}
        </div>
      );
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
