// Input of a connection profile: chosen or dropped file, or pasted link.
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { ChangeEvent, SubmitEvent } from 'react';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Page } from '../../state/use-page.ts';
import { requestKey } from '../../state/use-page.ts';
import { Icon } from '../icons.tsx';
import { Button } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type SourcesProps = { readonly page: Page; readonly onProposed?: () => void };

export function SetupSources({ page, onProposed }: SourcesProps) {
  const { words } = useWording();

  async function propose(source: 'link' | 'file', text: string): Promise<void> {
    if (text.length > LIMITS.profileChars) {
      refuse();
      return;
    }
    const result = await page.send('proposeProfile', { source, text }, true);
    if (result.ok) onProposed?.();
  }
  function refuse(): void {
    page.dispatch({ kind: 'requestFailed', key: '', error: { code: 'profile-too-large', fields: {} } });
  }
  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    // Without reading it: what is dropped by mistake may be a film.
    if (file.size > 4 * LIMITS.profileChars) refuse();
    else await propose('file', await file.text());
  }
  function drop(dropped: DataTransfer | null): void {
    const text = dropped?.getData('text/plain').trim() ?? '';
    if (text.startsWith('driftless:'))
      void propose('link', text); // never rejects: send() answers with a result
    else void take(dropped?.files[0]); // as above
  }
  const isOver = useDrop(drop);
  return (
    <div className="setup-sources" data-over={isOver}>
      <FileChoice onFile={(file) => void take(file)} />
      <p className="muted setup-or">{words.text('setup.or')}</p>
      <LinkField page={page} onLink={(link) => void propose('link', link)} />
    </div>
  );
}

/** Anywhere on the page: what misses a smaller target would take the tab away to the file, and its access with it. */
function useDrop(onDrop: (dropped: DataTransfer | null) => void): boolean {
  const [isOver, setOver] = useState(false);
  const handle = useEffectEvent(onDrop);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      // Moving between two elements does not leave the page.
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      handle(event.dataTransfer);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}

function FileChoice({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const { words } = useWording();
  const field = useRef<HTMLInputElement>(null);
  function choose(event: ChangeEvent<HTMLInputElement>): void {
    onFile(event.target.files?.[0]);
    // The same file once more is a choice too.
    event.target.value = '';
  }
  return (
    <div className="setup-file">
      <Icon name="file" />
      <p>{words.text('setup.drop')}</p>
      <Button label="setup.choose" kind="primary" onPress={() => field.current?.click()} />
      <input
        ref={field}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={words.text('setup.choose')}
        onChange={choose}
      />
    </div>
  );
}

function LinkField({ page, onLink }: { readonly page: Page; readonly onLink: (link: string) => void }) {
  const { words } = useWording();
  const [link, setLink] = useState('');
  const text = link.trim();
  const isBusy = page.state.busy.includes(requestKey('proposeProfile', { source: 'link', text }));
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (text !== '' && !isBusy) onLink(text);
  }
  return (
    <form className="setup-link" onSubmit={submit}>
      <label htmlFor="setup-link">{words.text('setup.link')}</label>
      <div className="field-row">
        <input
          id="setup-link"
          className="field"
          type="text"
          dir="ltr"
          value={link}
          placeholder="driftless://connect?profile=…"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setLink(event.target.value);
          }}
        />
        <button type="submit" className="button button-plain" aria-disabled={isBusy || text === ''}>
          {words.text('setup.show')}
        </button>
      </div>
    </form>
  );
}
