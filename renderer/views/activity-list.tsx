// Recent activity, newest first.
import type { ActivityView, Snapshot } from '../../preload/contract.ts';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { Moment, PathName, UnfoldingList } from './parts.tsx';
import { useWording } from './wording.tsx';

const SHOWN = 8;

const activityIcons: Readonly<Record<ActivityView['kind'], IconName>> = {
  uploaded: 'up',
  downloaded: 'down',
  'moved-local': 'move',
  'moved-remote': 'move',
  'removed-local': 'bin',
  'removed-remote': 'bin',
  conflict: 'fork',
  restored: 'restore',
  'folder-made-local': 'folder',
  'folder-made-remote': 'folder',
};

export function ActivityList({ snapshot }: { readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const { activity } = snapshot;
  return (
    <section className="card" aria-labelledby="activity-title">
      <h2 id="activity-title">{words.text('activity.title')}</h2>
      {activity.length === 0 ? (
        <p className="empty-line">{words.text('activity.empty')}</p>
      ) : (
        <UnfoldingList
          items={activity}
          shown={SHOWN}
          className="row-list"
          label={words.text('activity.title')}
          render={(entry) => <ActivityRow key={entry.id} entry={entry} />}
        />
      )}
    </section>
  );
}

function ActivityRow({ entry }: { readonly entry: ActivityView }) {
  const { words, format } = useWording();
  const fromKey = entry.kind === 'conflict' ? 'activity.keptAs' : 'activity.from';
  const facts = [
    words.text(`activity.${entry.kind}`),
    ...(entry.from === null ? [] : [words.text(fromKey, { from: entry.from })]),
    ...(entry.bytes === null || entry.bytes === 0 ? [] : [format.bytes(entry.bytes)]),
  ];
  return (
    <li className="row">
      <Icon name={activityIcons[entry.kind]} />
      <span className="row-main">
        <PathName path={entry.path} />
        <span className="muted">{facts.join(', ')}</span>
      </span>
      <span className="row-end muted">
        <Moment atMs={entry.atMs} />
      </span>
    </li>
  );
}
