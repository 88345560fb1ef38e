// List of items; a long one is loaded in parts, with a search by name and by folder.
import { useCallback } from 'react';
import type { ReactNode } from 'react';
import type { Input, Result, Snapshot } from '../../../preload/contract.ts';
import type { Ask, Page } from '../../state/use-page.ts';
import { FolderFilter } from '../activity/folder-filter.tsx';
import { Field } from '../fields.tsx';
import { LoadFailure } from '../load-failure.tsx';
import { useWording } from '../wording.tsx';
import { MeasuredList } from './measured-list.tsx';
import { useParts } from './use-parts.ts';
import type { Part } from './use-parts.ts';

/** What is searched for; empty for all. */
type Filter = { readonly text: string; readonly pairId: string };

export const noFilter: Filter = { text: '', pairId: '' };

type Asked = Input<'listProblems' | 'listConflicts'>;

/** More than this many are loaded in parts. */
const FEW = 50;

type ListedProps<T> = {
  readonly page: Page;
  /** Begins the ids of the fields. */
  readonly name: 'problem' | 'conflict';
  readonly label: string;
  /** Key of the text that says how many were found. */
  readonly countKey: string;
  readonly pairs: Snapshot['pairs'];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  /** Changes with each change of the list. */
  readonly revision: number;
  /** Items of a part. */
  readonly size: number;
  /** Always the same function. Never rejects. */
  readonly askPart: (ask: Ask, asked: Asked) => Promise<Result<Part<T>>>;
  readonly render: (item: T) => ReactNode;
};

type SearchedProps<T> = ListedProps<T> & {
  /** Those in the snapshot: all of them while they are few. */
  readonly sent: readonly T[];
  readonly total: number;
};

export function SearchedList<T extends { readonly id: string }>({
  sent,
  total,
  ...listed
}: SearchedProps<T>) {
  const { filter, label, render } = listed;
  if (total > FEW || filter.text !== '' || filter.pairId !== '') return <ListInParts {...listed} />;
  return (
    <ul className="row-list" aria-label={label}>
      {sent.map((item) => (
        <li key={item.id} className="row">
          {render(item)}
        </li>
      ))}
    </ul>
  );
}

function ListInParts<T extends { readonly id: string }>(props: ListedProps<T>) {
  const { words } = useWording();
  const { page, name, label, countKey, pairs, filter, onFilter, revision, size, askPart, render } = props;
  const { ask } = page;
  const { text, pairId } = filter;
  const askFor = useCallback(
    (skip: number) => askPart(ask, { text, pairId: pairId === '' ? null : pairId, skip }),
    [ask, askPart, pairId, text],
  );
  const found = useParts({ key: JSON.stringify([pairId, text]), revision, size, askFor });
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
