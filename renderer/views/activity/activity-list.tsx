// Recent activity, newest first, for the overview.
import type { ActivityView, Snapshot } from '../../../preload/contract.ts';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import type { Page } from '../../state/use-page.ts';
import { Button, Moment, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import type { Wording } from '../wording.tsx';

const SHOWN = 8;

export const activityIcons: Readonly<Record<ActivityView['kind'], IconName>> = {
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

type ActivityProps = { readonly page: Page; readonly snapshot: Snapshot };

/** The newest entries, for the overview. */
export function RecentActivity({ page, snapshot }: ActivityProps) {
  const { words } = useWording();
  const { activity } = snapshot;
  return (
    <section className="card" aria-labelledby="activity-title">
      <h2 id="activity-title">{words.text('activity.title')}</h2>
      {activity.length === 0 ? (
        <p className="empty-line">{words.text('activity.empty')}</p>
      ) : (
        <ul className="row-list" aria-label={words.text('activity.title')}>
          {activity.slice(0, SHOWN).map((entry) => (
            <ActivityRow key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      {activity.length > SHOWN && (
        <Button
          kind="quiet"
          label="activity.showAll"
          onPress={() => {
            page.dispatch({ kind: 'viewOpened', view: 'activity' });
          }}
        />
      )}
    </section>
  );
}

/** What happened, from where, and how large it was. */
export function factsOf(
  entry: ActivityView,
  { words, format }: Pick<Wording, 'words' | 'format'>,
): readonly string[] {
  const fromKey = entry.kind === 'conflict' ? 'activity.keptAs' : 'activity.from';
  return [
    words.text(`activity.${entry.kind}`),
    ...(entry.from === null ? [] : [words.text(fromKey, { from: entry.from })]),
    ...(entry.bytes === null || entry.bytes === 0 ? [] : [format.bytes(entry.bytes)]),
  ];
}

function ActivityRow({ entry }: { readonly entry: ActivityView }) {
  const { words, format } = useWording();
  return (
    <li className="row activity-row">
      <Icon name={activityIcons[entry.kind]} />
      <span className="row-main">
        <PathName path={entry.path} />
        <span className="muted">{factsOf(entry, { words, format }).join(', ')}</span>
      </span>
      <span className="row-end muted">
        <Moment atMs={entry.atMs} />
      </span>
    </li>
  );
}
