// Overview: status, warnings, folders and the newest activity.
import type { Snapshot } from '../../preload/contract.ts';
import type { Page } from '../state/use-page.ts';
import { AccountNotices } from './account-notices.tsx';
import { RecentActivity } from './activity/activity-list.tsx';
import { PairList } from './folders/pair-list.tsx';
import { Status } from './folders/status.tsx';

type OverviewProps = { readonly page: Page; readonly snapshot: Snapshot; readonly isWelcome: boolean };

/** @param isWelcome no user is signed in: the welcome above it says so instead of the status */
export function OverviewView({ page, snapshot, isWelcome }: OverviewProps) {
  return (
    <>
      {!isWelcome && <Status page={page} snapshot={snapshot} />}
      <AccountNotices accounts={snapshot.accounts} />
      <div className="columns">
        <div className="column-wide">
          <PairList page={page} snapshot={snapshot} />
        </div>
        <div className="column-narrow">
          <RecentActivity page={page} snapshot={snapshot} />
        </div>
      </div>
    </>
  );
}
