// Choice of one folder whose entries a list shows, or of all; nothing where there is one folder only.
import type { Snapshot } from '../../../preload/contract.ts';
import { showName } from '../../../preload/locales/shown-name.ts';
import { Select } from '../fields.tsx';
import { useWording } from '../wording.tsx';

type FolderFilterProps = {
  readonly id: string;
  readonly pairs: Snapshot['pairs'];
  /** Empty for all. */
  readonly pairId: string;
  readonly onChange: (pairId: string) => void;
};

export function FolderFilter({ id, pairs, pairId, onChange }: FolderFilterProps) {
  const { words } = useWording();
  if (pairs.length < 2) return null;
  const folders = pairs.map((pair) => ({ value: pair.id, text: showName(pair.folderLabel), isCode: true }));
  return (
    <Select
      id={id}
      label={words.text('search.folder')}
      value={pairId}
      options={[{ value: '', text: words.text('search.allFolders') }, ...folders]}
      onChange={onChange}
    />
  );
}
