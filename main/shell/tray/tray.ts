// Tray menu: state, questions, problems, folders, recent files, pause, settings and quit.
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import type { ActivityView, GuardView, Overall, PairView, ShownView } from '../../../preload/contract.ts';
import { wordsIn } from '../../../preload/locales/catalogues.ts';
import type { Language } from '../../../preload/locales/catalogues.ts';
import type { Words } from '../../../preload/locales/lookup.ts';
import { isAllNew, overallKey, pausedBy } from '../../../preload/pause-words.ts';
import type { PausedPair } from '../../../preload/pause-words.ts';
import { questionWords } from '../../../preload/locales/question-words.ts';
import { showName } from '../../../preload/locales/shown-name.ts';
import { stateLine, timedPauseLine } from './state-line.ts';
import type { StateFacts } from './state-line.ts';

export type TrayCommands = {
  readonly open: (view?: ShownView) => void;
  /** A newer version is out: installs it if it is ready, else leads to the window. */
  readonly update: () => void;
  readonly pause: () => void;
  readonly pauseUntil: (until: 'hour' | 'tomorrow') => void;
  readonly resume: () => void;
  readonly syncNow: () => void;
  readonly quit: () => void;
  readonly answer: (pairId: string, guardId: string, answer: GuardView['answers'][number]) => void;
  readonly revealFolder: (pairId: string) => void;
  readonly revealActivity: (pairId: string, activityId: string) => void;
};

/** What the menu is made of; the picture follows `overall` alone. */
export type TrayFacts = {
  readonly overall: Overall;
  readonly newerVersion: string | null;
  readonly pairs: readonly (Pick<PairView, 'id' | 'folderLabel' | 'mode' | 'guards' | 'problemCount'> &
    PausedPair)[];
  /** Newest first. */
  readonly activity: readonly Pick<ActivityView, 'id' | 'pairId' | 'kind' | 'path'>[];
};

export type AutostartChoice = { readonly isOn: boolean; readonly set: (isOn: boolean) => void };

const recentShown = 5;

/** macOS tints a template picture itself; Windows wants 16 pixels, Linux panels 22; `@2x` files are found by name. */
export function trayIconFile(iconsDir: string, overall: Overall, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return join(iconsDir, `tray-${overall}-16Template.png`);
  return join(iconsDir, `tray-${overall}-${platform === 'win32' ? '16' : '22'}.png`);
}

export function trayTooltip(facts: StateFacts, language: Language): string {
  return wordsIn(language).text('tray.tooltip', { state: stateLine(facts, language) });
}

/** Entries whose file can be shown. */
export function recentFiles({ activity }: TrayFacts): TrayFacts['activity'] {
  const kinds = ['uploaded', 'downloaded', 'restored', 'conflict'];
  return activity.filter(({ kind }) => kinds.includes(kind)).slice(0, recentShown);
}

type MenuParts = {
  readonly commands: TrayCommands;
  /** Null where it cannot be set (a checkout). */
  readonly autostart: AutostartChoice | null;
  readonly language: Language;
};

export function trayMenu(facts: TrayFacts, parts: MenuParts): MenuItemConstructorOptions[] {
  const { overall, pairs } = facts;
  const { commands, autostart, language } = parts;
  const texts = wordsIn(language);
  const isSignedIn = overall !== 'signed-out';
  return [
    {
      id: 'state',
      label: timedPauseLine(facts, language) ?? texts.text(overallKey(facts)),
      enabled: false,
    },
    ...outdatedItem(facts, commands, texts),
    ...questionItems(pairs, commands, texts),
    ...problemItem(pairs, commands, texts),
    { type: 'separator' },
    {
      id: 'open',
      label: texts.text('tray.open'),
      click: () => {
        commands.open();
      },
    },
    ...folderItems(facts, commands, texts),
    { type: 'separator' },
    ...pauseItems(facts, commands, texts),
    {
      id: 'sync-now',
      label: texts.text('action.syncNow'),
      enabled: isSignedIn && overall !== 'paused',
      click: commands.syncNow,
    },
    {
      id: 'settings',
      label: texts.text('tray.settings'),
      click: () => {
        commands.open('settings');
      },
    },
    ...(autostart === null ? [] : [autostartItem(autostart, texts)]),
    { type: 'separator' },
    { id: 'quit', label: texts.text('tray.quit'), click: commands.quit },
  ];
}

