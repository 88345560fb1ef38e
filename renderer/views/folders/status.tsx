// Status at the top of the overview: overall state, one sentence, and the available actions.
import type { Overall, Snapshot } from '../../../preload/contract.ts';
import { isAllNew, overallKey, pausedBy, pauseEnd } from '../../../preload/pause-words.ts';
import type { Page } from '../../state/use-page.ts';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import { ActionButton, Button } from '../parts.tsx';
import { problemTotal } from '../problems/problem-list.tsx';
import { MenuButton } from '../menu.tsx';
import { canSync, isPaused } from './pair-actions.tsx';
import { pauseItems } from './pause-items.ts';
import { ProgressLine } from './progress-line.tsx';
import { useWording } from '../wording.tsx';

const overallIcons: Readonly<Record<Overall, IconName>> = {
  'signed-out': 'person',
  'in-sync': 'check',
  incomplete: 'alert',
  syncing: 'arrows',
  paused: 'pause',
  attention: 'alert',
  offline: 'offline',
};

type OverviewProps = { readonly page: Page; readonly snapshot: Snapshot };

export function Status({ page, snapshot }: OverviewProps) {
  const { words } = useWording();
  const { overall, pairs } = snapshot;
  const progress = sumProgress(snapshot);
  const isEmpty = pairs.length === 0;
  return (
    <section className={`overview ${isEmpty ? '' : `tone-${overall}`}`}>
      <span className="overview-icon">
        <Icon name={isEmpty ? 'folder' : overallIcons[overall]} />
      </span>
      <div className="overview-words">
        <h1>{words.text(headingOf(snapshot))}</h1>
        {overall === 'syncing' && progress !== null ? (
          <ProgressLine progress={progress} />
        ) : (
          <OverallText snapshot={snapshot} />
        )}
      </div>
      {!isEmpty && !isAllNew(snapshot) && <OverviewActions page={page} snapshot={snapshot} />}
    </section>
  );
}

function headingOf(snapshot: Snapshot): string {
  return snapshot.pairs.length === 0 ? 'overall.empty' : overallKey(snapshot);
}

function OverallText({ snapshot }: { readonly snapshot: Snapshot }) {
  const { words, format, nowMs } = useWording();
  const count = snapshot.pairs.reduce((sum, pair) => sum + pair.counts.files, 0);
  const key =
    snapshot.pairs.length === 0 ? 'empty' : snapshot.overall === 'syncing' ? 'checking' : snapshot.overall;
  const ends = key === 'paused' ? pauseEnd(snapshot.pairs) : null;
  if (ends !== null) {
    const isDue = ends <= nowMs;
    const sentence = isDue ? 'overall.paused.due.text' : 'overall.paused.until.text';
    return <p className="muted">{words.text(sentence, { time: format.soon(ends, nowMs) })}</p>;
  }
  const sentence = key === 'paused' ? headingOf(snapshot) : `overall.${key}`;
  const waiting = key === 'offline' ? waitingFiles(snapshot) : 0;
  if (waiting > 0)
    return <p className="muted">{words.text('overall.offline.waiting.text', { count: waiting })}</p>;
  const text = key === 'attention' && isOnlySignIn(snapshot) ? `${sentence}.signIn.text` : `${sentence}.text`;
  return <p className="muted">{words.text(text, { count })}</p>;
}

function waitingFiles({ pairs }: Snapshot): number {
  const notices = pairs.flatMap((pair) => pair.notices.filter(({ code }) => code === 'offline-waiting'));
  return notices.reduce((sum, { fields }) => sum + Number(fields['count']), 0);
}

/** Nothing below asks for anything: the sign-in above is all there is to do. */
function isOnlySignIn({ accounts, pairs }: Snapshot): boolean {
  return (
    accounts.some(({ state }) => state === 'needs-sign-in') &&
    pairs.every(({ state, guards }) => guards.length === 0 && state !== 'attention')
  );
}

/** At most one primary action: none while all is well, or while a question below waits for its own answer. */
function OverviewActions({ page, snapshot }: OverviewProps) {
  const { words } = useWording();
  const isAsked = snapshot.pairs.some(({ guards }) => guards.length > 0);
  const isSignedIn = snapshot.accounts.every(({ state }) => state === 'signed-in');
  const hasProblems = isSignedIn && !isAsked && problemTotal(snapshot) > 0;
  const input = { pairId: null };
  return (
    <div className="button-row">
      {hasProblems && (
        <Button
          label="action.showProblems"
          kind="primary"
          icon="alert"
          onPress={() => {
            page.dispatch({ kind: 'viewOpened', view: 'problems' });
          }}
        />
      )}
      {snapshot.pairs.every(isPaused) ? (
        <ActionButton
          page={page}
          name="resume"
          input={input}
          label={pausedBy(snapshot) === undefined ? 'action.resumeAll' : 'action.syncAnyway'}
          kind="primary"
          icon="play"
        />
      ) : (
        <div className="button-pair">
          <ActionButton page={page} name="pause" input={input} label="action.pauseAll" icon="pause" />
          <MenuButton
            label="pause.for"
            about={words.text('search.allFolders')}
            icon="clock"
            items={pauseItems(page, null)}
          />
        </div>
      )}
      {snapshot.pairs.some(canSync) && (
        <ActionButton page={page} name="syncNow" input={input} label="action.syncNow" icon="arrows" />
      )}
    </div>
  );
}

/** Null if no pair is transferring. The time left is that of the slowest pair. */
export function sumProgress(snapshot: Snapshot) {
  const all = snapshot.pairs.flatMap((pair) => (pair.progress === null ? [] : [pair.progress]));
  if (all.length === 0) return null;
  const sum = (of: (progress: (typeof all)[number]) => number) =>
    all.reduce((total, progress) => total + of(progress), 0);
  const times = all.map((progress) => progress.secondsLeft);
  return {
    filesDone: sum((progress) => progress.filesDone),
    filesTotal: sum((progress) => progress.filesTotal),
    bytesDone: sum((progress) => progress.bytesDone),
    bytesTotal: sum((progress) => progress.bytesTotal),
    bytesPerSecond: sum((progress) => progress.bytesPerSecond),
    secondsLeft: times.some((time) => time === null) ? null : Math.max(...times.map((time) => time ?? 0)),
  };
}
