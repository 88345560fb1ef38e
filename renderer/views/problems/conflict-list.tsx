// Open conflicts: files kept in two versions, each with the way to its comparison.
import { useState } from 'react';
import type { ConflictView, Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Icon } from '../icons.tsx';
import { Button, Moment, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openConflict } from './open-conflict.ts';
import { SearchedList, asked, noFilter } from './searched-list.tsx';
import type { Filter } from './searched-list.tsx';
import { useConflicts } from './use-conflicts.ts';

/** More than this many are a list of its own, with a search. */
const FEW = 50;

type ListProps = { readonly page: Page; readonly snapshot: Snapshot };

/** All open conflicts, also those beyond what main sends. */
export function conflictTotal(snapshot: Snapshot): number {
  return snapshot.pairs.reduce((sum, { id }) => sum + conflictsOf(snapshot, id), 0);
}

export function conflictsOf({ pairs, conflicts }: Snapshot, pairId: string): number {
  const sent = conflicts.filter((one) => one.pairId === pairId).length;
  return Math.max(sent, pairs.find(({ id }) => id === pairId)?.conflictCount ?? 0);
}

export function ConflictList({ page, snapshot }: ListProps) {
  const { words } = useWording();
  const [filter, setFilter] = useState(noFilter);
  const isSearched = filter.text !== '' || filter.pairId !== '';
  return (
    <section className="card tone-attention" aria-labelledby="conflicts-title">
      <h2 id="conflicts-title">{words.text('conflicts.title')}</h2>
      <p className="muted">{words.text('conflicts.text')}</p>
      {conflictTotal(snapshot) > FEW || isSearched ? (
        <ManyConflicts page={page} snapshot={snapshot} filter={filter} onFilter={setFilter} />
      ) : (
        <ul className="row-list" aria-label={words.text('conflicts.title')}>
          {snapshot.conflicts.map((conflict) => (
            <li key={conflict.id} className="row">
              <Row page={page} conflict={conflict} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** All of them, also those that the snapshot lacks. */
function ManyConflicts({
  page,
  snapshot,
  filter,
  onFilter,
}: ListProps & { readonly filter: Filter; readonly onFilter: (filter: Filter) => void }) {
  const { words } = useWording();
  const found = useConflicts(page, asked(filter), snapshot.conflictsRevision);
  return (
    <SearchedList
      name="conflict"
      label={words.text('conflicts.title')}
      countKey="conflicts.count"
      pairs={snapshot.pairs}
      filter={filter}
      onFilter={onFilter}
      found={found}
      render={(conflict) => <Row page={page} conflict={conflict} />}
    />
  );
}

function Row({ page, conflict }: { readonly page: Page; readonly conflict: ConflictView }) {
  const { words, format } = useWording();
  const { current, aside } = conflict;
  return (
    <>
      <Icon name="fork" />
      <span className="row-main">
        <PathName path={conflict.path} />
        <span className="muted">
          <Moment atMs={conflict.atMs} />
          {', '}
          {words.text('conflicts.sizes', {
            current: format.bytes(current.bytes),
            aside: format.bytes(aside.bytes),
          })}
        </span>
      </span>
      <Button
        label="conflicts.compare"
        about={conflict.path}
        onPress={() => void openConflict(page, conflict)}
      />
    </>
  );
}