function problemItem(
  pairs: TrayFacts['pairs'],
  commands: TrayCommands,
  texts: Words,
): readonly MenuItemConstructorOptions[] {
  const count = pairs.reduce((sum, { problemCount }) => sum + problemCount, 0);
  if (count === 0) return [];
  return [
    {
      id: 'problems',
      label: texts.text('tray.problems', { count }),
      click: () => {
        commands.open('problems');
      },
    },
  ];
}

function folderItems(
  facts: TrayFacts,
  commands: TrayCommands,
  texts: Words,
): readonly MenuItemConstructorOptions[] {
  const folders = facts.pairs.map(({ id, folderLabel }) => ({
    id: `folder-${id}`,
    label: showName(folderLabel),
    click: () => {
      commands.revealFolder(id);
    },
  }));
  const recent = recentFiles(facts).map(({ id, pairId, path }) => ({
    id: `recent-${id}`,
    label: showName(path),
    click: () => {
      commands.revealActivity(pairId, id);
    },
  }));
  return [
    ...(folders.length === 0 ? [] : [{ id: 'folders', label: texts.text('tray.folders'), submenu: folders }]),
    ...(recent.length === 0 ? [] : [{ id: 'recent', label: texts.text('tray.recent'), submenu: recent }]),
  ];
}

function pauseItems(
  facts: TrayFacts,
  commands: TrayCommands,
  texts: Words,
): readonly MenuItemConstructorOptions[] {
  const { overall } = facts;
  // To resume it here would skip the preview.
  if (isAllNew(facts)) {
    const click = (): void => {
      commands.open('overview');
    };
    return [{ id: 'first', label: texts.text('pairs.first.preview'), click }];
  }
  if (overall === 'paused') {
    const label = texts.text(pausedBy(facts) === undefined ? 'tray.resume' : 'action.syncAnyway');
    return [{ id: 'resume', label, click: commands.resume }];
  }
  const enabled = overall !== 'signed-out';
  const timed = (['hour', 'tomorrow'] as const).map((until): MenuItemConstructorOptions => ({
    id: `pause-${until}`,
    label: texts.text(`pause.${until}`),
    enabled,
    click: () => {
      commands.pauseUntil(until);
    },
  }));
  return [{ id: 'pause', label: texts.text('tray.pause'), enabled, click: commands.pause }, ...timed];
}

/** Where nothing is ready to install, it leads to the window, whose notice says what to do. */
function outdatedItem(
  { newerVersion: newest }: TrayFacts,
  commands: TrayCommands,
  texts: Words,
): readonly MenuItemConstructorOptions[] {
  if (newest === null) return [];
  const click = (): void => {
    commands.update();
  };
  return [{ id: 'outdated', label: texts.text('tray.outdated', { newest }), click }];
}

/** Each question with its answers in a submenu, so that it is not answered by a misplaced click. */
function questionItems(
  pairs: TrayFacts['pairs'],
  commands: TrayCommands,
  texts: Words,
): readonly MenuItemConstructorOptions[] {
  return pairs.flatMap((pair) =>
    pair.guards.map((guard): MenuItemConstructorOptions => {
      const asked = questionWords(texts, guard, pair.mode);
      return {
        id: `question-${guard.id}`,
        label: `${showName(pair.folderLabel)}: ${asked.what}`,
        submenu: guard.answers.map((answer) => ({
          id: `answer-${guard.id}-${answer}`,
          label: asked.answers[answer],
          click: () => {
            commands.answer(pair.id, guard.id, answer);
          },
        })),
      };
    }),
  );
}

function autostartItem(autostart: AutostartChoice, texts: Words): MenuItemConstructorOptions {
  return {
    id: 'autostart',
    label: texts.text('look.startAtLogin'),
    type: 'checkbox',
    checked: autostart.isOn,
    click: (item) => {
      autostart.set(item.checked);
    },
  };
}
