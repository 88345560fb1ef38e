// Open conflicts: files kept in two versions, each with the way to its comparison.
import type { ConflictView, Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Icon } from '../icons.tsx';
import { Button, Moment, PathName, UnfoldingList } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openConflict } from './open-conflict.ts';

const SHOWN = 50;

export function ConflictList({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  return (
    <section className="card tone-attention" aria-labelledby="conflicts-title">
      <h2 id="conflicts-title">{words.text('conflicts.title')}</h2>
      <p className="muted">{words.text('conflicts.text')}</p>
      <UnfoldingList
        items={snapshot.conflicts}
        shown={SHOWN}
        className="row-list"
        label={words.text('conflicts.title')}
        render={(conflict) => <ConflictRow key={conflict.id} page={page} conflict={conflict} />}
      />
    </section>
  );
}

function ConflictRow({ page, conflict }: { readonly page: Page; readonly conflict: ConflictView }) {
  const { words, format } = useWording();
  const { current, aside } = conflict;
  return (
    <li className="row">
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
    </li>
  );
}
