// The way out of the network: proxy of all accounts, certificates of each.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { AccountView, AppSettings } from '../../../preload/contract.ts';
import { isProxyAddress, noProxy } from '../../../preload/proxy-address.ts';
import type { Page } from '../../state/use-page.ts';
import { Field, Select } from '../fields.tsx';
import { ActionButton, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type NetworkProps = {
  readonly page: Page;
  readonly settings: AppSettings;
  readonly accounts: readonly AccountView[];
  readonly isDesktop: boolean;
};

export function Network({ page, settings, accounts, isDesktop }: NetworkProps) {
  const { words } = useWording();
  // On loopback main has no dialog for a file.
  const shown = accounts.filter(({ authorities }) => isDesktop || authorities.length > 0);
  return (
    <section className="card" aria-labelledby="network-title">
      <h2 id="network-title">{words.text('network.title')}</h2>
      <Proxy page={page} proxy={settings.proxy} />
      {shown.length > 0 && (
        <>
          <h3 className="label">{words.text('network.certificates')}</h3>
          <p className="muted field-hint">{words.text('network.certificates.text')}</p>
          <ul className="row-list">
            {shown.map((account) => (
              <Certificates key={account.id} page={page} account={account} isDesktop={isDesktop} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

const ways = ['system', 'none', 'own'] as const;
type Way = (typeof ways)[number];

function wayOf(proxy: string | null): Way {
  if (proxy === null) return 'system';
  return proxy === noProxy ? 'none' : 'own';
}

function Proxy({ page, proxy }: { readonly page: Page; readonly proxy: string | null }) {
  const { words } = useWording();
  // Null shows the setting, also when another program changes it.
  const [chosen, setChosen] = useState<Way | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const way = chosen ?? wayOf(proxy);
  const address = (typed ?? (wayOf(proxy) === 'own' ? (proxy ?? '') : '')).trim();
  const isWrong = way === 'own' && typed !== null && !isProxyAddress(address);
  async function save(): Promise<void> {
    const wanted = way === 'system' ? null : way === 'none' ? noProxy : address;
    if (wanted === proxy) {
      page.dispatch({ kind: 'answered', text: 'settings.unchanged' });
      return;
    }
    if (!(await page.send('changeSettings', { proxy: wanted })).ok) return;
    setChosen(null);
    setTyped(null);
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (way === 'own' && !isProxyAddress(address)) setTyped(address);
    else void save(); // never rejects: send() answers with a result
  }
  return (
    <form className="form" onSubmit={submit}>
      <Select
        id="proxy"
        label={words.text('network.proxy')}
        value={way}
        options={ways.map((value) => ({ value, text: words.text(`network.proxy.${value}`) }))}
        onChange={(value) => {
          setChosen(ways.find((one) => one === value) ?? 'system');
        }}
      />
      {way === 'own' && (
        <Field
          id="proxy-address"
          label={words.text('network.proxy.address')}
          hint={words.text('network.proxy.hint')}
          problem={isWrong ? words.text('network.proxy.wrong') : undefined}
          value={typed ?? address}
          isCode
          onChange={setTyped}
        />
      )}
      <div className="button-row">
        <button type="submit" className="button button-plain">
          {words.text('network.proxy.save')}
        </button>
      </div>
    </form>
  );
}

type CertificateProps = Pick<NetworkProps, 'page' | 'isDesktop'> & { readonly account: AccountView };

function Certificates({ page, account, isDesktop }: CertificateProps) {
  const { words } = useWording();
  const { authorities } = account;
  return (
    <li className="account-setting">
      <span className="row-main">
        <Name>{account.label}</Name>
        {authorities.length === 0 ? (
          <span className="muted">{words.text('network.certificates.none')}</span>
        ) : (
          authorities.map((name, index) => (
            <span key={`${String(index)} ${name}`} className="muted">
              {words.text('network.certificates.trusts')} <Name>{name}</Name>
            </span>
          ))
        )}
      </span>
      {isDesktop && (
        <ActionButton
          page={page}
          name="chooseAuthorities"
          input={{ accountId: account.id }}
          label="network.certificates.choose"
          about={account.label}
          kind="quiet"
          isSilent
        />
      )}
      {authorities.length > 0 && (
        <ActionButton
          page={page}
          name="forgetAuthorities"
          input={{ accountId: account.id }}
          label="network.certificates.forget"
          about={account.label}
          kind="quiet"
          isSilent
        />
      )}
    </li>
  );
}
