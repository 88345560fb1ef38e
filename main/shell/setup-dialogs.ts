// Setup dialogs of the main process, which no page can answer.
import { writeFile } from 'node:fs/promises';
import type { BrowserWindow, Dialog } from 'electron';
import type { ConnectionQuestion, SetupDialogs } from '../app/setup/setup.ts';
import { words } from './words.ts';

type DialogParts = {
  readonly dialog: Pick<Dialog, 'showOpenDialog' | 'showMessageBox'>;
  /** Parent window; read when a dialog is shown, because it is created later. */
  readonly currentWindow: () => BrowserWindow | null;
};

const ACCEPT = 1;

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

export function createSetupDialogs({ dialog, currentWindow }: DialogParts): SetupDialogs {
  return {
    async chooseFolder(startAt) {
      const window = currentWindow();
      if (window === null) return null;
      const chosen = await dialog.showOpenDialog(window, {
        title: words.chooseFolderTitle,
        buttonLabel: words.chooseFolder,
        defaultPath: startAt,
        properties: ['openDirectory', 'createDirectory'],
      });
      return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
    },
    async confirmConnection(question) {
      const window = currentWindow();
      if (window === null) return false;
      const answer = await dialog.showMessageBox(window, {
        type: 'question',
        title: words.appName,
        message: `${words.connectQuestion} ${question.issuerHost}?`,
        detail: detailOf(question),
        buttons: [words.connectNo, words.connectYes],
        // The Return key alone must not confirm.
        defaultId: 0,
        cancelId: 0,
        noLink: true,
        normalizeAccessKeys: false,
      });
      return answer.response === ACCEPT;
    },
  };
}

function detailOf({ awsAccount, bucket, folder, tokenReceivers, fileReceivers }: ConnectionQuestion): string {
  return [
    `${words.connectFolder}: ${folder}`,
    `${words.connectBucket}: ${bucket}`,
    `${words.connectAccount}: ${awsAccount ?? words.connectNoAccount}`,
    ...tokenReceivers.map((host) => `${words.connectTokenTo}: ${host}`),
    ...fileReceivers.map((host) => `${words.connectFilesTo}: ${host}`),
    '',
    words.connectCheck,
  ].join('\n');
}
