// Activity: the whole history, with search and filters.
import { useState } from 'react';
import type { ActivityView as Entry, Input, Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Field, Select } from '../fields.tsx';
import { FolderFilter } from './folder-filter.tsx';
import { Icon } from '../icons.tsx';
import { LoadFailure } from '../load-failure.tsx';
import { IconButton, Moment, PathName } from '../parts.tsx';
import { VirtualList } from '../virtual-list.tsx';
import { useWording } from '../wording.tsx';
import { activityIcons, factsOf } from './activity-list.tsx';
import { useHistory } from './use-history.ts';

const kinds = ['all', 'transfers', 'moves', 'removals', 'conflicts'] as const;

export function ActivityView({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const [text, setText] = useState('');
  const [kind, setKind] = useState<Input<'listActivity'>['kind']>('all');
  const [pairId, setPairId] = useState('');
  const filter = { text, kind, pairId: pairId === '' ? null : pairId };
  const newest = snapshot.activity[0]?.id ?? null;
  const { loaded, failure, more, retry } = useHistory(page, filter, newest);
  return (
    <>
      <h1 id="activity-title">{words.text('nav.activity')}</h1>
      <section className="card" aria-labelledby="activity-title">
        <div className="filters" role="search">
          <Field id="activity-search" label={words.text('search.files')} value={text} onChange={setText} />
          <Select
            id="activity-kind"
            label={words.text('activity.kind')}
            value={kind}
            options={kinds.map((one) => ({ value: one, text: words.text(`activity.kind.${one}`) }))}
            onChange={(value) => {
              setKind(kinds.find((one) => one === value) ?? 'all');
            }}
          />
          <FolderFilter id="activity-pair" pairs={snapshot.pairs} pairId={pairId} onChange={setPairId} />
        </div>
        {failure !== null && <LoadFailure error={failure} onRetry={retry} />}
        <p className={loaded === null && failure === null ? 'loading' : 'muted'} role="status">
          {loaded !== null && words.text('activity.count', { count: loaded.total })}
          {loaded === null && failure === null && words.text('app.loading')}
        </p>
        {loaded?.total === 0 && <p className="empty-line">{words.text('activity.none')}</p>}
        {loaded !== null && loaded.total > 0 && (
          <VirtualList
            items={loaded.entries}
            total={loaded.total}
            label={words.text('nav.activity')}
            keyOf={(entry) => entry.id}
            render={(entry) => <Row page={page} entry={entry} isDesktop={snapshot.app.home === 'desktop'} />}
            onNearEnd={more}
          />
        )}
      </section>
    </>
  );
}

/** Entries that leave nothing to show on this computer. */
const gone: readonly Entry['kind'][] = ['removed-local', 'removed-remote'];

type RowProps = { readonly page: Page; readonly entry: Entry; readonly isDesktop: boolean };

function Row({ page, entry, isDesktop }: RowProps) {
  const wording = useWording();
  return (
    <>
      <Icon name={activityIcons[entry.kind]} />
      <span>
        <span className="line">
          <PathName path={entry.path} />
        </span>
        <span className="line line-sub">{factsOf(entry, wording).join(', ')}</span>
      </span>
      <span className="virtual-end">
        <Moment atMs={entry.atMs} />
        {isDesktop && !gone.includes(entry.kind) && (
          <IconButton
            label="files.reveal"
            about={entry.path}
            icon="folder"
            // send() never rejects: every failure is a result.
            onPress={() =>
              void page.send('revealActivity', { pairId: entry.pairId, activityId: entry.id }, true)
            }
          />
        )}
      </span>
    </>
  );
}
