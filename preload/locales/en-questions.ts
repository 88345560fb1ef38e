// English words of the questions that Driftless asks before something large. An answer is named by its effect.
import type { Catalogue } from './lookup.ts';

export const enQuestions: Catalogue = {
  'guard.mass-removal-local': '{count} of {total} files were deleted in the bucket.',
  'guard.mass-removal-remote': '{count} of {total} files were deleted on this computer.',
  'guard.mass-replacement-local': '{count} of {total} files were changed in the bucket.',
  'guard.mass-replacement-remote': '{count} of {total} files were changed on this computer.',
  'guard.mixed-local': '{removals} of {total} files were deleted and {replacements} changed in the bucket.',
  'guard.mixed-remote':
    '{removals} of {total} files were deleted and {replacements} changed on this computer.',
  'guard.emptied-local': 'All {count} files were deleted in the bucket.',
  'guard.emptied-remote': 'All {count} files were deleted on this computer.',
  'guard.mass-conflict': '{count} files were changed on both sides.',
  'guard.root-marker-missing':
    'This folder does not look like the one that was synced before. A disk may not be connected.',
  'guard.root-marker-foreign': 'This folder belongs to another setup of Driftless.',
  'guard.bucket-marker-missing':
    'The bucket does not look like the one that was synced before. It may have been emptied or exchanged.',
  'guard.bucket-marker-foreign': 'The bucket belongs to another set of folders.',
  'guard.unknown': 'Driftless stopped to be safe ({code}).',

  'guard.state.removal-local': 'They are all still on this computer.',
  'guard.state.removal-remote': 'They are all still in the bucket.',
  'guard.state.replacement-local': 'This computer still has the earlier versions.',
  'guard.state.replacement-remote': 'The bucket still has the earlier versions.',
  'guard.state.conflict': 'Both versions of each are still there.',
  'guard.state.root-marker': 'Nothing has been changed.',
  'guard.state.bucket-marker': 'Nothing has been changed.',
  'guard.state.unknown': 'Nothing has been changed.',
  'guard.done.removal-local': {
    one: '{count} of them is in the trash of this computer already and can be brought back.',
    other: '{count} of them are in the trash of this computer already and can be brought back.',
  },
  'guard.done.removal-remote': {
    one: '{count} of them was removed from the bucket already and can be brought back.',
    other: '{count} of them were removed from the bucket already and can be brought back.',
  },
  'guard.done.replacement-local': {
    one: '{count} of them was replaced on this computer already; the earlier version is in the trash.',
    other: '{count} of them were replaced on this computer already; the earlier versions are in the trash.',
  },
  'guard.done.replacement-remote': {
    one: '{count} of them was replaced in the bucket already; the earlier version can be restored.',
    other: '{count} of them were replaced in the bucket already; the earlier versions can be restored.',
  },
  'guard.rest': {
    one: 'The other one waits for your answer.',
    other: 'The other {count} wait for your answer.',
  },

  'guard.keep.removal-local': {
    one: 'Put the file back in the bucket',
    other: 'Put the {count} files back in the bucket',
  },
  'guard.keep.removal-remote': {
    one: 'Bring the file back to this computer',
    other: 'Bring the {count} files back to this computer',
  },
  'guard.keep.removal-remote.stay': {
    one: 'Keep the file in the bucket',
    other: 'Keep the {count} files in the bucket',
  },
  'guard.keep.replacement-local': 'Put this computer’s versions back in the bucket',
  'guard.keep.replacement-remote': 'Bring the bucket’s versions back to this computer',
  'guard.keep.replacement-remote.stay': 'Keep the bucket’s versions in the bucket',
  'guard.keep.conflict': {
    one: 'Keep both copies of the file',
    other: 'Keep both copies of {count} files',
  },
  'guard.keep.root-marker': 'This is the right folder',
  'guard.keep.bucket-marker': 'This is the right bucket',
  'guard.keep.unknown': 'Keep the files on both sides',
  'guard.remove.removal-local': {
    one: 'Delete {count} file on this computer',
    other: 'Delete {count} files on this computer',
  },
  'guard.remove.removal-remote': {
    one: 'Delete {count} file from the bucket',
    other: 'Delete {count} files from the bucket',
  },
  'guard.remove.replacement-local': {
    one: 'Replace {count} file on this computer',
    other: 'Replace {count} files on this computer',
  },
  'guard.remove.replacement-remote': {
    one: 'Replace {count} file in the bucket',
    other: 'Replace {count} files in the bucket',
  },
  'guard.remove.mixed-local': 'Delete {removals} and replace {replacements} of the files on this computer',
  'guard.remove.mixed-remote': 'Delete {removals} and replace {replacements} of the files in the bucket',
  'guard.later': 'Decide later',

  'guard.title': 'What should happen to these files?',
  'guard.title.marker': 'Is this the right place?',
  'guard.waits': 'This folder is not synced until you decide.',
  'guard.where.local': 'On this computer',
  'guard.where.remote': 'In the bucket',
  'guard.removals': { one: '{count} file would be deleted', other: '{count} files would be deleted' },
  'guard.replacements': { one: '{count} file would be replaced', other: '{count} files would be replaced' },
  'guard.conflicts': { one: '{count} file would be kept twice', other: '{count} files would be kept twice' },
  'guard.total': 'of {total}',
  'guard.examples': 'For example',
  'guard.moreExamples': { one: 'and {count} more', other: 'and {count} more' },
  'guard.showAll': 'Show everything that would be done',
  'guard.undo.local': 'Files that are deleted or replaced here stay in the trash for up to 30 days.',
  'guard.undo.remote':
    'Files that are deleted or replaced in the bucket can be restored from its versions or its trash.',
  'guard.undo.merge':
    'Both sides are joined: nothing is deleted, and files missing on one side are copied from the other.',
  'guard.gone': 'Already answered.',
};
