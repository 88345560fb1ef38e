// Table of everything a profile sets: name, exact value, meaning.
import type { ProposalView } from '../../../preload/contract.ts';
import { Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type Fact = ProposalView['facts'][number];

const groups: readonly Fact['group'][] = ['sign-in', 'access', 'storage'];

/** Facts whose values come from the catalogue. */
const worded: readonly string[] = ['exchange', 'pathStyle', 'store'];

export function ProposalFacts({ proposal }: { readonly proposal: ProposalView }) {
  const { words } = useWording();
  return groups.map((group) => (
    <section key={group} aria-labelledby={`facts-${group}`}>
      <h2 id={`facts-${group}`}>{words.text(`facts.${group}`)}</h2>
      <dl className="facts-table">
        {proposal.facts
          .filter((fact) => fact.group === group)
          .map((fact) => (
            <FactRow
              key={`${fact.name} ${fact.value}`}
              fact={fact}
              isForeign={proposal.hostsToType.some((host) => namesHost(fact, host))}
            />
          ))}
      </dl>
    </section>
  ));
}

/** The host of a store may have the bucket before it. */
function namesHost({ name, value }: Fact, host: string): boolean {
  if (!URL.canParse(value)) return false;
  const { hostname } = new URL(value);
  return hostname === host || (name === 's3Endpoint' && host.endsWith(`.${hostname}`));
}

function FactRow({ fact, isForeign }: { readonly fact: Fact; readonly isForeign: boolean }) {
  const { words, format } = useWording();
  return (
    <div className="fact">
      <dt>{words.text(`fact.${fact.name}`)}</dt>
      <dd>
        {worded.includes(fact.name) ? (
          <span>{words.text(`value.${fact.value}`)}</span>
        ) : fact.name === 'durationSeconds' ? (
          <span>{format.span(Number(fact.value))}</span>
        ) : (
          <Name className="fact-value">{fact.value}</Name>
        )}
        <span className="muted">{words.text(`fact.${fact.name}.text`)}</span>
        {isForeign && <span className="fact-warning">{words.text('proposal.foreign')}</span>}
      </dd>
    </div>
  );
}
