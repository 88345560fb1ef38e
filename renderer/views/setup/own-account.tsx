// Form for an AWS account of one's own: checked fields, template, review.
import { useEffect, useState } from 'react';
import type { OwnAccount, OwnCheck } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Field, Switch } from '../fields.tsx';
import { ActionButton } from '../parts.tsx';
import { useWording } from '../wording.tsx';

/** Where the sign-in returns to on this computer; a native application may use any port (RFC 8252, 7.3). */
const REDIRECT_ADDRESS = 'http://127.0.0.1/callback';
/** Typing asks once it rests. */
const SETTLE_MS = 200;
const fieldNames = ['issuer', 'clientId', 'awsAccount', 'region', 'bucket', 'subject'] as const;

const nothing: OwnAccount = {
  issuer: '',
  clientId: '',
  awsAccount: '',
  bucket: '',
  region: '',
  subject: '',
  isEveryone: false,
};

type FormProps = {
  readonly page: Page;
  /** Main puts the template on the clipboard; elsewhere it is selected by hand. */
  readonly canCopy: boolean;
  readonly onProposed?: () => void;
};

export function OwnAccountForm({ page, canCopy, onProposed }: FormProps) {
  const { words } = useWording();
  const [typed, setTyped] = useState(nothing);
  const check = useCheck(page, typed);
  return (
    <div className="way-body">
      <ol className="way-steps">
        <li>{words.text('own.step.app', { address: REDIRECT_ADDRESS })}</li>
        <li>{words.text('own.step.fields')}</li>
        <li>{words.text('own.step.stack')}</li>
        <li>{words.text('own.step.connect')}</li>
      </ol>
      {fieldNames.map((name) => {
        const problem = problemOf(typed, check, name);
        return (
          <Field
            key={name}
            id={`own-${name}`}
            label={words.text(`own.${name}`)}
            hint={words.text(`own.${name}.hint`)}
            value={typed[name]}
            problem={problem === null ? undefined : words.text(`own.problem.${problem}`)}
            isCode
            onChange={(value) => {
              setTyped({ ...typed, [name]: value });
            }}
          />
        );
      })}
      <Switch
        id="own-everyone"
        label="own.everyone"
        isOn={typed.isEveryone}
        onChange={(isEveryone) => {
          setTyped({ ...typed, isEveryone });
        }}
      />
      {check !== null && check.template !== null && (
        <>
          <Template text={check.template} />
          <div className="button-row">
            {canCopy && <ActionButton page={page} name="copyOwnTemplate" input={typed} label="own.copy" />}
            <ActionButton
              page={page}
              name="proposeOwnAccount"
              input={typed}
              label="own.connect"
              kind="primary"
              isSilent
              {...(onProposed === undefined ? {} : { onDone: onProposed })}
            />
          </div>
        </>
      )}
    </div>
  );
}

/** Reason, by its code, of what is wrong with a field. An empty one is not wrong yet, unless all others are filled in. */
function problemOf(
  typed: OwnAccount,
  check: OwnCheck | null,
  name: (typeof fieldNames)[number],
): string | null {
  const problems = check?.problems ?? [];
  const found = problems.find(({ field }) => field === name);
  const isLast = problems.length === 1 && name === 'subject';
  return found === undefined || (typed[name].trim() === '' && !isLast) ? null : found.why;
}

/** Verdict on what is typed; that of the text before stays until the next is there. */
function useCheck({ ask }: Page, typed: OwnAccount): OwnCheck | null {
  const [check, setCheck] = useState<OwnCheck | null>(null);
  useEffect(() => {
    let isWanted = true;
    async function load(): Promise<void> {
      const result = await ask('checkOwnAccount', typed);
      if (isWanted && result.ok) setCheck(result.value);
    }
    const timer = setTimeout(() => void load(), SETTLE_MS); // never rejects: a bridge answers with a result
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [ask, typed]);
  return check;
}

function Template({ text }: { readonly text: string }) {
  const { words } = useWording();
  return (
    <section aria-labelledby="own-template">
      <h3 id="own-template" className="label">
        {words.text('own.template')}
      </h3>
      <div
        className="preview preview-text way-template"
        role="region"
        tabIndex={0}
        aria-labelledby="own-template"
      >
        <pre dir="ltr">{text}</pre>
      </div>
    </section>
  );
}
