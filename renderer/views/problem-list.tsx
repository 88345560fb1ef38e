// List of problems: path, reason, next retry. Hidden if empty.
import type { ProblemView, Snapshot } from '../../preload/contract.ts';
import { Icon } from './icons.tsx';
import { Moment, PathName, UnfoldingList } from './parts.tsx';
import { useWording } from './wording.tsx';

const SHOWN = 5;

export function ProblemList({ snapshot }: { readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const { problems, pairs } = snapshot;
  if (problems.length === 0) return null;
  const more = pairs.reduce((sum, pair) => sum + pair.problemCount, 0) - problems.length;
  return (
    <section className="card tone-attention" aria-labelledby="problems-title">
      <h2 id="problems-title">{words.text('problems.title')}</h2>
      <UnfoldingList
        items={problems}
        shown={SHOWN}
        className="row-list"
        label={words.text('problems.title')}
        render={(problem) => (
          <ProblemRow key={`${problem.pairId} ${problem.code} ${problem.path ?? ''}`} problem={problem} />
        )}
      />
      {more > 0 && <p className="muted">{words.text('problems.more', { count: more })}</p>}
    </section>
  );
}

function ProblemRow({ problem }: { readonly problem: ProblemView }) {
  const { words, format, nowMs } = useWording();
  const { retryAtMs } = problem;
  const wholeFolder = ({ fields }: ProblemView): string => {
    const { count, bytes } = fields;
    return typeof count === 'number' && typeof bytes === 'number'
      ? words.text('problems.files', { count, bytes: format.bytes(bytes) })
      : words.text('problems.wholeFolder');
  };
  const retry =
    retryAtMs === null
      ? words.text('problems.retryUser')
      : retryAtMs <= nowMs
        ? words.text('problems.retryNow')
        : words.text('problems.retry', { when: format.relative(retryAtMs, nowMs) });
  return (
    <li className="row">
      <Icon name="alert" />
      <span className="row-main">
        {problem.path === null ? <strong>{wholeFolder(problem)}</strong> : <PathName path={problem.path} />}
        <span>{words.coded('error', problem.code, problem.fields)}</span>
        <span className="muted">
          {retry}. <Moment atMs={problem.sinceMs} sentence="problems.since" />
        </span>
      </span>
    </li>
  );
}
