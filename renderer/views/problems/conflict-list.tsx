// Open conflicts: files kept in two versions, each with the way to its comparison.
import { useState } from 'react';
import type { ConflictView, Input, Result, Snapshot } from '../../../preload/contract.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Ask, Page } from '../../state/use-page.ts';
import { Icon } from '../icons.tsx';
import { Button, Moment, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openConflict } from './open-conflict.ts';
import { SearchedList, noFilter } from './searched-list.tsx';
import type { Part } from './use-parts.ts';

type ListProps = { readonly page: Page; readonly snapshot: Snapshot };

/** All open conflicts, also those beyond what main sends. */
export function conflictTotal({ pairs }: Snapshot): number {
  return pairs.reduce((sum, pair) => sum + pair.conflictCount, 0);
}

export function ConflictList({ page, snapshot }: ListProps) {
  const { words } = useWording();
  const [filter, setFilter] = useState(noFilter);
  return (
    <section className="card tone-attention" aria-labelledby="conflicts-title">
      <h2 id="conflicts-title">{words.text('conflicts.title')}</h2>
      <p className="muted">{words.text('conflicts.text')}</p>
      <SearchedList
        page={page}
        name="conflict"
        label={words.text('conflicts.title')}
        countKey="conflicts.count"
        pairs={snapshot.pairs}
        sent={snapshot.conflicts}
        total={conflictTotal(snapshot)}
        filter={filter}
        onFilter={setFilter}
        revision={snapshot.conflictsRevision}
        size={LIMITS.conflicts}
        askPart={askConflicts}
        render={(conflict) => <Row page={page} conflict={conflict} />}
      />
    </section>
  );
}

async function askConflicts(ask: Ask, asked: Input<'listConflicts'>): Promise<Result<Part<ConflictView>>> {
  const result = await ask('listConflicts', asked);
  if (!result.ok) return result;
  const { conflicts: items, total } = result.value;
  return { ok: true, value: { items, total } };
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
