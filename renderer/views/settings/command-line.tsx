// The command line beside the app: what installing writes, and its removal.
import type { AppSettings } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { ActionButton, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type Tool = Exclude<AppSettings['commandLine'], null>;

export function CommandLine({ page, tool }: { readonly page: Page; readonly tool: Tool }) {
  const { words } = useWording();
  return (
    <section className="card" aria-labelledby="command-line-title">
      <h2 id="command-line-title">{words.text('commandLine.title')}</h2>
      {tool.state === 'occupied' ? (
        <PathLine label="commandLine.occupied" path={tool.file} />
      ) : (
        <>
          <p>{words.text(`commandLine.${tool.state}`)}</p>
          <PathLine label="commandLine.file" path={tool.file} />
          <PathLine label="commandLine.program" path={tool.program} />
          {tool.copy !== null && <PathLine label="commandLine.copy" path={tool.copy} />}
          {tool.state === 'installed' && !tool.isOnPath && (
            <p className="muted">{words.text('commandLine.notOnPath')}</p>
          )}
          <ActionButton
            page={page}
            name="changeSettings"
            input={{ commandLine: tool.state === 'installed' ? 'remove' : 'install' }}
            label={tool.state === 'installed' ? 'commandLine.remove' : 'commandLine.install'}
            isSilent
          />
        </>
      )}
    </section>
  );
}

function PathLine({ label, path }: { readonly label: string; readonly path: string }) {
  const { words } = useWording();
  return (
    <p className="muted">
      {words.text(label)} <Name>{path}</Name>
    </p>
  );
}
