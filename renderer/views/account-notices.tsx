// Warnings about a working account: excessive access, wrong clock.
import type { AccountView, IsolationView } from '../../preload/contract.ts';
import { Icon } from './icons.tsx';
import { Name } from './parts.tsx';
import { useWording } from './wording.tsx';

export function AccountNotices({ accounts }: { readonly accounts: readonly AccountView[] }) {
  return accounts.map((account) => <AccountNotice key={account.id} account={account} />);
}

function AccountNotice({ account }: { readonly account: AccountView }) {
  const { isolation } = account;
  const isWide = isolation.verdict === 'reaches-more' || isolation.verdict === 'whole-bucket';
  return (
    <>
      {isWide && <WideRole account={account} />}
      {account.clockOffsetMs !== null && <WrongClock offsetMs={account.clockOffsetMs} />}
    </>
  );
}

function WideRole({ account }: { readonly account: AccountView }) {
  const { words } = useWording();
  const { isolation, label } = account;
  return (
    <section className="callout callout-attention callout-top" aria-labelledby={`isolation-${account.id}`}>
      <Icon name="shield" />
      <div>
        <h2 className="callout-title" id={`isolation-${account.id}`}>
          <Name>{label}</Name>: {words.text(`isolation.${isolation.verdict}.title`)}
        </h2>
        <p>{words.text(`isolation.${isolation.verdict}.text`, { prefix: isolation.prefix })}</p>
        <Reached isolation={isolation} />
        <p>{words.text('isolation.advice')}</p>
      </div>
    </section>
  );
}

function Reached({ isolation }: { readonly isolation: IsolationView }) {
  const { words } = useWording();
  if (isolation.reached.length === 0) return null;
  return (
    <ul className="bullets" aria-label={words.text('isolation.reached')}>
      {isolation.reached.map(({ place, action }) => (
        <li key={`${place} ${action}`}>
          {words.text(`isolation.action.${action}`, { place: words.text(`isolation.place.${place}`) })}
        </li>
      ))}
    </ul>
  );
}

function WrongClock({ offsetMs }: { readonly offsetMs: number }) {
  const { words, format } = useWording();
  const duration = format.duration(Math.abs(offsetMs) / 1000);
  return (
    <p className="callout callout-attention">
      <Icon name="clock" />
      <span>{words.text(offsetMs > 0 ? 'clock.behind' : 'clock.ahead', { duration })}</span>
    </p>
  );
}
