// Problems: path, reason and next retry of everything that waits.
import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Input, ProblemView, Result, Snapshot } from '../../../preload/contract.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import { ConflictList, conflictTotal } from './conflict-list.tsx';
import { Icon } from '../icons.tsx';
import type { Ask, Page } from '../../state/use-page.ts';
import { openSettings } from '../folders/open-dialogs.ts';
import { ActionButton, Button, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { RetryTimes } from './retry-times.tsx';
import { SearchedList, noFilter } from './searched-list.tsx';
import { StoppedFolders, stoppedFolders } from './stopped-folders.tsx';
import type { Part } from './use-parts.ts';

/** All problems, also those beyond what main sends. */
export function problemTotal({ pairs }: Snapshot): number {
  return pairs.reduce((sum, pair) => sum + pair.problemCount, 0);
}

type ProblemsProps = { readonly page: Page; readonly snapshot: Snapshot };

export function ProblemsView({ page, snapshot }: ProblemsProps) {
  const { words } = useWording();
  const { problems } = snapshot;
  // Kept here: a folder whose rules change is started again, and has no problems for a moment.
  const [filter, setFilter] = useState(noFilter);
  const heading = useKeptFocus(page, snapshot);
  const stopped = stoppedFolders(snapshot);
  const hasOthers = snapshot.conflicts.length > 0 || stopped.length > 0;
  return (
    <>
      <h1 id="problems-title" ref={heading} tabIndex={-1}>
        {words.text('problems.title')}
      </h1>
      {problems.length === 0 && !hasOthers && (
        <section className="card" aria-labelledby="problems-title">
          <p className="empty-line">{words.text('problems.empty')}</p>
        </section>
      )}
      {stopped.length > 0 && <StoppedFolders page={page} pairs={stopped} />}
      {snapshot.conflicts.length > 0 && <ConflictList page={page} snapshot={snapshot} />}
      {problems.length > 0 && (
        <section className="card tone-attention" aria-labelledby="problem-files-title">
          <div className="section-head">
            <h2 id="problem-files-title">{words.text('problems.filesTitle')}</h2>
            <ActionButton
              page={page}
              name="retryNow"
              input={{ pairId: null }}
              label="problems.tryAll"
              icon="arrows"
            />
          </div>
          <SearchedList
            page={page}
            name="problem"
            label={words.text('problems.title')}
            countKey="problems.count"
            pairs={snapshot.pairs}
            sent={problems}
            total={problemTotal(snapshot)}
            filter={filter}
            onFilter={setFilter}
            revision={snapshot.problemsRevision}
            size={LIMITS.problems}
            askPart={askProblems}
            render={(problem) => (
              <Problem page={page} problem={problem} isDesktop={snapshot.app.home === 'desktop'} />
            )}
          />
        </section>
      )}
    </>
  );
}

async function askProblems(ask: Ask, asked: Input<'listProblems'>): Promise<Result<Part<ProblemView>>> {
  const result = await ask('listProblems', asked);
  if (!result.ok) return result;
  const { problems: items, total } = result.value;
  return { ok: true, value: { items, total } };
}

/** When the row that had the focus is resolved and gone, the heading of the view takes it. */
function useKeptFocus(page: Page, snapshot: Snapshot): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const waiting = snapshot.pairs.reduce(
    (sum, { standing, guards }) => sum + guards.length + (standing === null ? 0 : 1),
    0,
  );
  const count = conflictTotal(snapshot) + problemTotal(snapshot) + waiting;
  const before = useRef(count);
  const isCovered = page.state.dialog !== null;
  useEffect(() => {
    if (isCovered) return;
    const isFewer = count < before.current;
    before.current = count;
    if (isFewer && document.activeElement === document.body) heading.current?.focus();
  }, [count, isCovered]);
  return heading;
}

type RowProps = { readonly page: Page; readonly problem: ProblemView; readonly isDesktop: boolean };

function Problem({ page, problem, isDesktop }: RowProps) {
  const { words, format } = useWording();
  const wholeFolder = ({ fields }: ProblemView): string => {
    const { count, bytes } = fields;
    return typeof count === 'number' && typeof bytes === 'number'
      ? words.text('problems.files', { count, bytes: format.bytes(bytes) })
      : words.text('problems.wholeFolder');
  };
  return (
    <>
      <Icon name="alert" />
      <span className="row-main">
        {problem.path === null ? <strong>{wholeFolder(problem)}</strong> : <PathName path={problem.path} />}
        <span>{words.coded('error', problem.code, problem.fields)}</span>
        <RetryTimes retryAtMs={problem.retryAtMs} sinceMs={problem.sinceMs} />
      </span>
      <span className="button-row problem-actions">
        <ActionButton
          page={page}
          name="retryNow"
          input={{ pairId: problem.pairId }}
          label="problems.try"
          about={problem.path ?? words.text('problems.wholeFolder')}
        />
        {isDesktop && problem.path !== null && (
          <ActionButton
            page={page}
            name="revealProblem"
            input={{ pairId: problem.pairId, problemId: problem.id }}
            label="problems.show"
            about={problem.path}
            isSilent
          />
        )}
        <Remedies page={page} problem={problem} />
      </span>
    </>
  );
}

/** Problems that a setting causes or ends, with the dialog that has it. */
const settingOf: ReadonlyMap<string, 'folder-settings' | 'choose-folders'> = new Map([
  ['local-read-only', 'folder-settings'],
  ['ignore-file-unread', 'folder-settings'],
  ['disk-full', 'choose-folders'],
  ['local-exhausted', 'choose-folders'],
  ['local-too-large', 'choose-folders'],
]);

function Remedies({ page, problem }: Pick<RowProps, 'page' | 'problem'>) {
  const { words } = useWording();
  const { pairId, path, code } = problem;
  const about = path ?? words.text('problems.wholeFolder');
  const setting = settingOf.get(code);
  // The rules that leave files out are in that file itself.
  const canIgnore = path !== null && code !== 'ignore-file-unread';
  return (
    <>
      {setting === 'folder-settings' && (
        <Button
          label="action.folderSettings"
          about={about}
          onPress={() => void openSettings(page, pairId)} // never rejects: ask() answers with a result
        />
      )}
      {setting === 'choose-folders' && (
        <Button
          label="action.chooseFolders"
          about={about}
          onPress={() => {
            page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'choose-folders', pairId } });
          }}
        />
      )}
      {canIgnore && (
        <Button
          label="problems.ignore"
          about={about}
          onPress={() => {
            page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'ignore-problem', pairId, problem } });
          }}
        />
      )}
    </>
  );
}
