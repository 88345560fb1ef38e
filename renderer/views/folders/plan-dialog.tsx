// Preview of the next sync.
import { useEffect, useState } from 'react';
import type { Coded, PairView, PlanView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { showName } from '../../../preload/locales/shown-name.ts';
import { Awaited, Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import { ActionButton, Button, Name, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openFirstPlan, openFirstPlans, openPlan } from './open-dialogs.ts';

type PlanDialogProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly plan: PlanView | null;
  /** The folder was just added and waits for its start. */
  readonly isFirst: boolean;
  /** Folders whose preview comes after this one's; undefined where each is opened by itself. */
  readonly others: readonly string[] | undefined;
  readonly failure: Coded | undefined;
};

const opIcons: Readonly<Record<PlanView['ops'][number]['op'], IconName>> = {
  upload: 'up',
  download: 'down',
  'make-local-folder': 'folder',
  'make-remote-folder': 'folder',
  'remove-local': 'bin',
  'remove-remote': 'bin',
  'remove-local-folder': 'bin',
  'remove-remote-folder': 'bin',
  'move-local': 'move',
  'move-remote': 'move',
  'set-aside': 'fork',
  adopt: 'check',
};

export function PlanDialog({ page, pair, plan, isFirst, others, failure }: PlanDialogProps) {
  const { words } = useWording();
  const isStarting = useStart({ page, pair, plan, isFirst, others });
  const shown = isStarting ? null : plan;
  const retry = (): Promise<void> => {
    if (others !== undefined) return openFirstPlans(page, [pair.id, ...others]);
    return isFirst ? openFirstPlan(page, pair.id) : openPlan(page, pair.id);
  };
  return (
    <Dialog
      title={words.text(isFirst ? 'plan.first.title' : 'plan.title')}
      subtitle={
        <>
          <Name>{pair.folderLabel}</Name>
          {isFirst && (
            <>
              {' ↔ '}
              <Name>{pair.remoteLabel}</Name>
            </>
          )}
        </>
      }
      page={page}
      {...(isFirst
        ? { actions: <FirstActions page={page} pair={pair} isKnown={shown !== null} others={others ?? []} /> }
        : {})}
    >
      <Awaited
        isThere={shown !== null}
        failure={failure}
        loading="plan.loading"
        onRetry={() => void retry()} // never rejects: the dialog shows a failure
      />
      {isFirst && <p>{words.text('plan.first.text')}</p>}
      {shown !== null && shown.opsTotal === 0 && <p className="empty-line">{words.text('plan.empty')}</p>}
      {shown !== null && shown.opsTotal > 0 && <Plan plan={shown} isFirst={isFirst} />}
    </Dialog>
  );
}

/**
 * Starts a folder whose first sync holds nothing to decide, then turns to the next one: both sides are the same, or it was just
 * connected and holds nothing of the user's. In the dialog, so that closing it before its plan arrives leaves the folder paused.
 * Returns whether it is doing so.
 */
function useStart({ page, pair, plan, isFirst, others }: Omit<PlanDialogProps, 'failure'>): boolean {
  const [isRefused, setRefused] = useState(false);
  const isEmptyHere = plan?.onlyArrivals === true;
  const isSafe = (isFirst && plan?.isIdentical === true) || (others !== undefined && isEmptyHere);
  const isStarting = isSafe && !isRefused;
  useEffect(() => {
    if (!isStarting) return;
    let isOpen = true;
    const start = async (): Promise<void> => {
      const result = await page.send('resume', { pairId: pair.id }, true);
      if (!result.ok) setRefused(true);
      if (!result.ok || !isOpen) return;
      await openFirstPlans(page, others ?? []);
      const text = isEmptyHere ? 'plan.first.started' : 'plan.first.same';
      page.dispatch({ kind: 'answered', text, name: showName(pair.folderLabel) });
    };
    void start(); // never rejects: send() answers with a result
    return () => {
      isOpen = false;
    };
    // oxlint-disable-next-line react/exhaustive-deps -- once for each plan, whatever else changes on the page
  }, [isStarting]);
  return isStarting;
}

type FirstProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly isKnown: boolean;
  readonly others: readonly string[];
};

function FirstActions({ page, pair, isKnown, others }: FirstProps) {
  const goOn = () => void openFirstPlans(page, others); // never rejects: the dialog shows a failure
  return (
    <>
      {isKnown && (
        <ActionButton
          page={page}
          name="resume"
          input={{ pairId: pair.id }}
          label="plan.first.start"
          kind="primary"
          icon="play"
          onDone={goOn}
        />
      )}
      <Button label="plan.first.later" onPress={goOn} />
    </>
  );
}

function Plan({ plan, isFirst }: { readonly plan: PlanView; readonly isFirst: boolean }) {
  const { words, format } = useWording();
  const { uploads, downloads, moves, removesLocal, removesRemote, conflicts, bytesUp, bytesDown } =
    plan.counts;
  const totals = [
    { key: isFirst ? 'plan.first.onlyHere' : 'plan.uploads', count: uploads, bytes: bytesUp },
    { key: isFirst ? 'plan.first.onlyThere' : 'plan.downloads', count: downloads, bytes: bytesDown },
    { key: 'plan.moves', count: moves, bytes: 0 },
    { key: 'plan.removesLocal', count: removesLocal, bytes: 0 },
    { key: 'plan.removesRemote', count: removesRemote, bytes: 0 },
    { key: isFirst ? 'plan.first.differ' : 'plan.conflicts', count: conflicts, bytes: 0 },
  ].filter((total) => total.count > 0);
  const more = plan.opsTotal - plan.ops.length;
  return (
    <>
      <ul className="chips">
        {totals.map((total) => (
          <li key={total.key} className="chip">
            {words.text(total.key, { count: total.count })}
            {total.bytes > 0 && <span className="muted">, {format.bytes(total.bytes)}</span>}
          </li>
        ))}
      </ul>
      {plan.guards.length > 0 && (
        <p className="callout callout-attention">
          <Icon name="alert" /> {words.text('plan.guarded')}
        </p>
      )}
      <div className="scroll-box" tabIndex={0} role="region" aria-label={words.text('plan.steps')}>
        <ul className="row-list">
          {plan.ops.map((op) => (
            <li key={`${op.op} ${op.path}`} className="row">
              <Icon name={opIcons[op.op]} />
              <span className="row-main">
                <PathName path={op.path} />
                <span className="muted">
                  {words.text(`plan.op.${op.op}`)}: {words.text(`plan.reason.${op.reason}`)}
                </span>
              </span>
              {op.bytes !== null && <span className="row-end muted">{format.bytes(op.bytes)}</span>}
            </li>
          ))}
        </ul>
      </div>
      {more > 0 && <p className="muted">{words.text('plan.more', { count: more })}</p>}
    </>
  );
}
