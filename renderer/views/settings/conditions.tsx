// When syncing pauses by itself: on battery, and on a metered network.
import type { AppSettings } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Switch } from '../fields.tsx';
import { useWording } from '../wording.tsx';

type ConditionsProps = { readonly page: Page; readonly settings: AppSettings };

export function PauseConditions({ page, settings }: ConditionsProps) {
  const { words } = useWording();
  const { pauseOnBattery, pauseOnMetered, onBattery, isMetered } = settings;
  return (
    <section className="card" aria-labelledby="conditions-title">
      <h2 id="conditions-title">{words.text('conditions.title')}</h2>
      {/* Offered where the system says what it is about; what is on can always be switched off. */}
      {onBattery === null && !pauseOnBattery ? (
        <p className="muted">{words.text('conditions.battery.unknown')}</p>
      ) : (
        <Switch
          id="pause-on-battery"
          label="conditions.battery"
          isOn={pauseOnBattery}
          onChange={(isOn) => void page.send('changeSettings', { pauseOnBattery: isOn }, true)}
        />
      )}
      {isMetered === null && !pauseOnMetered ? (
        <p className="muted">{words.text('conditions.metered.unknown')}</p>
      ) : (
        <Switch
          id="pause-on-metered"
          label="conditions.metered"
          isOn={pauseOnMetered}
          onChange={(isOn) => void page.send('changeSettings', { pauseOnMetered: isOn }, true)}
        />
      )}
      <p className="muted">{words.text('conditions.text')}</p>
    </section>
  );
}
