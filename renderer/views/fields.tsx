// Form fields with label and hint: text, several lines, a choice, a switch.
import type { ReactNode } from 'react';
import { useWording } from './wording.tsx';

type FieldProps = {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** A path, an address, a rule: runs from left to right in every language. */
  readonly isCode?: boolean;
};

type Range = { readonly min: number; readonly max: number; readonly step: number };

/** `range`: of a number; the field is then one for numbers, and the form refuses any other. */
type TextProps = FieldProps & {
  readonly isRequired?: boolean;
  readonly range?: Range;
  /** What is wrong with the value; in place of the hint. */
  readonly problem?: string | undefined;
};

export function Field(props: TextProps) {
  const { id, label, hint, value, isRequired = false, range, problem, isCode = false, onChange } = props;
  return (
    <Labelled id={id} label={label} hint={hint} problem={problem}>
      <input
        id={id}
        className="field"
        type={range === undefined ? 'text' : 'number'}
        {...(range === undefined ? {} : { ...range, inputMode: 'decimal' as const })}
        dir={isCode ? 'ltr' : undefined}
        value={value}
        required={isRequired}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={hint === undefined ? undefined : hintId(id)}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Labelled>
  );
}

export function TextArea({ id, label, hint, value, isCode = false, onChange }: FieldProps) {
  return (
    <Labelled id={id} label={label} hint={hint}>
      <textarea
        id={id}
        className="field field-lines"
        rows={5}
        dir={isCode ? 'ltr' : undefined}
        value={value}
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : hintId(id)}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Labelled>
  );
}

type SelectProps = Omit<FieldProps, 'isCode'> & {
  readonly options: readonly {
    readonly value: string;
    readonly text: string;
    /** As in `FieldProps`. */
    readonly isCode?: boolean;
  }[];
};

export function Select({ id, label, hint, value, options, onChange }: SelectProps) {
  return (
    <Labelled id={id} label={label} hint={hint}>
      <select
        id={id}
        className="field"
        value={value}
        aria-describedby={hint === undefined ? undefined : hintId(id)}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} dir={option.isCode === true ? 'ltr' : undefined}>
            {option.text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

type SwitchProps = {
  readonly id: string;
  /** Catalogue key. */
  readonly label: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
};

export function Switch({ id, label, fields = {}, isOn, onChange }: SwitchProps) {
  const { words } = useWording();
  return (
    <label className="switch" htmlFor={id}>
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span>{words.text(label, fields)}</span>
    </label>
  );
}

type LabelledProps = Pick<FieldProps, 'id' | 'label'> & {
  readonly hint: string | undefined;
  readonly problem?: string | undefined;
  readonly children: ReactNode;
};

/** A field between its label and its hint. */
function Labelled({ id, label, hint, problem, children }: LabelledProps) {
  return (
    <div className="field-block">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p
          id={hintId(id)}
          className={problem === undefined ? 'muted field-hint' : 'field-hint field-problem'}
          aria-live="polite"
        >
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}

function hintId(id: string): string {
  return `${id}-hint`;
}
