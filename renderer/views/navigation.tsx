// Navigation: the app's views as tabs, with a count where something needs attention.
import { useRef } from 'react';
import type { KeyboardEvent } from 'react';
import type { Snapshot } from '../../preload/contract.ts';
import { viewNames } from '../state/page-state.ts';
import type { ViewName } from '../state/page-state.ts';
import type { Page } from '../state/use-page.ts';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { conflictTotal } from './problems/conflict-list.tsx';
import { problemTotal } from './problems/problem-list.tsx';
import { failedFolderTotal } from './problems/stopped-folders.tsx';
import { useWording } from './wording.tsx';

const viewIcons: Readonly<Record<ViewName, IconName>> = {
  overview: 'home',
  files: 'folder',
  activity: 'clock',
  problems: 'alert',
  settings: 'gear',
};

/** Follows the ARIA tabs pattern: one stop for Tab, arrow keys move and select. */
export function Navigation({ page, snapshot }: { readonly page: Page; readonly snapshot: Snapshot }) {
  const { words } = useWording();
  const list = useRef<HTMLDivElement>(null);
  const counts: Partial<Record<ViewName, number>> = {
    overview: snapshot.pairs.reduce((sum, pair) => sum + pair.guards.length, 0),
    problems: problemTotal(snapshot) + conflictTotal(snapshot) + failedFolderTotal(snapshot),
  };
  function press(event: KeyboardEvent<HTMLDivElement>): void {
    const to = neighbour(event.key, page.state.view);
    if (to === null) return;
    event.preventDefault();
    page.dispatch({ kind: 'viewOpened', view: to });
    list.current?.querySelector<HTMLElement>(`#tab-${to}`)?.focus();
  }
  return (
    <nav className="navigation" aria-label={words.text('nav.title')}>
      <div ref={list} className="tabs" role="tablist" aria-label={words.text('nav.title')} onKeyDown={press}>
        {viewNames.map((view) => (
          <Tab key={view} page={page} view={view} count={counts[view] ?? 0} />
        ))}
      </div>
    </nav>
  );
}

/** Larger counts are shown as this with a plus: five digits leave no room for the name of the view. */
const MAX_SHOWN = 999;
/** Counts of three digits leave a long name too little room; such a tab has less space around them. */
const THREE_DIGITS = 100;

type TabProps = { readonly page: Page; readonly view: ViewName; readonly count: number };

function Tab({ page, view, count }: TabProps) {
  const { words, format } = useWording();
  const isShown = page.state.view === view;
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${view}`}
      className={count < THREE_DIGITS ? 'tab' : 'tab tab-crowded'}
      aria-selected={isShown}
      aria-controls="view"
      tabIndex={isShown ? 0 : -1}
      onClick={() => {
        page.dispatch({ kind: 'viewOpened', view });
      }}
    >
      <Icon name={viewIcons[view]} />
      <span className="tab-text">{words.text(`nav.${view}`)}</span>
      {count > 0 && (
        <span className="tab-count">
          {format.number(Math.min(count, MAX_SHOWN))}
          {count > MAX_SHOWN && '+'}
        </span>
      )}
    </button>
  );
}

/** View that a key moves to, wrapping at both ends; null for any other key. */
function neighbour(key: string, view: ViewName): ViewName | null {
  const at = viewNames.indexOf(view);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowRight: at + 1,
    ArrowUp: at - 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: viewNames.length - 1,
  };
  const to = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return to === undefined ? null : (viewNames[(to + viewNames.length) % viewNames.length] ?? null);
}
