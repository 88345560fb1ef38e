// Files: browser of the bucket with search, versions, share links and deleted files.
import { useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { FileEntry, PairView, Snapshot } from '../../../preload/contract.ts';
import { showName } from '../../../preload/locales/shown-name.ts';
import type { Page } from '../../state/use-page.ts';
import { Field, Select } from '../fields.tsx';
import { Icon } from '../icons.tsx';
import { LoadFailure } from '../load-failure.tsx';
import { MenuButton } from '../menu.tsx';
import type { MenuItem } from '../menu.tsx';
import { Button, Moment, Name } from '../parts.tsx';
import { openTrash } from '../folders/open-dialogs.ts';
import { VirtualList } from '../virtual-list.tsx';
import type { Arrival } from '../virtual-list.tsx';
import { useWording } from '../wording.tsx';
import { openVersions, shareLink } from './file-actions.ts';
import { useFiles } from './use-files.ts';

type FilesProps = { readonly page: Page; readonly snapshot: Snapshot };
type Crumb = { readonly id: string; readonly name: string };

export function FilesView({ page, snapshot }: FilesProps) {
  const { words } = useWording();
  const [chosen, setChosen] = useState('');
  const pair = snapshot.pairs.find(({ id }) => id === chosen) ?? snapshot.pairs[0];
  return (
    <>
      <div className="section-head view-head">
        <h1 id="files-title">{words.text('nav.files')}</h1>
        {pair !== undefined && (
          <Button
            label="action.trash"
            icon="bin"
            onPress={() => {
              void openTrash(page, pair.id); // never rejects: send() answers with a result
            }}
          />
        )}
      </div>
      <section className="card" aria-labelledby="files-title">
        {pair === undefined && <p className="empty-line">{words.text('pairs.empty.text')}</p>}
        {snapshot.pairs.length > 1 && pair !== undefined && (
          <Select
            id="files-pair"
            label={words.text('search.folder')}
            value={pair.id}
            options={snapshot.pairs.map(({ id, folderLabel }) => ({
              value: id,
              text: showName(folderLabel),
              isCode: true,
            }))}
            onChange={setChosen}
          />
        )}
        {pair !== undefined && (
          <Browser key={pair.id} page={page} pair={pair} isDesktop={snapshot.app.home === 'desktop'} />
        )}
      </section>
    </>
  );
}

type BrowserProps = { readonly page: Page; readonly pair: PairView; readonly isDesktop: boolean };

function Browser({ page, pair, isDesktop }: BrowserProps) {
  const { words } = useWording();
  const [text, setText] = useState('');
  const [crumbs, setCrumbs] = useState<readonly Crumb[]>([]);
  const found = useFiles(page, { pairId: pair.id, folderId: crumbs.at(-1)?.id ?? null, text });
  const isSearch = text.trim() !== '';
  const current = useRef<HTMLButtonElement>(null);
  const arrival = useRef<Arrival | null>(null);
  // Until the entries are there the focus waits on the folder's own name, which a folder without entries leaves it on.
  useLayoutEffect(() => {
    if (arrival.current !== null) current.current?.focus();
  }, [crumbs]);
  function go(to: readonly Crumb[], from: string | null): void {
    arrival.current = { from };
    setText('');
    setCrumbs(to);
  }
  return (
    <>
      <div role="search">
        <Field id="files-search" label={words.text('search.files')} value={text} onChange={setText} />
      </div>
      {!isSearch && <Crumbs pair={pair} crumbs={crumbs} current={current} onGo={go} />}
      {found.kind === 'failed' && <LoadFailure error={found.error} onRetry={found.retry} />}
      <p className={found.kind === 'loading' ? 'loading' : 'muted'} role="status">
        {found.kind === 'loading' && words.text('app.loading')}
        {found.kind === 'found' && words.text('files.count', { count: found.list.entries.length })}
        {found.kind === 'found' && found.list.isCut && ` ${words.text('files.cut')}`}
      </p>
      {isSearch && found.kind === 'found' && (
        <Button
          kind="quiet"
          label="files.deletedToo"
          icon="bin"
          onPress={() => {
            void openTrash(page, pair.id, text.trim()); // never rejects: ask() answers with a result
          }}
        />
      )}
      {found.kind === 'found' && found.list.entries.length > 0 && (
        <VirtualList
          key={crumbs.at(-1)?.id ?? ''}
          items={found.list.entries}
          label={words.text('nav.files')}
          keyOf={(entry) => entry.id}
          arrive={() => {
            const came = arrival.current;
            arrival.current = null;
            return came !== null && document.activeElement === current.current ? came : null;
          }}
          render={(entry) => (
            <Row
              page={page}
              pair={pair}
              entry={entry}
              isDesktop={isDesktop}
              isSearch={isSearch}
              onOpen={() => {
                const name = isSearch ? entry.path : entry.name;
                go([...(isSearch ? [] : crumbs), { id: entry.id, name }], null);
              }}
            />
          )}
        />
      )}
    </>
  );
}

type CrumbsProps = {
  readonly pair: PairView;
  readonly crumbs: readonly Crumb[];
  /** Button of the folder that is shown. */
  readonly current: RefObject<HTMLButtonElement | null>;
  /** `from`: id of the folder that is left on the way up. */
  readonly onGo: (crumbs: readonly Crumb[], from: string | null) => void;
};

function Crumbs({ pair, crumbs, current, onGo }: CrumbsProps) {
  const { words } = useWording();
  return (
    <nav aria-label={words.text('files.path')}>
      <ol className="crumbs">
        <li>
          <button
            type="button"
            className="link"
            ref={crumbs.length === 0 ? current : null}
            onClick={() => {
              onGo([], crumbs[0]?.id ?? null);
            }}
          >
            <Name>{pair.remoteLabel}</Name>
          </button>
        </li>
        {crumbs.map((crumb, index) => (
          <li key={crumb.id}>
            <button
              type="button"
              className="link"
              ref={index === crumbs.length - 1 ? current : null}
              aria-current={index === crumbs.length - 1 ? 'page' : undefined}
              onClick={() => {
                onGo(crumbs.slice(0, index + 1), crumbs[index + 1]?.id ?? null);
              }}
            >
              <Name>{crumb.name}</Name>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

type RowProps = BrowserProps & {
  readonly entry: FileEntry;
  readonly isSearch: boolean;
  readonly onOpen: () => void;
};

function Row({ page, pair, entry, isDesktop, isSearch, onOpen }: RowProps) {
  const { words, format } = useWording();
  const items = menuItems({ page, pair, entry, isDesktop });
  const facts = [
    ...(entry.bytes === null ? [] : [format.bytes(entry.bytes)]),
    words.text(`files.state.${entry.state}`),
  ];
  return (
    <>
      <Icon name={entry.kind === 'folder' ? 'folder' : 'file'} />
      <span title={showName(entry.path)}>
        {entry.kind === 'folder' ? (
          <button type="button" className="link line" onClick={onOpen}>
            <Name>{entry.name}</Name>
          </button>
        ) : (
          <span className="line line-main">
            <Name>{entry.name}</Name>
          </span>
        )}
        <span className="line line-sub">
          {isSearch && (
            <>
              <Name>{entry.path}</Name>
              {', '}
            </>
          )}
          {facts.join(', ')}
        </span>
      </span>
      <span className="virtual-end">
        {entry.modifiedMs !== null && (
          <span className="wide-only">
            <Moment atMs={entry.modifiedMs} />
          </span>
        )}
        {items.length > 0 && <MenuButton label="action.more" about={entry.name} items={items} />}
      </span>
    </>
  );
}

type ItemsOf = BrowserProps & { readonly entry: FileEntry };

function menuItems({ page, pair, entry, isDesktop }: ItemsOf): readonly MenuItem[] {
  const input = { pairId: pair.id, fileId: entry.id };
  // send() never rejects: every failure is a result.
  const reveal: MenuItem = {
    label: 'files.reveal',
    icon: 'folder',
    onPress: () => void page.send('revealFile', input, true),
  };
  const versions: MenuItem = {
    label: 'files.versions',
    icon: 'restore',
    onPress: () => void openVersions(page, pair.id, entry),
  };
  const share: MenuItem = {
    label: 'files.share',
    icon: 'link',
    onPress: () => void shareLink(page, pair.id, entry),
  };
  const isFile = entry.kind === 'file';
  return [
    ...(isDesktop ? [reveal] : []),
    ...(isFile ? [versions] : []),
    // A link is a secret that main puts on the clipboard of this computer.
    ...(isFile && isDesktop ? [share] : []),
  ];
}
