// Groups of deleted files: one for each event, single ones as plain rows, older versions at the end.
import type { Output, TrashEntryView, TrashGroupView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { ActionButton, Moment, PathName, UnfoldingList } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type GroupsProps = {
  readonly page: Page;
  readonly pairId: string;
  /** What is searched for: all of a group is then what has this in its path. */
  readonly text: string;
  readonly groups: readonly TrashGroupView[];
  readonly ticked: ReadonlySet<string>;
  readonly onTick: (id: string, isTicked: boolean) => void;
  readonly onRestored: (restored: Output<'restoreTrash'>) => void;
};

/** Rows of a group before it unfolds. */
const SHOWN = 5;

export function TrashGroups(props: GroupsProps) {
  return blocksOf(props.groups).map((block) => {
    const [first] = block;
    if (first === undefined) return null;
    if (block.length > 1 || isAlone(first))
      return (
        <ul key={first.id} className="row-list">
          {block.flatMap(({ entries }) =>
            entries.map((entry) => <Row key={entry.id} {...props} entry={entry} />),
          )}
        </ul>
      );
    return <Group key={first.id} {...props} group={first} />;
  });
}

/** One deleted file needs no heading. */
function isAlone({ why, count }: TrashGroupView): boolean {
  return why === 'removed' && count === 1;
}

/** Neighbouring files that were deleted one by one are one list. */
function blocksOf(groups: readonly TrashGroupView[]): readonly (readonly TrashGroupView[])[] {
  const blocks: TrashGroupView[][] = [];
  for (const group of groups) {
    const last = blocks.at(-1)?.at(-1);
    if (last !== undefined && isAlone(last) && isAlone(group)) blocks.at(-1)?.push(group);
    else blocks.push([group]);
  }
  return blocks;
}

function Group(props: GroupsProps & { readonly group: TrashGroupView }) {
  const { words, format } = useWording();
  const { page, pairId, text, group, onRestored } = props;
  const { id, why, count, bytes, entries } = group;
  const titleId = `trash-${id}`;
  const isRemoved = why === 'removed';
  const folders = foldersOf(group);
  return (
    <section aria-labelledby={titleId}>
      <div className="section-head">
        <div>
          <h3 id={titleId}>
            {isRemoved ? <Moment atMs={group.atMs} sentence="trash.removed" /> : words.text('trash.versions')}
          </h3>
          <p className="muted">
            {isRemoved
              ? [words.text('pairs.files', { count }), format.bytes(bytes), ...folders].join(', ')
              : words.text('trash.versions.text')}
          </p>
        </div>
        {isRemoved && (
          <ActionButton
            page={page}
            name="restoreTrash"
            input={text === '' ? { pairId, groupId: id } : { pairId, groupId: id, text }}
            label="trash.restoreAll"
            fields={{ count }}
            icon="restore"
            isSilent
            onDone={onRestored}
          />
        )}
      </div>
      <UnfoldingList
        items={entries}
        shown={SHOWN}
        className="row-list"
        label={words.text(isRemoved ? 'trash.title' : 'trash.versions')}
        render={(entry) => <Row key={entry.id} {...props} entry={entry} />}
      />
    </section>
  );
}

/** Where they were, for a heading; the top of the folder has no name of its own. */
function foldersOf({ folders }: TrashGroupView): readonly string[] {
  return folders.filter((folder) => folder !== '').map((folder) => `${folder}/`);
}

function Row({
  page,
  pairId,
  entry,
  ticked,
  onTick,
  onRestored,
}: GroupsProps & { readonly entry: TrashEntryView }) {
  const { words, format } = useWording();
  const { id, path, removedAtMs, side, bytes } = entry;
  return (
    <li className="row">
      <input
        type="checkbox"
        className="row-tick"
        aria-label={words.text('action.for', { action: words.text('trash.tick'), name: path })}
        checked={ticked.has(id)}
        onChange={(event) => {
          onTick(id, event.target.checked);
        }}
      />
      <span className="row-main">
        <PathName path={path} />
        <span className="muted">
          <Moment atMs={removedAtMs} />, {words.text(`trash.${side}`)}
          {bytes !== null && `, ${format.bytes(bytes)}`}
        </span>
      </span>
      <ActionButton
        page={page}
        name="restoreTrash"
        input={{ pairId, ids: [id] }}
        label="action.restore"
        about={path}
        isSilent
        onDone={onRestored}
      />
    </li>
  );
}
