// Setup dialogs of the main process, which no page can answer.
import { writeFile } from 'node:fs/promises';
import type { BrowserWindow, Dialog } from 'electron';
import type { Words } from '../../preload/locales/lookup.ts';
import type { AccountDialogs } from '../app/setup/account-commands.ts';
import type { ConnectionQuestion, SetupDialogs } from '../app/setup/setup.ts';

type DialogParts = {
  readonly dialog: Pick<Dialog, 'showOpenDialog' | 'showMessageBox'>;
  /** Parent window; read when a dialog is shown, because it is created later. */
  readonly currentWindow: () => BrowserWindow | null;
  /** Read when a dialog is shown, because the language may have changed. */
  readonly currentWords: () => Words;
};

const ACCEPT = 1;
/** Names in a message box, which cannot be scrolled everywhere. */
const SHOWN = 12;
/** Fewer than of others: each takes three lines with its fingerprint. */
const SHOWN_CERTIFICATES = 6;
const LONGEST = 80;

type SaveParts = Pick<DialogParts, 'currentWindow'> & { readonly dialog: Pick<Dialog, 'showSaveDialog'> };

/** Asks where to save a text, and saves it; false if the user chose nothing. */
export function createSaveText({ dialog, currentWindow }: SaveParts) {
  return async (name: string, text: string): Promise<boolean> => {
    const window = currentWindow();
    if (window === null) return false;
    const chosen = await dialog.showSaveDialog(window, { defaultPath: name });
    if (chosen.canceled || chosen.filePath === '') return false;
    await writeFile(chosen.filePath, text, { mode: 0o600 });
    return true;
  };
}

export function createSetupDialogs({ dialog, currentWindow, currentWords }: DialogParts): SetupDialogs {
  const confirm = confirming({ dialog, currentWindow, currentWords });
  return {
    async chooseFolder(startAt) {
      const window = currentWindow();
      if (window === null) return null;
      const words = currentWords();
      const chosen = await dialog.showOpenDialog(window, {
        title: words.text('dialog.folder.title'),
        buttonLabel: words.text('dialog.folder.choose'),
        defaultPath: startAt,
        properties: ['openDirectory', 'createDirectory'],
      });
      return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
    },
    confirmConnection: (question) =>
      confirm((words) => ({
        // The host is whole: in a long one the owner stands at its end.
        message: words.text('dialog.connect.title', {
          issuer: `${question.issuerHost}${cut(question.issuerPath)}`,
        }),
        detail: detailOf(question, words),
        accept: words.text('dialog.connect.accept'),
      })),
    confirmPlace: ({ folder, from, to }) =>
      confirm((words) => ({
        message: words.text('dialog.place.title', { folder: cut(folder) }),
        detail: [
          words.text('dialog.place.from', { place: cut(from) }),
          words.text('dialog.place.to', { place: cut(to) }),
          '',
          words.text('dialog.place.text'),
        ].join('\n'),
        accept: words.text('dialog.place.accept'),
      })),
    ...accountDialogs({ dialog, currentWindow, currentWords }, confirm),
  };
}

type Asked = { readonly message: string; readonly detail: string; readonly accept: string };
type Confirm = (textOf: (words: Words) => Asked) => Promise<boolean>;

function confirming({ dialog, currentWindow, currentWords }: DialogParts): Confirm {
  return async (textOf) => {
    const window = currentWindow();
    if (window === null) return false;
    const words = currentWords();
    const { message, detail, accept } = textOf(words);
    const answer = await dialog.showMessageBox(window, {
      type: 'question',
      title: words.text('app.name'),
      message,
      detail,
      buttons: [words.text('action.cancel'), accept],
      // The Return key alone must not confirm.
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      normalizeAccessKeys: false,
    });
    return answer.response === ACCEPT;
  };
}

function accountDialogs(
  { dialog, currentWindow, currentWords }: DialogParts,
  confirm: Confirm,
): AccountDialogs {
  return {
    async chooseCertificates() {
      const window = currentWindow();
      if (window === null) return null;
      const words = currentWords();
      const chosen = await dialog.showOpenDialog(window, {
        title: words.text('dialog.certificates.title'),
        buttonLabel: words.text('dialog.certificates.choose'),
        filters: [
          { name: words.text('dialog.certificates.kind'), extensions: ['pem', 'crt', 'cer', 'der'] },
          { name: words.text('dialog.certificates.all'), extensions: ['*'] },
        ],
        properties: ['openFile'],
      });
      return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
    },
    confirmCertificates: ({ account, certificates }) =>
      confirm((words) => ({
        message: words.text('dialog.certificates.confirm', { account }),
        detail: [
          ...certificates
            .slice(0, SHOWN_CERTIFICATES)
            .map(({ name, fingerprint }) =>
              words.text('dialog.certificates.name', { name: cut(name), fingerprint }),
            ),
          ...(certificates.length > SHOWN_CERTIFICATES
            ? [words.text('dialog.certificates.more', { count: certificates.length - SHOWN_CERTIFICATES })]
            : []),
          '',
          words.text('dialog.certificates.check'),
        ].join('\n'),
        accept: words.text('dialog.certificates.accept'),
      })),
    confirmAwsProfile: ({ file, lines }) =>
      confirm((words) => ({
        message: words.text('dialog.awsProfile.title', { file }),
        // As main made it: what is shown is what is written.
        detail: `${lines}\n${words.text('dialog.awsProfile.text')}`,
        accept: words.text('dialog.awsProfile.accept'),
      })),
  };
}

/** The beginning and the end of a long text, which tell most of a path. */
function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST / 2)}…${text.slice(-LONGEST / 2)}` : text;
}

/** Each field is escaped by the catalogue, so that a line break in a name cannot forge a line of the dialog. */
function detailOf(question: ConnectionQuestion, words: Words): string {
  const { awsAccount: account, bucket, folder, sharedAt, teamFolders } = question;
  const { tokenReceivers, fileReceivers } = question;
  return [
    ...(folder === null ? [] : [words.text('dialog.connect.folder', { folder })]),
    words.text('dialog.connect.bucket', { bucket }),
    ...(sharedAt === null ? [] : [words.text('dialog.connect.shared', { place: cut(sharedAt) })]),
    account === null
      ? words.text('dialog.connect.noAccount')
      : words.text('dialog.connect.account', { account }),
    ...tokenReceivers.map((host) => words.text('dialog.connect.tokenTo', { host })),
    ...fileReceivers.map((host) => words.text('dialog.connect.filesTo', { host })),
    // After what decides: many and long ones, written by a stranger, would push it out of the box.
    ...teamFolders
      .slice(0, SHOWN)
      .map(({ prefix, folder: at }) =>
        words.text('dialog.connect.teamFolder', { prefix: cut(prefix), folder: cut(at) }),
      ),
    ...(teamFolders.length > SHOWN
      ? [words.text('dialog.connect.moreTeamFolders', { count: teamFolders.length - SHOWN })]
      : []),
    '',
    words.text('dialog.connect.check'),
  ].join('\n');
}
