// Loads what the file browser shows: one folder, or what a search finds.
import { useEffect, useState } from 'react';
import type { Coded, FileList } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';

export type FilesWanted = {
  readonly pairId: string;
  readonly folderId: string | null;
  /** Part of a name; blank shows the folder. */
  readonly text: string;
};

export type Files =
  | { readonly kind: 'loading' }
  | { readonly kind: 'found'; readonly list: FileList }
  | { readonly kind: 'failed'; readonly error: Coded; readonly retry: () => void };

/** Typing asks once it rests. */
const SETTLE_MS = 200;

export function useFiles(page: Page, { pairId, folderId, text }: FilesWanted): Files {
  const { ask } = page;
  const wanted = text.trim();
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify([pairId, folderId, wanted, attempt]);
  const [files, setFiles] = useState<{ readonly key: string; readonly files: Files } | null>(null);
  useEffect(() => {
    let isWanted = true;
    async function load(): Promise<void> {
      const result =
        wanted === ''
          ? await ask('listFiles', { pairId, folderId })
          : await ask('searchFiles', { pairId, text: wanted });
      if (!isWanted) return;
      const found: Files = result.ok
        ? { kind: 'found', list: result.value }
        : {
            kind: 'failed',
            error: result.error,
            retry: () => {
              setAttempt((count) => count + 1);
            },
          };
      setFiles({ key, files: found });
    }
    const timer = setTimeout(() => void load(), wanted === '' ? 0 : SETTLE_MS); // never rejects: a bridge answers with a result
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [ask, key, pairId, folderId, wanted]);
  return files?.key === key ? files.files : { kind: 'loading' };
}
