// Texts of tray, menus, notifications and dialogs; the page has its own catalogue.
import type { Overall } from '../../preload/contract.ts';

/** One line per state, for the tray's tooltip and the first row of its menu. */
export const stateWords: Readonly<Record<Overall, string>> = {
  'signed-out': 'Signed out',
  'in-sync': 'Everything is in sync',
  incomplete: 'Some files are not synced',
  syncing: 'Syncing',
  paused: 'Paused',
  attention: 'Needs your attention',
  offline: 'Offline',
};

export const words = {
  appName: 'Driftless',
  needsSandbox:
    'This system does not let the program use its sandbox (it was started with --no-sandbox), and without the sandbox it does not run. Install the deb or rpm package instead, or allow unprivileged user namespaces for the AppImage.',
  open: 'Open Driftless',
  pause: 'Pause syncing',
  resume: 'Resume syncing',
  syncNow: 'Sync now',
  startAtLogin: 'Start when I log in',
  quit: 'Quit Driftless',
  edit: 'Edit',
  window: 'Window',
  view: 'View',
  guardTitle: 'Driftless is waiting for you',
  guardBody: 'A large change to your files needs your approval before it goes on.',
  signInTitle: 'Sign in again',
  signInBody: 'Driftless cannot sync until you sign in again.',
  stillRunningTitle: 'Driftless keeps syncing',
  stillRunningBody: 'The window is only minimized. Quit Driftless from its menu.',
  chooseFolderTitle: 'Choose the folder to keep in sync',
  chooseFolder: 'Choose',
  connectQuestion: 'Connect to',
  connectFolder: 'Folder on this computer',
  connectBucket: 'Its files go to the bucket',
  connectAccount: 'Of the AWS account',
  connectNoAccount: 'none (this store has no accounts)',
  connectTokenTo: 'Your sign-in is sent to',
  connectFilesTo: 'Your files go to',
  connectCheck: 'Say yes only if your administrator told you of all of these.',
  connectYes: 'Connect',
  connectNo: 'Cancel',
  cannotStart: 'Driftless cannot start',
} as const;
