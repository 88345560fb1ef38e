// Folders that wait as a whole, each with its reason: none of their files need have a problem.
import type { PairView, Snapshot } from '../../../preload/contract.ts';
import { Icon } from '../icons.tsx';
import { Guards } from '../folders/pair-list.tsx';
import { ActionButton, Name } from '../parts.tsx';
import type { Page } from '../../state/use-page.ts';
import { useWording } from '../wording.tsx';
import { RetryTimes } from './retry-times.tsx';

export function stoppedFolders({ pairs }: Snapshot): readonly PairView[] {
  return pairs.filter(({ standing, guards }) => standing !== null || guards.length > 0);
}

/** Those that an error stopped; being offline is none, and a question is counted in the overview. */
export function failedFolderTotal({ pairs }: Snapshot): number {
  return pairs.filter(({ standing, state }) => standing !== null && state === 'attention').length;
}

export function StoppedFolders({
  page,
  pairs,
}: {
  readonly page: Page;
  readonly pairs: readonly PairView[];
}) {
  const { words } = useWording();
  return (
    <section className="card tone-attention" aria-labelledby="stopped-title">
      <h2 id="stopped-title">{words.text('stopped.title')}</h2>
      <ul className="row-list" aria-labelledby="stopped-title">
        {pairs.map((pair) => (
          <StoppedFolder key={pair.id} page={page} pair={pair} />
        ))}
      </ul>
    </section>
  );
}

function StoppedFolder({ page, pair }: { readonly page: Page; readonly pair: PairView }) {
  const { words } = useWording();
  const { standing } = pair;
  return (
    <li className="row">
      <Icon name={pair.state === 'offline' ? 'offline' : 'alert'} />
      <span className="row-main">
        <Name className="path-name">{pair.folderLabel}</Name>
        {standing !== null && (
          <>
            <span>{words.coded('notice', standing.code, fieldsOf(pair, standing.code))}</span>
            <RetryTimes retryAtMs={standing.retryAtMs} sinceMs={standing.sinceMs} />
          </>
        )}
        <Guards page={page} pair={pair} />
      </span>
      {standing !== null && (
        <span className="button-row problem-actions">
          <ActionButton
            page={page}
            name="retryNow"
            input={{ pairId: pair.id }}
            label="problems.try"
            about={pair.folderLabel}
          />
        </span>
      )}
    </li>
  );
}

/** The same reason stands on the folder's card, with what it names. */
function fieldsOf({ notices }: PairView, code: string): PairView['notices'][number]['fields'] {
  return notices.find((notice) => notice.code === code)?.fields ?? {};
}
