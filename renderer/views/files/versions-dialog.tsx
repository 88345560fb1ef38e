// Dialog with the older versions of a file; each can be brought back beside what is there.
import type { Coded, PairView, VersionList } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import { ActionButton, Moment, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openVersions } from './file-actions.ts';

type VersionsProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly fileId: string;
  readonly name: string;
  readonly versions: VersionList | null;
  readonly failure: Coded | undefined;
};

export function VersionsDialog({ page, pair, fileId, name, versions, failure }: VersionsProps) {
  const { words, format } = useWording();
  return (
    <Dialog title={words.text('files.versions.title')} subtitle={<Name>{name}</Name>} page={page}>
      <Awaited
        isThere={versions !== null}
        failure={failure}
        loading="app.loading"
        onRetry={() => void openVersions(page, pair.id, { id: fileId, name })}
      />
      {versions !== null && versions.versions.length < 2 && (
        <p className="empty-line">{words.text('files.versions.none')}</p>
      )}
      <ul className="row-list">
        {versions?.versions.map((version) => (
          <li key={version.id ?? ''} className="row">
            <Icon name={version.isRemoval ? 'bin' : 'file'} />
            <span className="row-main">
              <span>{format.full(version.modifiedMs)}</span>
              <span className="muted">
                <Moment atMs={version.modifiedMs} />
                {', '}
                {version.isRemoval ? words.text('files.version.removed') : format.bytes(version.bytes)}
                {version.isLatest && `, ${words.text('files.version.current')}`}
              </span>
            </span>
            {!version.isLatest && !version.isRemoval && (
              <ActionButton
                page={page}
                name="restoreVersion"
                input={{ pairId: pair.id, fileId, versionId: version.id }}
                label="action.restore"
                about={format.full(version.modifiedMs)}
              />
            )}
          </li>
        ))}
      </ul>
      {versions?.isCut === true && <p className="muted">{words.text('files.versions.cut')}</p>}
    </Dialog>
  );
}
