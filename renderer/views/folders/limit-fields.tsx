// Fields for the limits of upload and download, in kB/s; empty for no limit.
import { Field } from '../fields.tsx';
import { useWording } from '../wording.tsx';

const KILO = 1000;
/** The bounds of the contract's `rateLimit`, in kB/s. */
const RANGE = { min: 1, max: 10_000_000, step: 0.001 };

type LimitProps = {
  /** Start of both fields' ids. */
  readonly id: string;
  readonly upload: string;
  readonly download: string;
  readonly onUpload: (kilo: string) => void;
  readonly onDownload: (kilo: string) => void;
};

export function LimitFields({ id, upload, download, onUpload, onDownload }: LimitProps) {
  const { words } = useWording();
  return (
    <div className="field-pair">
      <Field
        id={`${id}-up`}
        label={words.text('limits.up')}
        value={upload}
        range={RANGE}
        onChange={onUpload}
      />
      <Field
        id={`${id}-down`}
        label={words.text('limits.down')}
        value={download}
        range={RANGE}
        onChange={onDownload}
      />
    </div>
  );
}

/** A limit as its field shows it: exact to the byte, so that what is read and written again is the same. */
export function limitText(bytes: number | null): string {
  return bytes === null ? '' : String(bytes / KILO);
}

/** @param typed in kB/s, empty for no limit; null where the field was not touched */
export function limitChange<K extends string>(
  name: K,
  typed: string | null,
  before: number | null,
): Partial<Record<K, number | null>> {
  if (typed === null) return {};
  const after = typed.trim() === '' ? null : Math.round(Number(typed) * KILO);
  return after === before ? {} : ({ [name]: after } as Record<K, number | null>);
}
