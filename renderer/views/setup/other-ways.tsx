// Ways in without a profile: an AWS account of one's own, or nothing yet.
import type { Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { useWording } from '../wording.tsx';
import { OwnAccountForm } from './own-account.tsx';

type WaysProps = { readonly page: Page; readonly snapshot: Snapshot; readonly onProposed?: () => void };

export function OtherWays({ page, snapshot, onProposed }: WaysProps) {
  const { words } = useWording();
  return (
    <div>
      <details className="way">
        <summary>{words.text('own.title')}</summary>
        <OwnAccountForm
          page={page}
          canCopy={snapshot.app.home === 'desktop'}
          {...(onProposed === undefined ? {} : { onProposed })}
        />
      </details>
      <details className="way">
        <summary>{words.text('own.neither.title')}</summary>
        <div className="way-body">
          <p>{words.text('own.neither.text')}</p>
          <ul className="way-steps way-needs">
            <li>{words.text('own.neither.signIn')}</li>
            <li>{words.text('own.neither.store')}</li>
          </ul>
          <p className="muted">{words.text('own.neither.demo')}</p>
        </div>
      </details>
    </div>
  );
}
