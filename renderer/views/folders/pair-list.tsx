// List of synced folders: state, progress, questions, actions.
import type { PairView, Snapshot, TransferView } from '../../../preload/contract.ts';
import { waitsForStart } from '../../../preload/pause-words.ts';
import { questionWords } from '../../../preload/locales/question-words.ts';
import type { Page } from '../../state/use-page.ts';
import { AnotherAccountButton } from '../accounts.tsx';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import { canAddFolder } from './add-folder.tsx';
import { openFirstPlan } from './open-dialogs.ts';
import { PairActions } from './pair-actions.tsx';
import { Button, Moment, Name, PathName } from '../parts.tsx';
import { ProgressLine, progressShare } from './progress-line.tsx';
import { useWording } from '../wording.tsx';
import type { Wording } from '../wording.tsx';

const stateIcons: Readonly<Record<PairView['state'], IconName>> = {
  starting: 'dots',
  scanning: 'arrows',
  syncing: 'arrows',
  'in-sync': 'check',
  incomplete: 'alert',
  pausing: 'pause',
  paused: 'pause',
  attention: 'alert',
  offline: 'offline',
  'signed-out': 'person',
};

export function PairList({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  return (
    <section aria-labelledby="pairs-title">
      <div className="section-head">
        <h2 id="pairs-title">{words.text('pairs.title')}</h2>
        {canAddFolder(snapshot) && (
          <Button
            label="action.addFolder"
            icon="plus"
            kind="quiet"
            onPress={() => {
              page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'add-folder' } });
            }}
          />
        )}
      </div>
      {snapshot.pairs.length === 0 && <NoPairs page={page} snapshot={snapshot} />}
      {snapshot.pairs.map((pair) => (
        <PairCard
          key={pair.id}
          page={page}
          pair={pair}
          conflicts={pair.conflictCount}
          isSignedIn={snapshot.accounts.some(
            ({ id, state }) => id === pair.accountId && state === 'signed-in',
          )}
          isDesktop={snapshot.app.home === 'desktop'}
        />
      ))}
    </section>
  );
}

/** An account's part of the bucket is known from its profile, so the profile is how its first folder comes back. */
function NoPairs({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  return (
    <div className="card empty">
      <Icon name="folder" />
      <h3>{words.text('pairs.empty.title')}</h3>
      <p>{words.text(snapshot.setup.isOpen ? 'pairs.empty.text' : 'pairs.empty.closed')}</p>
      <p className="muted">{words.text('pairs.empty.hint')}</p>
      {snapshot.setup.isOpen && (
        <Button
          label="pairs.empty.open"
          kind="primary"
          onPress={() => {
            page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'connect' } });
          }}
        />
      )}
    </div>
  );
}

type PairProps = {
  readonly page: Page;
  readonly pair: PairView;
  /** Files that are kept in two versions. */
  readonly conflicts: number;
  readonly isSignedIn: boolean;
  readonly isDesktop: boolean;
};

function PairCard({ page, pair, conflicts, isSignedIn, isDesktop }: PairProps) {
  const wording = useWording();
  const { words } = wording;
  const waiting = pair.notices.find(isWaiting);
  const titleId = `pair-${pair.id}`;
  return (
    <article className={`card pair tone-${pair.state}`} aria-labelledby={titleId}>
      <header className="pair-head">
        <span className="pair-icon">
          <Icon name={stateIcons[pair.state]} />
        </span>
        <div className="pair-names">
          <h3 id={titleId}>
            <Name>{baseName(pair.folderLabel)}</Name>
            <Name className="pair-path muted">{pair.folderLabel}</Name>
          </h3>
          <p className="muted">
            <Name>{pair.remoteLabel}</Name>
          </p>
        </div>
        <p className="badge">{stateText(pair, wording)}</p>
      </header>
      {pair.progress !== null && <PairProgress pair={pair} progress={pair.progress} />}
      {pair.transfers.length > 0 && <Transfers transfers={pair.transfers} />}
      <Guards page={page} pair={pair} />
      {waitsForStart(pair) && <FirstSync page={page} pair={pair} isSignedIn={isSignedIn} />}
      {noticesOf(pair).map((notice) => (
        <div key={notice.code} className="callout callout-note callout-action">
          <p>
            {words.coded('notice', notice.code, notice.fields)}
            {notice.code === pair.standing?.code && waiting !== undefined && (
              <> {words.coded('notice', waiting.code, waiting.fields)}</>
            )}
          </p>
          {(notice.code === 'other-principal' || notice.code === 'principal-changed') && (
            <AnotherAccountButton page={page} accountId={pair.accountId} />
          )}
        </div>
      ))}
      {conflicts > 0 && <OpenConflicts page={page} pair={pair} count={conflicts} />}
      <PairFacts pair={pair} />
      <PairActions page={page} pair={pair} isDesktop={isDesktop} />
    </article>
  );
}

function isWaiting({ code }: PairView['notices'][number]): boolean {
  return code === 'offline-waiting';
}

/** What waits is said beside the reason that it waits for. */
function noticesOf({ notices, standing }: PairView): PairView['notices'] {
  return notices.some(({ code }) => code === standing?.code)
    ? notices.filter((notice) => !isWaiting(notice))
    : notices;
}

