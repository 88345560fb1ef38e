// Shared components: names, points in time, buttons, expandable lists.
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Input, Output, RequestName } from '../../preload/contract.ts';
import { showName } from '../../preload/locales/shown-name.ts';
import { requestKey } from '../state/use-page.ts';
import type { Page } from '../state/use-page.ts';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { useWording } from './wording.tsx';

/** Between the names of a path or an address. */
const separator = /([/\\])/;

/**
 * A name from outside: escaped, and kept from reordering the words around it. A path or an address runs from left to right
 * in every language, and so do its parts, each of which keeps to its own direction.
 */
export function Name({ children, className = 'name' }: NameProps) {
  const shown = showName(children);
  if (!separator.test(shown)) return <bdi className={className}>{shown}</bdi>;
  return (
    <bdi className={className} dir="ltr">
      {isMixed(shown) ? shown.split(separator).map((part, at) => isolated(part, at)) : shown}
    </bdi>
  );
}

type NameProps = { readonly children: string; readonly className?: string };

/** Letters from right to left would draw the parts of a path on both sides of a separator to one run, in reverse. */
function isMixed(shown: string): boolean {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(shown);
}

function isolated(part: string, at: number): ReactNode {
  return separator.test(part) ? part : <bdi key={at}>{part}</bdi>;
}

/** File name first and emphasised, then its folder. */
export function PathName({ path }: { readonly path: string }) {
  const whole = path.replace(/\/$/, '');
  const cut = whole.lastIndexOf('/');
  return (
    <span className="path" title={showName(path)}>
      <Name className="path-name">{whole.slice(cut + 1)}</Name>
      {cut > 0 && <Name className="path-folder">{whole.slice(0, cut)}</Name>}
    </span>
  );
}

/** `sentence` is the key of a text around the moment, which goes into its `{when}`. */
export function Moment({ atMs, sentence }: { readonly atMs: number; readonly sentence?: string }) {
  const { words, format, nowMs } = useWording();
  const when = format.relative(atMs, nowMs);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={format.full(atMs)}>
      {sentence === undefined ? when : words.text(sentence, { when })}
    </time>
  );
}

type ButtonKind = 'primary' | 'plain' | 'quiet' | 'danger';

type ActionProps<N extends RequestName> = {
  readonly page: Page;
  readonly name: N;
  readonly input: Input<N>;
  /** Key of the button's word. */
  readonly label: string;
  /** Object of the action, for screen readers that read buttons out of context. */
  readonly about?: string;
  readonly kind?: ButtonKind;
  readonly icon?: IconName;
  readonly fields?: Readonly<Record<string, string | number>>;
  readonly onDone?: (value: Output<N>) => void;
  /** What it does is seen at once, so that nothing needs to be said. */
  readonly isSilent?: boolean;
  /** In place of `label`'s word, where the words come ready. */
  readonly text?: string;
};

/** A button that sends one request. It stays focusable while the request is under way, so that the keyboard keeps its place. */
export function ActionButton<N extends RequestName>(props: ActionProps<N>) {
  const { page, name, input, onDone, isSilent = false } = props;
  const isBusy = page.state.busy.includes(requestKey(name, input));
  async function press(): Promise<void> {
    const result = await page.send(name, input, isSilent);
    if (result.ok) onDone?.(result.value);
  }
  return <Button {...props} isBusy={isBusy} onPress={() => void press()} />; // send() never rejects
}

type ButtonProps = {
  readonly label: string;
  readonly about?: string;
  readonly kind?: ButtonKind;
  readonly icon?: IconName;
  readonly fields?: Readonly<Record<string, string | number>>;
  readonly isBusy?: boolean;
  /** In place of `label`'s word, where the words come ready. */
  readonly text?: string;
  readonly onPress: () => void;
};

export function Button({
  label,
  about,
  kind = 'plain',
  icon,
  fields = {},
  isBusy = false,
  text: ready,
  onPress,
}: ButtonProps) {
  const { words } = useWording();
  const text = ready ?? words.text(label, fields);
  return (
    <button
      type="button"
      className={`button button-${kind}`}
      aria-label={about === undefined ? undefined : words.text('action.for', { action: text, name: about })}
      aria-disabled={isBusy}
      onClick={isBusy ? undefined : onPress}
    >
      {icon !== undefined && <Icon name={icon} />}
      {text}
    </button>
  );
}

type IconButtonProps = {
  readonly label: string;
  readonly about: string;
  readonly icon: IconName;
  readonly onPress: () => void;
};

/** For lists, where the words of each row's button would drown the rows. */
export function IconButton({ label, about, icon, onPress }: IconButtonProps) {
  const { words } = useWording();
  const text = words.text(label);
  return (
    <button
      type="button"
      className="button button-quiet"
      aria-label={words.text('action.for', { action: text, name: about })}
      title={text}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

type UnfoldingProps<T> = {
  readonly items: readonly T[];
  readonly shown: number;
  readonly className: string;
  /** Of the list, for those who hear it. */
  readonly label: string;
  readonly render: (item: T) => ReactNode;
};

/** List that shows its first items and expands on demand. `render` gives each item its key. */
export function UnfoldingList<T>({ items, shown, className, label, render }: UnfoldingProps<T>) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ul className={className} aria-label={label}>
        {(isOpen ? items : items.slice(0, shown)).map(render)}
      </ul>
      {items.length > shown && (
        <Button
          kind="quiet"
          label={isOpen ? 'action.showFewer' : 'action.showAll'}
          fields={{ count: items.length }}
          onPress={() => {
            setOpen(!isOpen);
          }}
        />
      )}
    </>
  );
}
