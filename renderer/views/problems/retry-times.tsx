// When something that failed is tried again, and since when it fails.
import { Moment } from '../parts.tsx';
import { useWording } from '../wording.tsx';

/** @param retryAtMs null: its user has to do something first */
export function RetryTimes({
  retryAtMs,
  sinceMs,
}: {
  readonly retryAtMs: number | null;
  readonly sinceMs: number;
}) {
  const { words, format, nowMs } = useWording();
  const retry =
    retryAtMs === null
      ? words.text('problems.retryUser')
      : retryAtMs <= nowMs
        ? words.text('problems.retryNow')
        : words.text('problems.retry', { when: format.relative(retryAtMs, nowMs) });
  return (
    <span className="muted">
      {retry}. <Moment atMs={sinceMs} sentence="problems.since" />
    </span>
  );
}
