// Fields for the limits of upload and download, in kB/s; empty for no limit.
import { Field } from '../fields.tsx';
import { useWording } from '../wording.tsx';

const KILO = 1000;

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
      <Field id={`${id}-up`} label={words.text('limits.up')} value={upload} isNumber onChange={onUpload} />
      <Field
        id={`${id}-down`}
        label={words.text('limits.down')}
        value={download}
        isNumber
        onChange={onDownload}
      />
    </div>
  );
}

export function kiloText(bytes: number | null): string {
  return bytes === null ? '' : String(Math.round(bytes / KILO));
}

/** An empty field is no limit. */
export function bytesOf(kilo: string): number | null {
  const value = Math.round(Number(kilo));
  return kilo.trim() === '' || !Number.isFinite(value) || value < 1 ? null : value * KILO;
}