function stateText(pair: PairView, { words, format, nowMs }: Wording): string {
  const { pausedUntilMs } = pair;
  if (pausedUntilMs !== undefined) {
    // The computer may have slept at that time.
    if (pausedUntilMs <= nowMs) return words.text('pairs.resuming');
    return words.text('pairs.pausedUntil', { time: format.soon(pausedUntilMs, nowMs) });
  }
  return words.text(badgeOf(pair));
}

function badgeOf(pair: PairView): string {
  if (waitsForStart(pair)) return 'pairs.state.first';
  return pair.pausedBy === undefined ? `pairs.state.${pair.state}` : `overall.paused.${pair.pausedBy}`;
}

/** Last part of a path in the style of either system; the path itself for a whole drive. */
function baseName(path: string): string {
  return /[^/\\]+(?=[/\\]?$)/.exec(path)?.[0] ?? path;
}

function PairProgress({
  pair,
  progress,
}: {
  readonly pair: PairView;
  readonly progress: NonNullable<PairView['progress']>;
}) {
  const { words } = useWording();
  return (
    <div className="pair-progress">
      <progress
        value={progressShare(progress)}
        max={1}
        aria-label={words.text('pairs.progressLabel', { name: pair.folderLabel })}
      />
      <ProgressLine progress={progress} />
    </div>
  );
}

function Transfers({ transfers }: { readonly transfers: readonly TransferView[] }) {
  const { words, format } = useWording();
  return (
    <ul className="row-list transfers" aria-label={words.text('pairs.transfers')}>
      {transfers.map((transfer) => (
        <li key={`${transfer.direction} ${transfer.path}`} className="row">
          <Icon name={transfer.direction} />
          <span className="visually-hidden">{words.text(`pairs.transfer.${transfer.direction}`)}</span>
          <span className="row-main">
            <PathName path={transfer.path} />
          </span>
          <span className="row-end muted">
            {words.text('pairs.progress.bytes', {
              bytesDone: format.bytes(transfer.bytesDone),
              bytesTotal: format.bytes(transfer.bytesTotal),
            })}
          </span>
          <progress
            className="progress-thin"
            value={transfer.bytesTotal > 0 ? transfer.bytesDone / transfer.bytesTotal : 1}
            max={1}
            aria-label={words.text('pairs.progressLabel', { name: transfer.path })}
          />
        </li>
      ))}
    </ul>
  );
}

/** Questions that wait, each with the way to its dialog. */
export function Guards({ page, pair }: { readonly page: Page; readonly pair: PairView }) {
  const { words } = useWording();
  return pair.guards.map((guard) => {
    const { what, state } = questionWords(words, guard, pair.mode);
    return (
      <div key={guard.id} className="callout callout-attention callout-action">
        <p>
          <strong>{what}</strong> {state} {words.text('guard.waits')}
        </p>
        <Button
          label="action.review"
          about={pair.folderLabel}
          kind="primary"
          onPress={() => {
            page.dispatch({
              kind: 'dialogOpened',
              dialog: { kind: 'guard', pairId: pair.id, guardId: guard.id },
            });
          }}
        />
      </div>
    );
  });
}

/** The sign-in comes first: the preview compares with the bucket. */
function FirstSync({ page, pair, isSignedIn }: Pick<PairProps, 'page' | 'pair' | 'isSignedIn'>) {
  const { words } = useWording();
  if (!isSignedIn) return <p className="callout callout-note">{words.text('pairs.first.signIn')}</p>;
  return (
    <div className="callout callout-note callout-action">
      <p>{words.text('pairs.first')}</p>
      <Button
        label="pairs.first.preview"
        about={pair.folderLabel}
        kind="primary"
        onPress={() => void openFirstPlan(page, pair.id)} // never rejects: the dialog shows a failure
      />
    </div>
  );
}

function OpenConflicts({ page, pair, count }: Pick<PairProps, 'page' | 'pair'> & { readonly count: number }) {
  const { words } = useWording();
  return (
    <div className="callout callout-note callout-action">
      <p>{words.text('conflicts.open', { count })}</p>
      <Button
        label="conflicts.review"
        about={pair.folderLabel}
        onPress={() => {
          page.dispatch({ kind: 'viewOpened', view: 'problems' });
        }}
      />
    </div>
  );
}

function PairFacts({ pair }: { readonly pair: PairView }) {
  const { words, format } = useWording();
  const { files, folders, bytes } = pair.counts;
  return (
    <ul className="facts muted">
      <li>{words.text(`pairs.mode.${pair.mode}`)}</li>
      <li>{words.text('pairs.files', { count: files })}</li>
      <li>{words.text('pairs.folders', { count: folders })}</li>
      <li>{format.bytes(bytes)}</li>
      <li>
        {pair.lastInSyncAtMs === null ? (
          words.text('pairs.neverInSync')
        ) : (
          <Moment
            atMs={pair.lastInSyncAtMs}
            sentence={pair.state === 'in-sync' ? 'pairs.lastInSync' : 'pairs.wasInSync'}
          />
        )}
      </li>
      {pair.problemCount > 0 && (
        <li className="facts-problem">{words.text('pairs.problems', { count: pair.problemCount })}</li>
      )}
    </ul>
  );
}
