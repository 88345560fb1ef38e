// Settings: accounts, limits, look, notifications, start at login, and facts about the app itself.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { AppSettings, Snapshot } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { wrongTimetableEntry } from '../../../preload/timetable.ts';
import { AccountList } from '../accounts.tsx';
import { Field, Select, Switch } from '../fields.tsx';
import { PauseConditions } from './conditions.tsx';
import { Network } from './network.tsx';
import { OtherTools } from './other-tools.tsx';
import { CommandLine } from './command-line.tsx';
import { LimitFields, limitChange, limitText } from '../folders/limit-fields.tsx';
import { ActionButton, Button } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type SettingsProps = { readonly page: Page; readonly snapshot: Snapshot };

export function SettingsView({ page, snapshot }: SettingsProps) {
  const { words } = useWording();
  const { settings } = snapshot;
  const isDesktop = snapshot.app.home === 'desktop';
  return (
    <>
      <h1>{words.text('nav.settings')}</h1>
      <AccountList page={page} accounts={snapshot.accounts} canAdd={snapshot.setup.isOpen} />
      <Limits page={page} settings={settings} />
      <PauseConditions page={page} settings={settings} />
      <Network page={page} settings={settings} accounts={snapshot.accounts} isDesktop={isDesktop} />
      <OtherTools page={page} settings={settings} accounts={snapshot.accounts} />
      <Look page={page} settings={settings} isDesktop={isDesktop} />
      {settings.commandLine !== null && <CommandLine page={page} tool={settings.commandLine} />}
      <About page={page} app={snapshot.app} />
    </>
  );
}

function About({ page, app }: { readonly page: Page; readonly app: Snapshot['app'] }) {
  const { words } = useWording();
  return (
    <section className="card" aria-labelledby="about-title">
      <h2 id="about-title">{words.text('about.title')}</h2>
      <p>{words.text('app.version', { version: app.version })}</p>
      <p className="muted">{words.text('about.licence')}</p>
      {app.home === 'desktop' && (
        <>
          <p className="muted">{words.text('report.text')}</p>
          <p className="muted">{words.text('crashes.text')}</p>
        </>
      )}
      <div className="button-row">
        {app.home === 'desktop' && (
          <>
            <ActionButton page={page} name="saveReport" input={{}} label="report.save" isSilent />
            <ActionButton page={page} name="revealCrashReports" input={{}} label="crashes.show" isSilent />
          </>
        )}
        <Button
          label="licences.open"
          onPress={() => {
            page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'licences' } });
          }}
        />
      </div>
    </section>
  );
}

type PartProps = { readonly page: Page; readonly settings: AppSettings };

function Limits({ page, settings }: PartProps) {
  const { words } = useWording();
  // Null shows the setting, also when another program changes it.
  const [upload, setUpload] = useState<string | null>(null);
  const [download, setDownload] = useState<string | null>(null);
  const [timetable, setTimetable] = useState<string | null>(null);
  const typed = (timetable ?? settings.timetable ?? '').trim();
  const wrong = typed === '' ? null : wrongTimetableEntry(typed);
  async function save(): Promise<void> {
    const change = {
      ...limitChange('uploadLimit', upload, settings.uploadLimit),
      ...limitChange('downloadLimit', download, settings.downloadLimit),
      ...(typed === (settings.timetable ?? '') ? {} : { timetable: typed === '' ? null : typed }),
    };
    if (Object.keys(change).length === 0) {
      page.dispatch({ kind: 'answered', text: 'settings.unchanged' });
      return;
    }
    if (!(await page.send('changeSettings', change)).ok) return;
    setUpload(null);
    setDownload(null);
    setTimetable(null);
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (wrong === null) void save(); // never rejects: send() answers with a result
  }
  return (
    <section className="card" aria-labelledby="limits-title">
      <h2 id="limits-title">{words.text('limits.title')}</h2>
      <form className="form" onSubmit={submit}>
        <LimitFields
          id="limit"
          upload={upload ?? limitText(settings.uploadLimit)}
          download={download ?? limitText(settings.downloadLimit)}
          onUpload={setUpload}
          onDownload={setDownload}
        />
        <p className="muted field-hint">{words.text('limits.all')}</p>
        <Field
          id="limit-timetable"
          label={words.text('limits.timetable')}
          hint={words.text('limits.timetable.hint')}
          problem={wrong === null ? undefined : words.text('limits.timetable.wrong', { entry: wrong })}
          value={timetable ?? settings.timetable ?? ''}
          isCode
          onChange={setTimetable}
        />
        <div className="button-row">
          <button type="submit" className="button button-plain">
            {words.text('action.save')}
          </button>
        </div>
      </form>
    </section>
  );
}

const themes = ['system', 'light', 'dark'] as const;

function Look({ page, settings, isDesktop }: PartProps & { readonly isDesktop: boolean }) {
  const { words } = useWording();
  // send() never rejects: every failure is a result.
  const change = (input: Partial<Omit<AppSettings, 'startAtLogin' | 'commandLine'>>): void =>
    void page.send('changeSettings', input, true);
  return (
    <section className="card" aria-labelledby="look-title">
      <h2 id="look-title">{words.text('look.title')}</h2>
      <div className="field-pair">
        <Select
          id="language"
          label={words.text('look.language')}
          value={settings.language ?? ''}
          options={[
            { value: '', text: words.text('look.system') },
            { value: 'en', text: 'English' },
            { value: 'de', text: 'Deutsch' },
          ]}
          onChange={(value) => {
            change({ language: value === 'en' || value === 'de' ? value : null });
          }}
        />
        <Select
          id="theme"
          label={words.text('look.theme')}
          value={settings.theme}
          options={themes.map((theme) => ({ value: theme, text: words.text(`look.theme.${theme}`) }))}
          onChange={(value) => {
            change({ theme: themes.find((theme) => theme === value) ?? 'system' });
          }}
        />
      </div>
      {isDesktop && (
        <Switch
          id="notifications"
          label="look.notifications"
          isOn={settings.notifications}
          onChange={(notifications) => {
            change({ notifications });
          }}
        />
      )}
      {settings.startAtLogin !== null && (
        <Switch
          id="start-at-login"
          label="look.startAtLogin"
          isOn={settings.startAtLogin}
          onChange={(startAtLogin) => void page.send('changeSettings', { startAtLogin }, true)}
        />
      )}
    </section>
  );
}
