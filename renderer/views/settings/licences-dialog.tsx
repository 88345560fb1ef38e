// Dialog with the licences of the packages inside the app, each with its text.
import { useEffect, useState } from 'react';
import type { Coded, Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, Dialog } from '../dialog.tsx';
import { useWording } from '../wording.tsx';
import type { PackageLicence, PackageLicences } from './package-licences.ts';

const unreachable: Coded = { code: 'not-reachable', fields: {} };

export function LicencesDialog({ page, app }: { readonly page: Page; readonly app: Snapshot['app'] }) {
  const { words } = useWording();
  const [licences, setLicences] = useState<PackageLicences | null>(null);
  const [failure, setFailure] = useState<Coded | undefined>(undefined);
  const [attempt, setAttempt] = useState(1);
  useEffect(() => {
    import('./package-licences.ts').then(
      (loaded) => {
        setLicences(loaded.licences);
      },
      () => {
        // The engine that serves the page has ended.
        setFailure(unreachable);
      },
    );
  }, [attempt]);
  return (
    <Dialog title={words.text('licences.title')} subtitle={words.text('licences.text')} page={page}>
      <Awaited
        isThere={licences !== null}
        failure={failure}
        loading="app.loading"
        onRetry={() => {
          setFailure(undefined);
          setAttempt(attempt + 1);
        }}
      />
      {licences !== null && (
        <>
          {app.home === 'desktop' && <p className="muted">{words.text('licences.electron')}</p>}
          <ul className="licences">
            {licences.packages.map((one) => (
              <li key={`${one.name} ${one.version} ${String(one.text)}`}>
                <Licence one={one} text={licences.texts[one.text] ?? ''} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

function Licence({ one, text }: { readonly one: PackageLicence; readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="way"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        <bdi>{`${one.name} ${one.version}`}</bdi>
        <span className="muted licence-kind">
          <bdi>{one.license}</bdi>
        </span>
      </summary>
      {/* As many copies as there are packages would slow the page down. */}
      {isOpen && (
        <pre className="preview preview-text licence-text" dir="ltr" tabIndex={0}>
          {text}
        </pre>
      )}
    </details>
  );
}
