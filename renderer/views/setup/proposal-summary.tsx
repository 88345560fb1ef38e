// Profile in a few sentences: where the user signs in, where the files go.
import type { ProposalView } from '../../../preload/contract.ts';
import { useWording } from '../wording.tsx';

/** The folder on this computer stands below, where it can be changed. */
export function ProposalSummary({ proposal }: { readonly proposal: ProposalView }) {
  const { words } = useWording();
  const { issuerHost: issuer, bucket, facts } = proposal;
  const host = hostOf(facts.find(({ name }) => name === 's3Endpoint')?.value ?? '');
  return (
    <ul className="bullets">
      <li>{words.text('proposal.who', { issuer })}</li>
      <li>
        {host === null
          ? words.text('proposal.where', { bucket })
          : words.text('proposal.whereAt', { bucket, host })}
      </li>
    </ul>
  );
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}
