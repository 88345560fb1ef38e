// Long list that is loaded in parts, with a search by name and by folder.
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../preload/contract.ts';
import { FolderFilter } from '../activity/folder-filter.tsx';
import { Field } from '../fields.tsx';
import { LoadFailure } from '../load-failure.tsx';
import { useWording } from '../wording.tsx';
import { MeasuredList } from './measured-list.tsx';
import type { Parts } from './use-parts.ts';

/** What is searched for; empty for all. */
export type Filter = { readonly text: string; readonly pairId: string };

export const noFilter: Filter = { text: '', pairId: '' };

/** As a request has it. */
export function asked({ text, pairId }: Filter): { readonly text: string; readonly pairId: string | null } {
  return { text, pairId: pairId === '' ? null : pairId };
}

type SearchedProps<T> = {
  /** Begins the ids of the fields. */
  readonly name: 'problem' | 'conflict';
  readonly label: string;
  /** Key of the text that says how many were found. */
  readonly countKey: string;
  readonly pairs: Snapshot['pairs'];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly found: Parts<T>;
  readonly render: (item: T) => ReactNode;
};

export function SearchedList<T extends { readonly id: string }>(props: SearchedProps<T>) {
  const { words } = useWording();
  const { name, label, countKey, pairs, filter, onFilter, found, render } = props;
  const { total, failure } = found;
  return (
    <>
      <div className="filters" role="search" aria-label={label}>
        <Field
          id={`${name}-search`}
          label={words.text('search.files')}
          value={filter.text}
          onChange={(text) => {
            onFilter({ ...filter, text });
          }}
        />
        <FolderFilter
          id={`${name}-pair`}
          pairs={pairs}
          pairId={filter.pairId}
          onChange={(pairId) => {
            onFilter({ ...filter, pairId });
          }}
        />
      </div>
      {failure !== null && <LoadFailure error={failure} onRetry={found.retry} />}
      <p className={total === null && failure === null ? 'loading' : 'muted'} role="status">
        {total !== null && words.text(countKey, { count: total })}
        {total === null && failure === null && words.text('app.loading')}
      </p>
      {total === 0 && <p className="empty-line">{words.text('activity.none')}</p>}
      {total !== null && total > 0 && (
        <MeasuredList
          key={found.listKey}
          total={total}
          label={label}
          itemAt={found.itemAt}
          keyOf={({ id }) => id}
          render={render}
          onShown={found.show}
        />
      )}
    </>
  );
}
